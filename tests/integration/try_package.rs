//! `dpkg-ima-try` as it is installed, apart from the source: what it says before it starts a machine, and how it reads the tests
//! of a source package. What happens on the machine is shown by `tests/vm/suite try`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::examples::source;
use crate::support::{Run, scratch};

/// The command, in a tree like that of its package.
fn installed(folder: &Path) -> PathBuf {
    let share = folder.join("usr/share");
    fs::create_dir_all(&share).unwrap();
    fs::create_dir(folder.join("usr/bin")).unwrap();
    let copy = Run::new("cp").arg("-r").arg(source("tests/try"));
    copy.arg(share.join("dpkg-ima-try")).ok();
    let command = folder.join("usr/bin/dpkg-ima-try");
    symlink("../share/dpkg-ima-try/dpkg-ima-try", &command).unwrap();
    command
}

/// Writes debian/tests of a source.
fn with_tests(folder: &Path, control: &str, scripts: &[&str]) {
    let tests = folder.join("debian/tests");
    fs::create_dir_all(&tests).unwrap();
    fs::write(tests.join("control"), control).unwrap();
    for script in scripts {
        fs::write(tests.join(script), "#!/bin/sh\n").unwrap();
    }
}

fn plan(folder: &Path) -> Run {
    let plan = Run::new(source("tests/try/try.d/plan.py"));
    plan.arg(folder).arg(folder.join("depends"))
}

#[test]
fn its_page_has_every_option() {
    let folder = scratch();
    let help = Run::new(installed(folder.path())).arg("--help").ok();
    let help = help.stdout();
    let page = fs::read_to_string(source("debian/dpkg-ima-try.1")).unwrap();
    let page = page.replace("\\-", "-");
    let options: Vec<_> = help
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| word.starts_with("--"))
        .collect();
    assert!(options.len() >= 10, "{help}");
    for option in options {
        assert!(page.contains(option), "{option}");
    }
}

/// The package that brings each program, as it looks for them.
fn packages_looked_for() -> Vec<String> {
    let text = fs::read_to_string(source("tests/try/lib.sh")).unwrap();
    let list = text.split_once("for pair in ").unwrap().1;
    let list = list.split_once("; do").unwrap().0;
    let pairs = list.split_whitespace().filter(|word| *word != "\\");
    let packages = pairs.map(|pair| pair.split_once(':').unwrap().1.to_owned());
    packages.collect()
}

#[test]
fn the_package_depends_on_what_it_looks_for() {
    let control = fs::read_to_string(source("debian/control")).unwrap();
    let stanza = control.split_once("Package: dpkg-ima-try\n").unwrap().1;
    let named: Vec<_> = stanza
        .split(|c: char| c.is_whitespace() || c == ',')
        .collect();
    let packages = packages_looked_for();
    assert!(packages.len() > 10, "{packages:?}");
    for package in packages {
        assert!(named.contains(&&*package), "{package}");
    }
}

#[test]
fn what_cannot_be_tried_is_said_in_one_line() {
    let folder = scratch();
    let command = installed(folder.path());
    let text = folder.path().join("text.deb");
    fs::write(&text, "no package\n").unwrap();
    let text = text.to_str().unwrap();
    for (words, says) in [
        (&[][..], "dpkg-ima-try: no package given"),
        (&["--shout"], "dpkg-ima-try: unknown option '--shout'"),
        (&["--suite"], "dpkg-ima-try: '--suite' needs a value"),
        (&[text], "text.deb' is no Debian package"),
        (&["--with", text], "text.deb' is no Debian package"),
        (&["--from", text, text], "text.deb' is no Debian package"),
    ] {
        let outcome = Run::new(&command).args(words).exits(2).says(says);
        let stderr = outcome.stderr();
        let lines: Vec<_> = stderr.lines().collect();
        assert!(lines.len() <= 2, "{words:?}: {stderr}");
        assert!(lines[1..].iter().all(|line| line.starts_with("hint: ")));
    }
}

#[test]
fn the_tests_of_a_source_become_a_plan() {
    let folder = scratch();
    let control = "# A comment.\n\
        Tests: one, two\n\
        Depends: @, ed (>= 1.2) [amd64], python3 | python3-minimal <!nocheck>,\n \
        other [i386]\n\
        Restrictions: needs-root,\n allow-stderr\n\
        \n\
        Test-Command: life --version\n\
        Depends: @builddeps@, man-db [!i386]\n\
        Features: test-name=version\n\
        \n\
        Tests: one\n\
        Architecture: arm64\n";
    with_tests(folder.path(), control, &["one", "two"]);
    plan(folder.path()).ok();
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        written("debian/tests/plan"),
        "debian/tests/one needs-root allow-stderr\n\
         debian/tests/two needs-root allow-stderr\n\
         debian/tests/command2 @builddeps@\n"
    );
    let depends = "ed (>= 1.2), man-db, python3 | python3-minimal";
    assert_eq!(written("depends"), depends);
    assert_eq!(
        written("debian/tests/command2"),
        "#!/bin/bash\nlife --version\n"
    );
}

#[test]
fn a_test_that_is_not_there_is_named() {
    let folder = scratch();
    with_tests(folder.path(), "Tests: one two\n", &["one"]);
    let outcome = plan(folder.path()).exits(1);
    outcome.says("names 'debian/tests/two', which is not there");
    with_tests(folder.path(), "Tests: one\n", &["one"]);
    plan(folder.path()).ok();
}
