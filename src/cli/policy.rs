//! `dpkg-ima policy`.

use std::fs;

use rayon::prelude::*;
use serde_json::json;

use super::args::{PolicyArgs, PolicyCheckArgs, PolicyCommand};
use super::exit::Exit;
use super::report::{Report, Unit, progress};
use crate::format::plural::count;
use crate::format::policy::Policy;
use crate::keys::signing::{KeyError, system_keys};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::machine::walk::ProgramFile;
use crate::tasks::policy_check::{
    AppraisedFiles, Certainty, PLACES, PolicyCheck, Refusal, Treatments,
};

/// SPEC: Documentation/userspace-api/check_exec.rst.
const SCRIPTS: &str = "scripts: as programs when they are executed (./x); not when an interpreter reads them (sh x), \
                       unless it asks";

pub fn run(args: &PolicyArgs) -> Exit {
    let PolicyCommand::Check(args) = &args.what;
    let mut report = Report::new();
    if let Err(error) = check(args, &mut report) {
        report.trouble(&error, error.hint());
    }
    report.finish()
}

fn check(args: &PolicyCheckArgs, report: &mut Report) -> Result<(), KeyError> {
    let text = fs::read(&args.file).map_err(SystemError::at("read", &args.file))?;
    let policy = match Policy::parse(&text) {
        Ok(policy) => policy,
        Err(errors) => {
            for error in errors {
                report.note(format_args!("'{}': {error}", shown(&args.file)));
            }
            report.answer(Exit::No);
            return Ok(());
        }
    };
    let root = Root::open(&args.root)?;
    let held = system_keys(&root);
    let check = PolicyCheck {
        root: &root,
        policy: &policy,
        held: &held,
    };
    if policy.demands_signatures() && held.is_empty() {
        let hint = "put the certificate into /etc/keys/ima, and run dpkg-ima keys load";
        report.trouble("no key is held: everything would be refused", Some(hint));
    }
    check_files(&check, args, report)?;
    report.left_out(&root);
    Ok(())
}

fn check_files(
    check: &PolicyCheck<'_>,
    args: &PolicyCheckArgs,
    report: &mut Report,
) -> Result<(), SystemError> {
    let AppraisedFiles { files, errors } = AppraisedFiles::find(check)?;
    for error in &errors {
        report.trouble(error, None);
    }
    let bar = progress(files.len() as u64, Unit::Files);
    let refusal = |file: &ProgramFile| {
        bar.inc(1);
        check.refusal(file)
    };
    let refusals: Vec<_> = files.par_iter().map(refusal).collect();
    bar.finish_and_clear();
    let mut refused = 0;
    for (file, refusal) in files.iter().zip(refusals) {
        refused += usize::from(print(report, args, file, refusal));
    }
    if !args.json {
        let files = count(files.len(), "file");
        report.line(format_args!(
            "{files} looked at by the policy, {refused} refused"
        ));
        print_places(check.policy, report);
    }
    Ok(())
}

/// What is no package's, and what no policy can look at.
fn print_places(policy: &Policy, report: &mut Report) {
    for place in &PLACES {
        let told = Treatments::of(policy, place);
        let labels = match told.are_exempt() {
            true => String::new(),
            false => format!(" ({})", place.labels),
        };
        report.line(format_args!(
            "{} ({}): {told}{labels}",
            place.name, place.filesystem
        ));
    }
    report.line(SCRIPTS);
}

/// Prints a refusal, or why there is no answer; false if the file would not be refused.
fn print(
    report: &mut Report,
    args: &PolicyCheckArgs,
    file: &ProgramFile,
    refusal: Result<Option<Refusal>, SystemError>,
) -> bool {
    let path = shown(&file.path);
    match refusal {
        Ok(None) => return false,
        Ok(Some(refusal)) => {
            if args.json {
                report.json(&as_json(&path, &refusal));
            } else {
                report.line(as_text(&path, &refusal));
            }
            report.answer(Exit::No);
        }
        Err(error) => report.trouble(format_args!("cannot check '{path}': {error}"), None),
    }
    true
}

fn as_text(path: &str, refusal: &Refusal) -> String {
    let refused = match refusal.certainty {
        Certainty::Sure => "refused",
        Certainty::Perhaps => "perhaps refused",
    };
    let (verb, verdict, line) = (refusal.hook.verb(), refusal.verdict.name(), refusal.line);
    format!("{refused} ({verb}, line {line}): {verdict}: {path}")
}

fn as_json(path: &str, refusal: &Refusal) -> serde_json::Value {
    json!({
        "file": path,
        "verdict": refusal.verdict.name(),
        "key": refusal.verdict.key_id().map(|key_id| key_id.to_string()),
        "refused": refusal.hook.verb(),
        "line": refusal.line,
        "certain": refusal.certainty == Certainty::Sure,
    })
}
