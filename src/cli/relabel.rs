//! `dpkg-ima relabel`.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use indicatif::ProgressBar;
use serde_json::json;

use super::args::RelabelArgs;
use super::exit::Exit;
use super::images::complain_of_images;
use super::report::{Report, Unit, complain, fetching, progress};
use crate::dpkg::PackageName;
use crate::format::plural::count;
use crate::labelling::{FileDone, FileOutcome, Mode, PackageList, Progress, Remark, SourceError};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::tasks::relabel::{Plan, RelabelError, RelabelOptions, Relabelled};

/// So many lines may wait to be printed; then the work waits.
const WAITING_MAX: usize = 1024;

pub fn run(args: &RelabelArgs) -> Exit {
    let mut report = Report::new();
    if let Err(error) = relabel(args, &mut report) {
        report.trouble(&error, None);
    }
    report.finish()
}

fn relabel(args: &RelabelArgs, report: &mut Report) -> Result<(), RelabelError> {
    let root = Root::open(&args.root)?;
    let relabelled = relabel_root(&root, args, report);
    report.left_out(&root);
    conclude(args, &relabelled?, &root, report);
    Ok(())
}

fn relabel_root(
    root: &Root,
    args: &RelabelArgs,
    report: &mut Report,
) -> Result<Relabelled, RelabelError> {
    let options = RelabelOptions {
        mode: mode_of(args),
        from: args.from.clone(),
        packages: args.packages.clone(),
    };
    let bar = OnceCell::new();
    let looked_at = |number: usize, total: usize| {
        bar.get_or_init(|| progress(total as u64, Unit::Packages))
            .set_position(number as u64);
    };
    let plan = Plan::make(root, &options, &looked_at);
    if let Some(bar) = bar.get() {
        bar.finish_and_clear();
    }
    let mut plan = plan?;
    if !args.no_fetch {
        plan.fetch(&fetching);
    }
    carry_out(plan, args, report)
}

fn carry_out(
    plan: Plan<'_>,
    args: &RelabelArgs,
    report: &mut Report,
) -> Result<Relabelled, RelabelError> {
    let bar = progress(plan.packages() as u64, Unit::Packages);
    let (lines, received) = sync_channel(WAITING_MAX);
    let sender = LineSender {
        args,
        bar: bar.clone(),
        lines,
    };
    let relabelled = std::thread::scope(|scope| {
        // The sender is dropped when the work ends, and so the lines end.
        let work = scope.spawn(move || plan.carry_out(&sender));
        for line in received {
            bar.suspend(|| report.line(line));
        }
        work.join().expect("it does not panic")
    });
    bar.finish_and_clear();
    relabelled
}

/// Sends lines to the main thread, which prints them.
struct LineSender<'a> {
    args: &'a RelabelArgs,
    bar: ProgressBar,
    lines: SyncSender<String>,
}

impl Progress for LineSender<'_> {
    fn file(&self, file: &FileDone<'_>) {
        let path = shown(file.path);
        let line = match file.outcome {
            _ if self.args.json => as_json(&path, file),
            FileOutcome::Altered | FileOutcome::Forged | FileOutcome::Missing => {
                format!("{}: {path}", file.outcome.name())
            }
            FileOutcome::Labelled if self.args.dry_run => format!("to label: {path}"),
            _ => return,
        };
        // The main thread receives until all senders are gone.
        self.lines.send(line).unwrap_or_default();
    }

    /// Forged signatures are named at the end, once for each package.
    fn remark(&self, path: &Path, remark: &Remark) {
        log::debug!("'{}': {remark}", shown(path));
    }

    fn failure(&self, error: &SystemError) {
        self.bar.suspend(|| complain(error, None));
    }

    fn bad_list(&self, package: &PackageName, error: &SourceError) {
        let message = format!("the files of package {package} are not labelled: {error}");
        let hint = match package.is_local() {
            true => {
                "move it away, and sign them again: dpkg-ima sign --local --key KEY --cert CERTIFICATE FILE".to_owned()
            }
            false => format!("apt install --reinstall {package}"),
        };
        self.bar.suspend(|| complain(message, Some(&hint)));
    }

    fn package(&self, _list: &PackageList<'_>) {
        self.bar.inc(1);
    }
}

fn as_json(path: &str, file: &FileDone<'_>) -> String {
    json!({
        "file": path,
        "package": file.package.as_str(),
        "outcome": file.outcome.name(),
    })
    .to_string()
}

const fn mode_of(args: &RelabelArgs) -> Mode {
    match args.dry_run {
        true => Mode::Plan,
        false => Mode::Write,
    }
}

fn conclude(args: &RelabelArgs, relabelled: &Relabelled, root: &Root, report: &mut Report) {
    if !args.json {
        if let fetched @ 1.. = relabelled.answers.fetched.len() {
            report.line(format_args!("{} fetched", count(fetched, "signature list")));
        }
        report.line(relabelled.tally.summary(mode_of(args)));
    }
    for (notice, hint) in relabelled.notices() {
        complain(notice, hint);
    }
    if relabelled.tally.count(FileOutcome::Labelled) > 0 && !args.dry_run {
        complain_of_images(root);
    }
    for (complaint, hint) in relabelled.complaints() {
        report.trouble(complaint, hint);
    }
    if relabelled.is_incomplete() {
        report.answer(Exit::Trouble);
    }
    let unsigned = !args.packages.is_empty() && !relabelled.unsigned.is_empty();
    if unsigned || relabelled.is_forged() || relabelled.tally.count(FileOutcome::Altered) > 0 {
        report.answer(Exit::No);
    }
}
