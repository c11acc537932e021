//! `dpkg-ima setup`.

use std::path::Path;

use serde_json::json;

use super::args::SetupArgs;
use super::exit::Exit;
use super::looked::Looked;
use super::report::{Report, complain};
use super::tone::Tone;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::setup::{
    Appraise, Item, ItemState, Setup, SetupError, SetupOptions, Undo, Undone,
};

pub fn run(args: &SetupArgs) -> Exit {
    let mut report = Report::new();
    if !nix::unistd::geteuid().is_root() {
        report.trouble("only root can set a machine up", Some("run this as root"));
        return report.finish();
    }
    let done = match args.undo {
        true => undo(args, &mut report),
        false => set_up(args, &mut report),
    };
    if let Err(error) = done {
        report.trouble(&error, error.hint());
    }
    report.finish()
}

fn set_up(args: &SetupArgs, report: &mut Report) -> Result<(), SetupError> {
    let root = Root::open(Path::new("/"))?;
    let options = SetupOptions {
        certificates: args.cert.clone(),
        from: args.from.clone(),
        policy: args.policy.clone(),
        mode: match (args.log, args.enforce) {
            (true, _) => Some(Appraise::Log),
            (_, true) => Some(Appraise::Enforce),
            _ => None,
        },
    };
    let setup = Setup::of(&root, &options)?;
    let plan = setup.plan()?;
    plan.iter().for_each(|item| print(report, args, item));
    if plan.iter().any(Item::is_blocked) {
        report.answer(Exit::No);
    } else if !plan.iter().any(Item::is_to_do) {
        let yours = plan.iter().find_map(Item::by_user);
        finish(report, args, yours, "nothing to do: this machine is set up");
    } else if may_begin(args, report) {
        carry_out(args, &setup, report)?;
    }
    Ok(())
}

fn carry_out(args: &SetupArgs, setup: &Setup<'_>, report: &mut Report) -> Result<(), SetupError> {
    let mut yours = None;
    let all = setup.carry_out(&mut |item, notices| {
        yours = yours.or(item.by_user());
        for (notice, hint) in notices {
            complain(notice, *hint);
        }
        print(report, args, item);
    })?;
    if !all {
        report.answer(Exit::No);
        return Ok(());
    }
    finish(
        report,
        args,
        yours,
        match setup.goal() {
            Appraise::Log => {
                "restart the machine: the kernel then logs what it would refuse; later: dpkg-ima setup --enforce"
            }
            Appraise::Enforce => "restart the machine: the kernel then refuses what is not signed",
        },
    );
    Ok(())
}

fn undo(args: &SetupArgs, report: &mut Report) -> Result<(), SetupError> {
    let root = Root::open(Path::new("/"))?;
    let undo = Undo::of(&root)?;
    let files = undo.files();
    if files.is_empty() {
        conclude(
            report,
            args,
            "nothing to undo: setup has changed no file here",
        );
        return Ok(());
    }
    for file in &files {
        let path = shown(file);
        line(
            report,
            args,
            "to do",
            &path,
            format_args!("'{path}' is put back as it was"),
        );
    }
    if !may_begin(args, report) {
        return Ok(());
    }
    let all = undo.carry_out(&mut |undone| print_undone(report, args, undone))?;
    if !all {
        let hint = "look at the files that are named, remove them or not, and run this again";
        report.trouble(
            "not all is undone, and what remains may still be needed",
            Some(hint),
        );
    } else {
        conclude(
            report,
            args,
            "restart the machine: it is then as it was; labels stay on the files",
        );
    }
    Ok(())
}

/// Whether to change anything.
fn may_begin(args: &SetupArgs, report: &mut Report) -> bool {
    if args.dry_run || args.yes {
        return args.yes;
    }
    report.confirms("Do this?", "nothing is changed")
}

fn print(report: &mut Report, args: &SetupArgs, item: &Item) {
    let (to_be, undo, hint) = match &item.state {
        ItemState::ToDo { to_be, undo } => (Some(to_be.as_str()), Some(*undo), None),
        ItemState::ByUser(hint) | ItemState::Blocked { hint } => (None, None, Some(*hint)),
        ItemState::Done | ItemState::Later => (None, None, None),
    };
    if args.json {
        report.json(&json!({
            "step": item.step,
            "state": item.state.name(),
            "is": item.is,
            "to_be": to_be,
            "undo": undo,
            "hint": hint,
        }));
        return;
    }
    let beneath = [("to be: ", to_be), ("undo: ", undo), ("-> ", hint)];
    let said = beneath
        .into_iter()
        .filter_map(|(word, text)| text.map(|text| format!("{word}{text}")));
    let looked = Looked {
        tone: match item.state {
            ItemState::Done => Tone::Good,
            ItemState::ToDo { .. } | ItemState::Later | ItemState::ByUser(_) => Tone::Doubtful,
            ItemState::Blocked { .. } => Tone::Bad,
        },
        state: item.state.name(),
        topic: item.step,
        is: &item.is,
        beneath: said.collect(),
    };
    looked.print(report);
}

fn print_undone(report: &mut Report, args: &SetupArgs, undone: &Undone) {
    let (state, path, text) = match undone {
        Undone::PutBack(path) => ("done", path, "has its former content"),
        Undone::Removed(path) => ("done", path, "is gone, as before"),
        Undone::AsBefore(path) => ("done", path, "was as before already"),
        Undone::Foreign(path) => (
            "stop",
            path,
            "was changed by somebody else, and is left as it is",
        ),
        Undone::NeedsTheOthers(path) => (
            "stop",
            path,
            "is a policy of somebody else's, which needs certificates and command line: remove it first",
        ),
    };
    let path = shown(path);
    line(report, args, state, &path, format_args!("'{path}' {text}"));
}

fn line(
    report: &mut Report,
    args: &SetupArgs,
    state: &str,
    file: &str,
    text: std::fmt::Arguments<'_>,
) {
    match args.json {
        true => report.json(&json!({ "file": file, "state": state, "is": text.to_string() })),
        false => report.line(format_args!("{state:7} {text}")),
    }
}

/// The last line: what is left for the user, with which nothing is done yet, or else that text.
fn finish(report: &mut Report, args: &SetupArgs, yours: Option<&str>, text: &str) {
    if yours.is_some() {
        report.answer(Exit::No);
    }
    conclude(report, args, yours.unwrap_or(text));
}

/// The last line, which says what is next.
fn conclude(report: &mut Report, args: &SetupArgs, text: &str) {
    match args.json {
        true => report.json(&json!({ "next": text })),
        false => report.line(text),
    }
}
