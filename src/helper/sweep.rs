//! `dpkg-ima-helper sweep` and `flush`, when dpkg is done.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::{After, SweepOptions};
use crate::guard::{Request, ToFollow, request};
use crate::keys::held::HeldKeys;
use crate::labelling::sweep::{Scope, sweep};
use crate::labelling::{FileOutcome, Tally};
use crate::machine::attribute::WriteError;
use crate::machine::confine::{Duty, confine};
use crate::machine::root::Root;
use crate::signatures::state_folder;

/// Sweeps, then tells the guard. The program that runs the hook waits, so all is labelled when it goes on.
pub(super) fn flush(after: After) -> Result<ExitCode, Box<dyn Error>> {
    // A confined process may not see its caller.
    let caller = ToFollow::Caller.process();
    let swept = run(&SweepOptions {
        root: PathBuf::from("/"),
        scope: Scope::Changed,
    });
    match caller {
        Ok(caller) => tell_guard(caller, swept.is_ok(), after)?,
        // The guard cannot follow such a caller either.
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

/// Sweeps a root. The exit code is 2 if a file could not be labelled, or a list not be used.
pub(super) fn run(options: &SweepOptions) -> Result<ExitCode, Box<dyn Error>> {
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
    log_tally(&tally);
    for mount in root.left_out().worth_a_word() {
        log::info!("left out: {mount}");
    }
    if running {
        request(&Request::StoreChanged)?;
    }
    let complete = tally.failed() == 0 && tally.bad_lists == 0;
    Ok(ExitCode::from(if complete { 0 } else { 2 }))
}

fn log_tally(tally: &Tally) {
    for trouble in tally.troubles() {
        let level = match trouble.error {
            WriteError::Unsupported => log::Level::Info,
            _ => log::Level::Warn,
        };
        log::log!(level, "{trouble}");
    }
    log::info!(
        "{} labelled, {} had the right label, {} altered, {} changed conffiles, \
         {} on filesystems without attributes, {} failed",
        tally.count(FileOutcome::Labelled),
        tally.count(FileOutcome::Good),
        tally.count(FileOutcome::Altered),
        tally.count(FileOutcome::ChangedConffile),
        tally.unsupported(),
        tally.failed(),
    );
}
