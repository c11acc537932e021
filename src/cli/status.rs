//! `dpkg-ima status`.

use std::path::Path;

use serde_json::json;

use super::args::StatusArgs;
use super::exit::Exit;
use super::report::Report;
use crate::machine::root::Root;
use crate::tasks::status::{StatusLine, status, would_not_boot};

pub fn run(args: &StatusArgs) -> Exit {
    let mut report = Report::new();
    match Root::open(Path::new("/")) {
        Ok(root) => {
            let lines = status(&root);
            for line in &lines {
                print(&mut report, line, args);
            }
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
            "topic": line.topic,
            "state": line.readiness.name(),
            "reason": line.reason,
            "next": line.next,
        }));
        return;
    }
    report.line(format_args!(
        "{:8}{}: {}",
        line.readiness.name(),
        line.topic,
        line.reason
    ));
    if let Some(next) = line.next {
        report.line(format_args!("{:8}-> {next}", ""));
    }
}
