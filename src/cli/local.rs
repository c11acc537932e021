//! `dpkg-ima sign --local` and `dpkg-ima forget`.

use std::path::{Path, PathBuf};

use super::args::{ForgetArgs, LocalArgs, SignArgs};
use super::exit::Exit;
use super::report::{Report, Unit, progress};
use super::signing::load;
use crate::format::plural::count;
use crate::keys::signing::{KeyError, Signer, Trust};
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::local::{
    LocalError, ToSign, UnsignedProgram, Writers, forget_local, sign_local, unsigned_programs,
};
use crate::tasks::verify::Advance;

/// Signs the programs that are named, or all, and reports.
pub(super) fn sign(args: &SignArgs, report: &mut Report) {
    if !is_root(report) {
        return;
    }
    let loaded = load(&args.key).and_then(|signer| {
        let root = Root::open(&args.local.root)?;
        Ok((signer, root))
    });
    let (signer, root) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return report.trouble(&error, error.hint()),
    };
    warn_of_open_key(args, &*signer, report);
    let files = match args.local.all {
        true => match all(&args.local, &root, report) {
            Some(files) => files,
            None => return,
        },
        false => named(args.signing.packages.clone()),
    };
    let how = (&*signer, args.signing.selection.hash.into());
    let signed = sign_local(&root, &files, how, &mut |file, told| {
        tell("sign", file, told, report);
    });
    conclude("signed", signed, report);
}

pub fn forget(args: &ForgetArgs) -> Exit {
    let mut report = Report::new();
    if is_root(&mut report) {
        match Root::open(&args.root) {
            Ok(root) => {
                let forgotten = forget_local(&root, &args.files, &mut |file, told| {
                    tell("forget", file, told, &mut report);
                });
                conclude("forgot", forgotten, &mut report);
            }
            Err(error) => report.trouble(&error, None),
        }
    }
    report.finish()
}

/// These files, as they are at the moment when they are signed.
fn named(files: Vec<PathBuf>) -> Vec<ToSign> {
    let named = files.into_iter().map(|path| ToSign { path, shown: None });
    named.collect()
}

fn is_root(report: &mut Report) -> bool {
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root {
        let hint = "run this as root";
        report.trouble("only root says which local programs may run", Some(hint));
    }
    is_root
}

/// One line: whoever comes to this machine can sign what is to run here.
fn warn_of_open_key(args: &SignArgs, signer: &dyn Signer, report: &Report) {
    if signer.lies_open() {
        report.note(format_args!(
            "the key '{}' lies on this machine without a passphrase: whoever reads it can sign what is to run here",
            shown(&args.key.key)
        ));
    }
}

fn tell(doing: &str, file: &Path, told: Result<(), LocalError>, report: &mut Report) {
    if let Err(error) = told {
        let message = format_args!("cannot {doing} '{}': {error}", shown(file)).to_string();
        report.trouble(message, error.hint());
    }
}

fn conclude(done: &str, files: Result<usize, LocalError>, report: &mut Report) {
    match files {
        Ok(0) => {}
        Ok(files) => report.line(format_args!("{done} {}", count(files, "local program"))),
        Err(error) => report.trouble(&error, error.hint()),
    }
}

/// All unsigned programs, after they were shown and agreed to; none if nothing is to be signed.
fn all(args: &LocalArgs, root: &Root, report: &mut Report) -> Option<Vec<ToSign>> {
    let programs = match find(root, report) {
        Ok(programs) => programs,
        Err(error) => {
            report.trouble(error, None);
            return None;
        }
    };
    if programs.is_empty() {
        report.line("nothing to sign: no program is unsigned and named by no list");
        return None;
    }
    for program in &programs {
        report.line(line(program));
    }
    let programs = match args.yes {
        true => of_root_alone(programs, report),
        false => programs,
    };
    may_sign(args, programs.len(), report).then(|| {
        let signed = programs.into_iter().map(|program| ToSign {
            path: program.path,
            shown: Some(program.state),
        });
        signed.collect()
    })
}

fn line(program: &UnsignedProgram) -> String {
    let package = program.package.as_ref();
    let package = package.map(|package| format!(" (package {package})"));
    let writers = match program.writers {
        Writers::Root => String::new(),
        Writers::User(user) => format!(" (of user {user})"),
        Writers::Others => " (others may write it)".to_owned(),
    };
    format!(
        "{}{}{writers}",
        shown(&program.path),
        package.unwrap_or_default()
    )
}

/// SECURITY: nobody is asked, so no user gets signed what he has put there.
fn of_root_alone(programs: Vec<UnsignedProgram>, report: &mut Report) -> Vec<UnsignedProgram> {
    let is_of_root = |program: &UnsignedProgram| program.writers == Writers::Root;
    let (of_root, others): (Vec<_>, Vec<_>) = programs.into_iter().partition(is_of_root);
    if !others.is_empty() {
        let others = count(others.len(), "program");
        report.trouble(
            format_args!("{others} that others than root own or can write are left out with --yes"),
            Some("look at each, and sign it by its path, or all of them without --yes"),
        );
    }
    of_root
}

fn find(root: &Root, report: &mut Report) -> Result<Vec<UnsignedProgram>, String> {
    let trust = Trust::of_root(root).map_err(|error: KeyError| error.to_string())?;
    let bar = progress(0, Unit::Files);
    let advance = |progress| match progress {
        Advance::Stage(what, files) => {
            bar.reset();
            bar.set_length(files);
            bar.set_message(what);
        }
        Advance::Done(files) => bar.inc(files),
    };
    let found = unsigned_programs(root, &trust, &advance, &mut |error| {
        bar.suspend(|| report.trouble(format_args!("cannot verify: {error}"), None));
    });
    bar.finish_and_clear();
    report.left_out(root);
    found.map_err(|error| error.to_string())
}

/// Whether to sign them.
fn may_sign(args: &LocalArgs, programs: usize, report: &mut Report) -> bool {
    let question = format!("Sign {}?", count(programs, "program"));
    args.yes || report.confirms(&question, "nothing is signed")
}
