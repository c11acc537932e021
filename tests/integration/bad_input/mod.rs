//! What `dpkg-ima sign` refuses, and how: exit 2, one clear line and perhaps a hint, nothing left behind, the input untouched.
//! And what of hostile input any command lets a terminal see.

mod archives;
mod escapes;
mod keys;
mod places;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Outcome, TestKey, scratch};

/// A folder with a package, and one for the output.
struct Bench {
    folder: tempfile::TempDir,
    deb: PathBuf,
    content: Vec<u8>,
    out: PathBuf,
}

impl Bench {
    fn new(content: &[u8]) -> Self {
        let folder = scratch();
        let inputs = folder.path().join("in");
        let out = folder.path().join("out");
        fs::create_dir(&inputs).unwrap();
        fs::create_dir(&out).unwrap();
        let deb = inputs.join("bad.deb");
        fs::write(&deb, content).unwrap();
        let content = content.to_vec();
        Self {
            folder,
            deb,
            content,
            out,
        }
    }

    /// Signing must fail with that message, both ways of output.
    #[track_caller]
    fn refuses(&self, message: &str) {
        let key = TestKey::shared();
        let run = key.sign().arg("-o").arg(&self.out).arg(&self.deb);
        self.refused(&run.exits(2), message);
        let run = key.sign().arg("--in-place").arg(&self.deb);
        self.refused(&run.exits(2), message);
    }

    #[track_caller]
    fn refused(&self, outcome: &Outcome, message: &str) {
        assert_one_line(outcome, message);
        assert!(
            outcome.stderr().starts_with("dpkg-ima: cannot sign '"),
            "{outcome}"
        );
        assert_eq!(
            fs::read(&self.deb).unwrap(),
            self.content,
            "touched\n{outcome}"
        );
        assert_eq!(names(&self.out), [""; 0], "left behind\n{outcome}");
        assert_eq!(
            names(self.deb.parent().unwrap()),
            ["bad.deb"],
            "left behind\n{outcome}"
        );
    }
}

/// Nothing on standard output, one line on standard error, and at most a hint.
#[track_caller]
pub fn assert_one_line(outcome: &Outcome, message: &str) {
    assert_eq!(outcome.stdout(), "", "{outcome}");
    let text = outcome.stderr();
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    assert!(line.starts_with("dpkg-ima: "), "{outcome}");
    assert!(line.contains(message), "no {message:?} in\n{outcome}");
    assert!(
        lines.next().is_none_or(|line| line.starts_with("hint: ")),
        "{outcome}"
    );
    assert!(lines.next().is_none(), "{outcome}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A package whose content does not compress away.
fn good() -> Vec<u8> {
    let folder = scratch();
    let deb = DebBuilder::new("bad", "1").file("/usr/bin/x", "#!/bin/sh\necho\n", 0o755);
    let deb = deb.dpkg_deb(&["-Zxz"]).build(folder.path());
    fs::read(deb).unwrap()
}

/// One ar member as dpkg-deb writes it.
fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "{name:<16}0           0     0     100644  {:<10}`\n",
        content.len()
    )
    .into_bytes();
    bytes.extend(content);
    if content.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    bytes
}

/// Where each ar member begins.
fn member_starts(deb: &[u8]) -> Vec<usize> {
    let mut starts = vec![8];
    while let Some(header) = starts.last().and_then(|&at| deb.get(at..at + 60)) {
        let size: usize = std::str::from_utf8(&header[48..58])
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        starts.push(starts.last().unwrap() + 60 + size.next_multiple_of(2));
    }
    starts
}
