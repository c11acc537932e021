//! `dpkg-ima status`.

use std::path::Path;

use serde_json::json;

use super::args::StatusArgs;
use super::exit::Exit;
use super::looked::Looked;
use super::report::Report;
use super::tone::Tone;
use crate::machine::appraise_mode::AppraiseMode;
use crate::machine::root::Root;
use crate::tasks::status::{Conclusion, Readiness, StatusLine, status, would_not_boot};

pub fn run(args: &StatusArgs) -> Exit {
    let mut report = Report::new();
    match Root::open(Path::new("/")) {
        Ok(root) => {
            let lines = status(&root);
            for line in &lines {
                print(&mut report, line, args);
            }
            // Without /proc nothing is known, and the lines say so.
            let mode = AppraiseMode::of_this_boot().unwrap_or_default();
            print_conclusion(&mut report, Conclusion::of(&lines, mode), args);
            if would_not_boot(&lines) {
                report.answer(Exit::No);
            }
        }
        Err(error) => report.trouble(&error, None),
    }
    report.finish()
}

fn print(report: &mut Report, line: &StatusLine, args: &StatusArgs) {
    if args.json {
        report.json(&json!({
            "topic": line.topic.name(),
            "state": line.readiness.name(),
            "reason": line.reason,
            "next": line.next,
        }));
        return;
    }
    let looked = Looked {
        tone: match line.readiness {
            Readiness::Good => Tone::Good,
            Readiness::Not => Tone::Bad,
            Readiness::Unknown => Tone::Doubtful,
        },
        state: line.readiness.name(),
        topic: line.topic.name(),
        is: &line.reason,
        beneath: line
            .next
            .map(|next| format!("-> {next}"))
            .into_iter()
            .collect(),
    };
    looked.print(report);
}

fn print_conclusion(report: &mut Report, conclusion: Conclusion, args: &StatusArgs) {
    match (conclusion, args.json) {
        (Conclusion::Ready, true) => report.json(&json!({ "ready": true, "next": null })),
        (Conclusion::Next(next), true) => report.json(&json!({ "ready": false, "next": next })),
        (Conclusion::Ready, false) => report.toned(&[
            (Some(Tone::Good), "ready"),
            (
                None,
                ": this machine refuses what is not signed, and boots like that",
            ),
        ]),
        (Conclusion::Next(next), false) => {
            report.toned(&[(Some(Tone::Doubtful), "next"), (None, ": "), (None, next)]);
        }
    }
}
