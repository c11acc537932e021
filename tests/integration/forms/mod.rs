//! What dpkg installs, `sign` takes; what dpkg refuses, it refuses: form by form, with the real dpkg as the judge.
//!
//! The Python files here build the forms, byte by byte. What is signed is installed by dpkg once more, and every file
//! that came of it must be the one that its list names.

mod judge;
mod limits;
mod links;
mod refused;

use std::path::{Path, PathBuf};
use std::thread;

use judge::{Ours, Real};
use refused::{DEPENDS, HANGS, ON_PURPOSE};

use crate::support::{Run, scratch};

/// How many forms are tried at once: dpkg mostly waits for the disk.
const THREADS: usize = 4;

/// Builds the forms of a Python module, of which there must be so many, and lets both judge them.
fn agree(module: &str, count: usize) {
    let folder = scratch();
    make(module, folder.path());
    let mut debs: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    debs.sort();
    assert_eq!(debs.len(), count, "the forms of {module}");
    let failures: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = debs
            .chunks(debs.len().div_ceil(THREADS))
            .map(|debs| scope.spawn(move || disagreements(debs)))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.flatten().collect()
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// The generator is committed; its output is not.
fn make(module: &str, folder: &Path) {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/integration/forms/make.py"
    );
    let run = Run::new("python3").args(["-B", script, module]);
    run.arg(folder).ok();
}

fn disagreements(debs: &[PathBuf]) -> Vec<String> {
    debs.iter().filter_map(|deb| disagreement(deb)).collect()
}

/// What is wrong with our verdict on a form, if anything is.
fn disagreement(deb: &Path) -> Option<String> {
    let form = deb.file_stem()?.to_str()?;
    let dpkg = Real::of(deb, HANGS.contains(&form));
    let ours = Ours::of(deb);
    let on_purpose = ON_PURPOSE.iter().find(|refused| refused.form == form);
    let wrong = match (on_purpose, dpkg, &ours) {
        (Some(_), Real::Refuses(_), _) => {
            "dpkg refuses it, too: it is not refused on purpose".into()
        }
        (Some(_), _, Ours::Signs(_)) => "it is signed, and should be refused on purpose".into(),
        (Some(refused), Real::Installs(_), Ours::Refuses(line)) => {
            return (!line.contains(refused.says))
                .then(|| format!("{form}: no {:?} in {line}", refused.says));
        }
        (None, Real::Refuses(_), Ours::Refuses(_)) => return None,
        (None, Real::Installs(_), Ours::Signs(signed)) => return signed.fault(form),
        (None, Real::Refuses(_), Ours::Signs(_)) if DEPENDS.contains(&form) => return None,
        (None, Real::Installs(_), Ours::Refuses(line)) => format!("dpkg installs it, but: {line}"),
        (None, Real::Refuses(why), Ours::Signs(_)) => format!("it is signed, but dpkg: {why}"),
    };
    Some(format!("{form}: {wrong}"))
}

#[test]
fn the_ar_archive() {
    agree("archives", 105);
}

#[test]
fn compressions() {
    agree("compression", 104);
}

#[test]
fn data_tar() {
    agree("data", 150);
}

#[test]
fn control_tar() {
    agree("control", 140);
}
