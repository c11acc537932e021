//! What each command does.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::REFUSED;
use super::args::{After, Command, SweepOptions};
use super::privilege::may_label;
use crate::format::apt::{self, HookLine};
use crate::format::text::write_line;
use crate::guard::{Request, ToFollow, join_or_start, request, watch_parent};
use crate::keys::certificates::unused_files;
use crate::keys::held::HeldKeys;
use crate::keys::ima_keyring;
use crate::labelling::sweep::{Scope, sweep};
use crate::labelling::{Outcome, Tally};
use crate::machine::attribute::WriteError;
use crate::machine::config::{Config, Unsigned};
use crate::machine::confine::{Duty, confine};
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::signatures::state_folder;
use crate::tasks::announce::{Announcement, Concern};
use crate::tasks::boot::{Booted, Options, boot};

/// Carries a command out.
pub(super) fn run(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Help(text) => {
            io::stdout().write_all(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Watchdog => {
            confine(Duty::Watchdog, Ok(None), &[]);
            watch_parent()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(_) => unreachable!("main() has a place of its own for it"),
        Command::Keys(root) => run_keys(&root),
        Command::Boot(options) => run_boot(&options),
        Command::Relabel(options) => super::relabel::run(&options),
        _ if !may_label() => {
            log::debug!("no right to write security.ima here: nothing to do");
            Ok(ExitCode::SUCCESS)
        }
        Command::Guard(followed) => run_guard(followed),
        Command::Load => run_load(),
        Command::Flush(after) => run_flush(after),
        Command::Sweep(options) => run_sweep(&options),
    }
}

/// A guard that cannot start is no reason for anybody to stop: the sweep labels what it would have.
fn run_guard(followed: ToFollow) -> Result<ExitCode, Box<dyn Error>> {
    if let Err(error) = join_or_start(followed) {
        log::info!("no guard: {error}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The sweep first, and the guard told of it, so that when dpkg ends all is labelled. The program that runs this hook
/// waits: that alone makes the sweep its last.
fn run_flush(after: After) -> Result<ExitCode, Box<dyn Error>> {
    // A confined process may not see it.
    let caller = ToFollow::Caller.process();
    let swept = run_sweep(&SweepOptions {
        root: PathBuf::from("/"),
        scope: Scope::Changed,
    });
    match caller {
        Ok(caller) => tell_guard(caller, swept.is_ok(), after)?,
        // Then nobody is followed either.
        Err(error) => log::info!("{error}"),
    }
    swept
}

fn tell_guard(caller: u32, swept: bool, after: After) -> io::Result<()> {
    if swept {
        request(&Request::Swept(caller))?;
    }
    if after == After::Leave {
        request(&Request::Leave(caller))?;
    }
    Ok(())
}

fn run_sweep(options: &SweepOptions) -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(&options.root)?;
    let running = options.root == Path::new("/");
    let duty = match running {
        true => Duty::Sweep,
        false => Duty::SweepElsewhere,
    };
    confine(duty, state_folder(&root), &[]);
    let held = if running {
        HeldKeys::of_this_machine(&root)
    } else {
        HeldKeys::of_certificates(&root)
    };
    let tally = sweep(&root, &held, options.scope)?;
    for trouble in tally.troubles.values() {
        let level = match trouble.error {
            WriteError::Unsupported => log::Level::Info,
            _ => log::Level::Warn,
        };
        log::log!(level, "{trouble}");
    }
    log::info!("{}", describe(&tally));
    for mount in root.left_out().worth_a_word() {
        log::info!("left out: {mount}");
    }
    if running {
        request(&Request::StoreChanged)?;
    }
    let complete = tally.failed() == 0 && tally.bad_lists == 0;
    Ok(ExitCode::from(if complete { 0 } else { 2 }))
}

fn describe(tally: &Tally) -> String {
    format!(
        "{} labelled, {} had the right label, {} altered, {} changed conffiles, \
         {} on filesystems without attributes, {} failed",
        tally.count(Outcome::Labelled),
        tally.count(Outcome::Good),
        tally.count(Outcome::Altered),
        tally.count(Outcome::ChangedConffile),
        tally.unsupported(),
        tally.failed(),
    )
}

/// Every certificate gets its chance; 2 if one could not be loaded.
fn run_keys(root: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(root)?;
    let (kind, loaded) = ima_keyring::load(&root)?;
    for one in unused_files(&root)? {
        log::warn!("{one}");
    }
    let mut failed = loaded.is_empty();
    if failed {
        log::error!("no certificate in /etc/keys/ima");
    }
    for certificate in loaded {
        let path = shown(&certificate.path);
        match certificate.result {
            Ok(key_id) => log::info!("{key_id} in {}: '{path}'", kind.name()),
            Err(error) => {
                log::error!("cannot load '{path}': {error}");
                failed = true;
            }
        }
    }
    Ok(ExitCode::from(if failed { 2 } else { 0 }))
}

/// What went wrong is told on the console, in full: someone sits before a machine that does not boot.
fn run_boot(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    match boot(options)? {
        Booted::Enforcing => log::info!("the policy is in force"),
        Booted::Off => log::warn!("dpkg_ima=off: neither keys nor policy are loaded"),
        Booted::NoPolicy => log::info!("no policy: nothing is enforced"),
        Booted::HadPolicy => log::warn!("this kernel had its policy before; ours is not loaded"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the .debs from standard input, as apt writes them.
fn run_load() -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(Path::new("/"))?;
    confine(Duty::Load, state_folder(&root), &[]);
    let config = Config::read(&root).unwrap_or_else(|error| {
        log::warn!("{error}; the defaults are used");
        Config::default()
    });
    let held = HeldKeys::of_this_machine(&root);
    let mut announcement = Announcement::default();
    let mut concerns = 0;
    let mut complain = |package: &dyn Display, concern: &Concern| {
        concerns += 1;
        match config.unsigned {
            Unsigned::Ignore => Ok(()),
            _ => write_line(
                io::stderr(),
                format_args!("dpkg-ima: package '{package}' {concern}"),
            ),
        }
    };
    for line in apt::lines(io::stdin().lock()) {
        let HookLine::Deb(deb) = line? else {
            log::warn!("a line of apt's that names no .deb was passed over");
            continue;
        };
        if let Err((package, concern)) = announcement.add(&deb, &held) {
            complain(&package, &concern)?;
        }
    }
    for (package, concern) in announcement.verify(&held) {
        complain(&package, &concern)?;
    }
    if concerns > 0 && config.unsigned == Unsigned::Refuse {
        write_line(
            io::stderr(),
            "dpkg-ima: nothing is installed, since /etc/dpkg-ima.toml says unsigned = \"refuse\"",
        )?;
        return Ok(ExitCode::from(REFUSED));
    }
    announcement.tell_guard(&root)?;
    Ok(ExitCode::SUCCESS)
}
