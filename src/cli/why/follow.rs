//! `why --follow`: records as they come, until the user ends it or nobody reads any more.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::asked::{is_about, meant};
use super::sources::{report_failed, report_left_out, report_lost, report_none};
use super::tell::tell;
use super::told_times::ToldTimes;
use crate::cli::args::WhyArgs;
use crate::cli::exit::Exit;
use crate::cli::report::Report;
use crate::format::audit::AuditRecord;
use crate::machine::ended::EndRequest;
use crate::machine::root::Root;
use crate::tasks::why::{Due, Enforcement, Following, Refused, Storm};

/// How often sources are asked.
const TICK: Duration = Duration::from_millis(250);
/// How often it is said, at most, that records are missing.
const LOST_AGAIN: Duration = Duration::from_secs(60);

/// Tells of each refusal within a second or two.
pub(super) fn follow(args: &WhyArgs, root: &Root, report: &mut Report) {
    match EndRequest::catch() {
        Ok(end) => Follower::start(args, root, report).run(&end, report),
        Err(error) => report.trouble(format_args!("cannot wait for signals: {error}"), None),
    }
}

struct Follower<'a> {
    args: &'a WhyArgs,
    root: &'a Root,
    following: Following<'a>,
    storm: Storm,
    lost: Option<Instant>,
}

impl<'a> Follower<'a> {
    fn start(args: &'a WhyArgs, root: &'a Root, report: &mut Report) -> Self {
        let mut following = Following::start(root);
        let failed = following.take_failed();
        report_failed(&failed, report);
        let sources = following.sources();
        let sources: Vec<_> = sources.iter().map(ToString::to_string).collect();
        if !sources.is_empty() {
            let sources = sources.join(", ");
            report.note(format_args!("new records of {sources}; Ctrl-C ends this"));
        } else if failed.is_empty() {
            report_none(report);
        }
        Self {
            args,
            root,
            following,
            storm: Storm::default(),
            lost: None,
        }
    }

    fn run(mut self, end: &EndRequest, report: &mut Report) {
        let path = self.args.path.as_deref();
        let path = path.map(|path| meant(path, self.root));
        while !self.following.sources().is_empty() {
            self.hear(path.as_deref(), report);
            let due = self.storm.due(Instant::now());
            self.tell(&due, report);
            let ended = end.within(TICK, io::stdout());
            // journalctl is ended by the same Ctrl-C, which is no failure then.
            if report.is_closed() || ended.unwrap_or(true) {
                break;
            }
            report_failed(&self.following.take_failed(), report);
        }
        let rest = self.storm.rest(Instant::now());
        self.tell(&rest, report);
    }

    fn hear(&mut self, path: Option<&Path>, report: &mut Report) {
        let (heard, now) = (self.following.hear(), Instant::now());
        // Where a policy appraises what is opened, to look at a file is refused too, and would be told for ever.
        let is_ours = |record: &AuditRecord| record.process == Some(std::process::id());
        for record in heard.records {
            if !is_ours(&record) && path.is_none_or(|path| is_about(&record, path)) {
                self.storm.add(record, now);
            }
        }
        let is_told = self.lost.is_some_and(|told| told + LOST_AGAIN > now);
        if heard.lost && !is_told {
            self.lost = Some(now);
            report_lost(report);
        }
    }

    fn tell(&self, due: &Due, report: &mut Report) {
        let enforcement = Enforcement::of(self.root, self.following.is_enforced());
        let effect = |refused: &Refused| enforcement.effect(&refused.last);
        let is_json = self.args.json;
        let whole = due.new.iter().chain(due.again.iter().filter(|_| is_json));
        let files: Vec<_> = whole
            .map(|refused| {
                (
                    refused.last.name.as_slice(),
                    Some((refused, effect(refused))),
                )
            })
            .collect();
        tell(self.args, self.root, &files, report);
        for refused in due.again.iter().filter(|_| !is_json) {
            report.answer(Exit::No);
            report.line(ToldTimes {
                refused,
                effect: effect(refused),
                is_again: true,
            });
        }
        report_left_out(due.left_out, report);
        report.flush();
    }
}
