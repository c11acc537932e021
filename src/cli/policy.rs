//! `dpkg-ima policy`.

use std::fs;

use rayon::prelude::*;
use serde_json::json;

use super::args::{PolicyArgs, PolicyCheckArgs, PolicyCommand};
use super::exit::Exit;
use super::report::{Report, Unit, count, progress};
use crate::format::policy::Policy;
use crate::keys::held::HeldKeys;
use crate::keys::signing::{KeyError, Trust};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::machine::walk::ProgramFile;
use crate::tasks::policy_check::{Judge, Judged, Sureness};
use crate::tasks::target::TargetError;

/// Checks a policy.
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
    let held = HeldKeys::of_system(&root);
    let judge = Judge {
        root: &root,
        policy: &policy,
        trust: &Trust::of_root(&root)?,
        held: &held,
    };
    warn_of_no_key(&judge, report);
    look_at_all(&judge, args, report)
}

fn warn_of_no_key(judge: &Judge<'_>, report: &mut Report) {
    if judge.policy.demands_signatures() && judge.held.is_empty() {
        let hint = "put the certificate into /etc/keys/ima, and run dpkg-ima keys load";
        report.trouble("no key is held: everything would be refused", Some(hint));
    }
}

fn look_at_all(
    judge: &Judge<'_>,
    args: &PolicyCheckArgs,
    report: &mut Report,
) -> Result<(), KeyError> {
    let collected = judge.collect()?;
    for error in &collected.errors {
        report.trouble(error, None);
    }
    let bar = progress(collected.candidates.len() as u64, Unit::Files);
    let look = |candidate: &ProgramFile| {
        bar.inc(1);
        judge.judge(candidate)
    };
    let judged: Vec<_> = collected.candidates.par_iter().map(look).collect();
    bar.finish_and_clear();
    let mut refused = 0;
    for (candidate, judged) in collected.candidates.iter().zip(judged) {
        refused += usize::from(print(report, args, candidate, judged));
    }
    if !args.json {
        let files = count(collected.candidates.len(), "file");
        report.line(format_args!(
            "{files} looked at by the policy, {refused} refused"
        ));
    }
    report.left_out(judge.root);
    Ok(())
}

/// Prints what is refused, and says whether it is.
fn print(
    report: &mut Report,
    args: &PolicyCheckArgs,
    candidate: &ProgramFile,
    judged: Result<Option<Judged>, TargetError>,
) -> bool {
    let path = shown(&candidate.path);
    match judged {
        Ok(None) => return false,
        Ok(Some(judged)) => {
            if args.json {
                report.json(&as_json(&path, &judged));
            } else {
                report.line(as_text(&path, &judged));
            }
            report.answer(Exit::No);
        }
        Err(error) => report.trouble(format_args!("cannot check '{path}': {error}"), None),
    }
    true
}

fn as_text(path: &str, judged: &Judged) -> String {
    let refused = match judged.sureness {
        Sureness::Sure => "refused",
        Sureness::Perhaps => "perhaps refused",
    };
    let (verb, verdict, line) = (judged.hook.verb(), judged.verdict.name(), judged.line);
    format!("{refused} ({verb}, line {line}): {verdict}: {path}")
}

fn as_json(path: &str, judged: &Judged) -> serde_json::Value {
    json!({
        "file": path,
        "verdict": judged.verdict.name(),
        "key": judged.verdict.key_id().map(|key_id| key_id.to_string()),
        "refused": judged.hook.verb(),
        "line": judged.line,
        "certain": judged.sureness == Sureness::Sure,
    })
}
