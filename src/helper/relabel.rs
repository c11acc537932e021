//! `dpkg-ima-helper relabel`: what `dpkg-ima relabel` does, for a rescue shell whose libc has no label.

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::dpkg::PackageName;
use crate::format::text::write_line;
use crate::labelling::{FileDone, FileOutcome, Mode, Progress, Remark, SourceError};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::tasks::relabel::{Plan, RelabelOptions};

/// Labels, and logs what needs attention. The exit code is 1 if a file or list is not what it should be, 2 if something
/// could not be done.
pub(super) fn run(root: &Path, options: &RelabelOptions) -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(root)?;
    let mode = options.mode;
    let plan = Plan::make(&root, options, &|_, _| ())?;
    let relabelled = plan.carry_out(&LogProgress { mode })?;
    write_line(io::stdout(), relabelled.tally.summary(mode))?;
    for mount in root.left_out().worth_a_word() {
        log::warn!("left out: {mount}");
    }
    for (message, hint) in relabelled
        .notices()
        .into_iter()
        .chain(relabelled.complaints())
    {
        log::error!("{message}");
        if let Some(hint) = hint {
            log::error!("hint: {hint}");
        }
    }
    let altered = relabelled.is_forged() || relabelled.tally.count(FileOutcome::Altered) > 0;
    Ok(ExitCode::from(match relabelled.is_incomplete() {
        true => 2,
        false => u8::from(altered),
    }))
}

/// Logs files that need attention as they are met.
struct LogProgress {
    mode: Mode,
}

impl Progress for LogProgress {
    fn file(&self, file: &FileDone<'_>) {
        let path = shown(file.path);
        match file.outcome {
            FileOutcome::Altered | FileOutcome::Forged | FileOutcome::Missing => {
                log::warn!("{}: {path}", file.outcome.name())
            }
            FileOutcome::Labelled if self.mode == Mode::Plan => {
                // Nobody reads it if that fails.
                write_line(io::stdout(), format_args!("to label: {path}")).unwrap_or_default();
            }
            _ => log::debug!("{}: {path}", file.outcome.name()),
        }
    }

    /// Forged signatures are named at the end, once for each package.
    fn remark(&self, path: &Path, remark: &Remark) {
        log::debug!("'{}': {remark}", shown(path));
    }

    fn failure(&self, error: &SystemError) {
        log::error!("{error}");
    }

    fn bad_list(&self, package: &PackageName, error: &SourceError) {
        log::error!("the files of package {package} are not labelled: {error}");
    }
}
