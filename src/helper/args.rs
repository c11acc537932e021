//! The arguments of `dpkg-ima-helper`.

use std::path::PathBuf;

use lexopt::Parser;
use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::dpkg::PackageName;
use crate::guard::ToFollow;
use crate::labelling::Mode;
use crate::labelling::sweep::Scope;
use crate::tasks::boot::BootOptions;
use crate::tasks::relabel::RelabelOptions;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Print this text.
    Help(&'static str),
    /// Have a guard run until that process ends.
    Guard(ToFollow),
    /// Announce the .debs that apt names on standard input.
    Load,
    /// Sweep, and tell the guard.
    Flush(After),
    /// Label the files that the lists of installed packages name.
    Sweep(SweepOptions),
    /// Write the labels that files of installed packages lack, on that root.
    Relabel(PathBuf, RelabelOptions),
    /// Load the certificates of that root into the IMA keyring.
    Keys(PathBuf),
    /// Load the keys, then the policy.
    Boot(BootOptions),
    /// Be the guard, for that process. Used by `guard`, not by people.
    Serve(u32),
    /// Fetch lists for the `load` that runs this, which is confined. Not used by people.
    Download,
    /// Be the watchdog of the guard that runs this. Used by `serve`, not by people.
    Watchdog,
}

/// What the caller of `flush` is going to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Go on with packages, or end.
    Stay,
    /// Perhaps live on, and work on no more packages.
    Leave,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct SweepOptions {
    pub(super) root: PathBuf,
    pub(super) scope: Scope,
}

const HELP: &str = "\
Usage: dpkg-ima-helper COMMAND

Writes the IMA signatures of packages to their files. Run by apt, dpkg and a dpkg trigger.

  guard       label files as they are opened, until the program that runs this hook ends
    --follow PID  until that process ends
  load        tell the guard of the .debs that standard input names, one path a line, and the user
              of those that this machine cannot check; fetch the lists of those without one from the
              sources of /etc/dpkg-ima.toml
  flush       what apt and dpkg run when they are done: sweep, and tell the guard
    --leave     the program that runs this hook is done with packages
  sweep       label the files of packages that changed since the last sweep
    --all       of all packages, and make the store of their signatures anew
    --root DIR  of the system that is mounted there
  relabel [PACKAGE…]
              write the labels that files lack, after a restore: of those packages, or of all
    --root DIR  of the system that is mounted there
    --dry-run   write nothing, and print what would be labelled
    --from PATH a signed .deb, or a folder of them, for packages that were installed unsigned
  keys        load the certificates of /etc/keys/ima into the kernel's keyring
    --root DIR  those of the system that is mounted there
  boot        load them, and then the policy /etc/dpkg-ima/policy if there is one, unless it would
              keep the system from booting; the kernel parameters dpkg_ima=force and dpkg_ima=off
              say otherwise
    --root DIR  the system is mounted there
    --init FILE its first program (/sbin/init)
  --help      print this
  --version   print the version

Exit status: 0 done, 1 a file is not what its package installed or a signature is forged (relabel),
2 something could not be done, 77 the configuration refuses a package (load).
";

const VERSION: &str = concat!("dpkg-ima-helper ", env!("CARGO_PKG_VERSION"), "\n");

pub(super) fn parse() -> Result<Command, lexopt::Error> {
    parse_from(Parser::from_env())
}

fn parse_from(mut parser: Parser) -> Result<Command, lexopt::Error> {
    let name = match parser.next()? {
        Some(Long("help") | Short('h')) | None => return Ok(Command::Help(HELP)),
        Some(Long("version") | Short('V')) => return Ok(Command::Help(VERSION)),
        Some(Value(name)) => name,
        Some(other) => return Err(other.unexpected()),
    };
    match name.to_str() {
        Some("guard") => parse_guard(&mut parser),
        Some("load") => nothing_more(&mut parser, Command::Load),
        Some("flush") => parse_flush(&mut parser),
        Some("sweep") => parse_sweep(&mut parser),
        Some("relabel") => parse_relabel(&mut parser),
        Some("keys") => Ok(Command::Keys(parse_root(&mut parser)?)),
        Some("boot") => parse_boot(&mut parser),
        Some("serve") => {
            let process = parser.value()?.parse()?;
            nothing_more(&mut parser, Command::Serve(process))
        }
        Some("download") => nothing_more(&mut parser, Command::Download),
        Some("watchdog") => nothing_more(&mut parser, Command::Watchdog),
        _ => Err(Value(name).unexpected()),
    }
}

fn nothing_more(parser: &mut Parser, command: Command) -> Result<Command, lexopt::Error> {
    parser
        .next()?
        .map_or(Ok(command), |argument| Err(argument.unexpected()))
}

fn parse_guard(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let mut followed = ToFollow::Caller;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("follow") => followed = ToFollow::Process(parser.value()?.parse()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Guard(followed))
}

fn parse_flush(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let mut after = After::Stay;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("leave") => after = After::Leave,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Flush(after))
}

fn parse_sweep(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let mut options = SweepOptions {
        root: PathBuf::from("/"),
        scope: Scope::Changed,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("all") => options.scope = Scope::All,
            Long("root") => options.root = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Sweep(options))
}

fn parse_relabel(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let mut root = PathBuf::from("/");
    let mut options = RelabelOptions::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("root") => root = parser.value()?.parse()?,
            Long("dry-run") => options.mode = Mode::Plan,
            Long("from") => options.from.push(parser.value()?.parse()?),
            Value(name) => {
                let package = name.to_str().and_then(PackageName::new);
                options
                    .packages
                    .push(package.ok_or_else(|| Value(name).unexpected())?);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Relabel(root, options))
}

fn parse_boot(parser: &mut Parser) -> Result<Command, lexopt::Error> {
    let mut options = BootOptions {
        root: PathBuf::from("/"),
        init: PathBuf::from("/sbin/init"),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("root") => options.root = parser.value()?.parse()?,
            Long("init") => options.init = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Boot(options))
}

fn parse_root(parser: &mut Parser) -> Result<PathBuf, lexopt::Error> {
    let mut root = PathBuf::from("/");
    while let Some(argument) = parser.next()? {
        match argument {
            Long("root") => root = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, lexopt::Error> {
        parse_from(Parser::from_args(words))
    }

    #[test]
    fn commands_take_their_options() {
        let sweep = SweepOptions {
            root: PathBuf::from("/mnt"),
            scope: Scope::All,
        };
        for (words, expected) in [
            (
                &["sweep", "--all", "--root", "/mnt"][..],
                Command::Sweep(sweep),
            ),
            (&["guard"], Command::Guard(ToFollow::Caller)),
            (
                &["guard", "--follow", "7"],
                Command::Guard(ToFollow::Process(7)),
            ),
            (&["flush"], Command::Flush(After::Stay)),
            (&["flush", "--leave"], Command::Flush(After::Leave)),
            (&["load"], Command::Load),
            (&["keys"], Command::Keys("/".into())),
            (&["keys", "--root", "/mnt"], Command::Keys("/mnt".into())),
            (&["serve", "7"], Command::Serve(7)),
            (&[], Command::Help(HELP)),
        ] {
            assert_eq!(parsed(words).unwrap(), expected, "{words:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for words in [
            &["swep"][..],
            &["sweep", "x"],
            &["--all"],
            &["sweep", "--root"],
            &["guard", "--follow", "x"],
            &["load", "x"],
            &["keys", "x"],
            &["serve"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }
}
