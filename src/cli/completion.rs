//! The completion for bash, from clap's definition.

use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::aot::{Bash, generate};

use super::args::Cli;

const NAME: &str = "dpkg-ima";

/// Wraps clap's function, which offers options first, and files only for a word that can be nothing else: here options are
/// offered for a word that begins with `-`, and for others a command, a value or, where there is neither, a file.
const AROUND: &str = r#"
_dpkg_ima() {
    _dpkg__ima "$@"
    [[ $2 != -* ]] || return 0
    local index
    for index in "${!COMPREPLY[@]}"; do
        [[ ${COMPREPLY[index]} != -* ]] || unset "COMPREPLY[index]"
    done
}

complete -F _dpkg_ima -o bashdefault -o default dpkg-ima
"#;

/// The script that a shell sources.
#[must_use]
pub fn bash() -> String {
    let mut script = Vec::new();
    generate(Bash, &mut hinted(visible()), NAME, &mut script);
    // clap_complete 4.6 spells a name with a hyphen in two ways, and then completes nothing after a command
    // (clap-rs/clap#6421).
    let script = String::from_utf8_lossy(&script).replace("dpkg__subcmd__ima", "dpkg__ima");
    script + AROUND
}

/// The program without its hidden commands.
fn visible() -> Command {
    let command = Cli::command();
    let subcommands = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    Command::new(NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .subcommands(subcommands.cloned())
}

/// Marks each option that takes a file or a folder, by the name of its value.
fn hinted(command: Command) -> Command {
    command.mut_args(hinted_option).mut_subcommands(hinted)
}

fn hinted_option(option: Arg) -> Arg {
    let names = option.get_value_names().unwrap_or_default();
    let is = |kind| {
        names
            .iter()
            .any(|name| name.split('|').any(|one| one == kind))
    };
    if is("FILE") || is("DEB") {
        option.value_hint(ValueHint::FilePath)
    } else if is("DIR") {
        option.value_hint(ValueHint::DirPath)
    } else {
        option
    }
}
