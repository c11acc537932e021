//! The examples that do not simply exit 0 where the tests run, each with the reason.

use super::text::source;
use super::workshop::Workshop;

/// What is done with such an example.
enum How {
    /// It is run, and ends with one of these.
    Exits(&'static [i32]),
    /// It is not run; `--help` behind it says that its words are known.
    WordsOnly,
    /// It is not run; that file of the source can be executed and knows these words.
    Program(&'static str, &'static [&'static str]),
}

use How::{Exits, Program, WordsOnly};

/// The example, what is done with it, and why.
const SPECIAL: [(&str, How, &str); 30] = [
    (
        "dpkg-ima status",
        Exits(&[0, 1]),
        "the kernel that the tests run on need not enforce",
    ),
    ("dpkg-ima status --json", Exits(&[0, 1]), "likewise"),
    (
        "dpkg-ima fetch --all",
        Exits(&[1, 2]),
        "the source has no list for the rest of Debian; that of the README is not there",
    ),
    (
        "dpkg-ima relabel",
        Exits(&[0, 2]),
        "the source of the README is not there, and everything else is done",
    ),
    (
        "dpkg-ima relabel --from signed",
        Exits(&[0, 2]),
        "likewise, after that line of the README",
    ),
    (
        "dpkg-ima keys load",
        WordsOnly,
        "it would change the keyring of the kernel that the tests run on",
    ),
    (
        "dpkg-ima keys list",
        Exits(&[1]),
        "so the certificates are not in that keyring",
    ),
    (
        "dpkg-ima sign --key 'pkcs11:token=mirror;object=ima' --cert mirror.pem --pin-file pin --in-place pool",
        WordsOnly,
        "there is no token in the root of the tests; tests/integration/token has one",
    ),
    (
        "dpkg-ima sign --key 'pkcs11:token=mirror;object=ima' --cert cert.pem --pin-file pin -o signed *.deb",
        WordsOnly,
        "likewise",
    ),
    (
        "dpkg-ima sign --local --key key.pem --cert cert.pem --all",
        Exits(&[2]),
        "there is no terminal to ask on; all of Debian is unsigned in the root of the tests",
    ),
    (
        "dpkg-ima policy check /usr/share/dpkg-ima/policies/everyone",
        Exits(&[1]),
        "all of Debian is unsigned in the root of the tests",
    ),
    (
        "dpkg-ima policy check --json /etc/dpkg-ima/policy",
        Exits(&[1]),
        "likewise",
    ),
    (
        "dpkg-ima setup --cert cert.pem --from signed",
        Exits(&[1]),
        "the kernel that the tests run on does not appraise; integration::setup has one that does",
    ),
    (
        "dpkg-ima setup --cert mirror.pem --dry-run",
        Exits(&[1]),
        "likewise",
    ),
    (
        "dpkg-ima setup --cert mirror.pem --from signed",
        Exits(&[1]),
        "likewise",
    ),
    ("dpkg-ima setup --enforce", Exits(&[1]), "likewise"),
    (
        "dpkg-ima verify",
        Exits(&[1]),
        "all of Debian is unsigned in the root of the tests",
    ),
    (
        "dpkg-ima verify --bars | head -n 5",
        Exits(&[1]),
        "likewise",
    ),
    ("dpkg-ima verify --by-key", Exits(&[1]), "likewise"),
    ("dpkg-ima verify --by-key", Exits(&[1]), "likewise"),
    (
        "dpkg-ima verify --json | grep '\"altered\"'",
        Exits(&[1]),
        "nothing in that root was altered",
    ),
    (
        "dpkg-ima why",
        Exits(&[0, 1, 2]),
        "what the kernel that the tests run on has refused is not ours",
    ),
    (
        "dpkg-ima why --since yesterday",
        Exits(&[0, 1, 2]),
        "likewise",
    ),
    ("dpkg-ima why /usr/bin/hello", Exits(&[0, 1, 2]), "likewise"),
    (
        "dpkg-ima why --follow",
        WordsOnly,
        "it does not end; integration::why::follow ends it",
    ),
    (
        "dpkg-ima why --json | grep would-be-refused",
        Exits(&[1]),
        "that kernel has no policy",
    ),
    (
        "update-initramfs -u -k all",
        Exits(&[127]),
        "the root of the tests boots nothing and has no such program; integration::setup has roots with it",
    ),
    (
        "sudo tests/demo",
        Program("tests/demo", &[]),
        "tests/run runs it",
    ),
    (
        "sudo tests/run",
        Program("tests/run", &["--long"]),
        "these tests are a part of it",
    ),
    (
        "sudo dpkg-ima-try --suite trixie foo.deb",
        Program("tests/try/dpkg-ima-try", &["--suite"]),
        "it boots an emulated machine; tests/vm/suite has the time for that",
    ),
];

/// Whether an example works, as far as it can be tried in that workshop.
#[track_caller]
pub fn ensure_works(workshop: &Workshop, example: &str) {
    let found = SPECIAL.iter().find(|(line, ..)| *line == example);
    match found.map(|(_, how, _)| how) {
        None => drop(workshop.run(example).ok()),
        Some(Exits(codes)) => {
            let outcome = workshop.run(example).outcome();
            let code = outcome.code().unwrap_or(-1);
            assert!(codes.contains(&code), "{outcome}");
        }
        Some(WordsOnly) => drop(workshop.run(&format!("{example} --help")).ok()),
        Some(Program(path, words)) => ensure_program(path, words),
    }
}

#[track_caller]
fn ensure_program(path: &str, words: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    let file = source(path);
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111, "{path} cannot be executed");
    let text = std::fs::read_to_string(file).unwrap();
    for word in words {
        assert!(text.contains(word), "{path} does not know {word}");
    }
}

/// Those that none of the examples is.
pub fn left_over(examples: &[String]) -> Vec<&'static str> {
    let lines = SPECIAL.iter().map(|(line, ..)| *line);
    lines
        .filter(|line| !examples.iter().any(|example| example == line))
        .collect()
}
