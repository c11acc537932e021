//! `dpkg-ima verify` without a target: every verdict over a whole root, whose files are whose, and what stays out of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::{DebBuilder, Outcome, Run, System, TestKey, scratch};

const SCRIPT: &str = "#!/bin/sh\nexit 0\n";

/// Builds a package, signs it with the shared key and installs it.
fn install(system: &System, deb: DebBuilder) {
    let debs = scratch();
    let deb = deb.build(debs.path());
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    system.dpkg(&[], &deb);
}

/// Installs a package as it is.
fn install_unsigned(system: &System, deb: DebBuilder) {
    let debs = scratch();
    system.dpkg(&[], &deb.build(debs.path()));
}

/// A root with the shared key's certificate.
fn system() -> System {
    let system = System::new();
    system.trust(TestKey::shared());
    system
}

fn verify(system: &System) -> Run {
    Run::dpkg_ima()
        .args(["verify", "--root"])
        .arg(system.root())
}

/// Verdict, package (`-` if none) and whether a list names it, by path.
type Verdicts = BTreeMap<String, (String, String, bool)>;

fn verdicts(outcome: &Outcome) -> Verdicts {
    let text = outcome.stdout();
    let mut verdicts = Verdicts::new();
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| object[key].as_str().unwrap_or("-").to_owned();
        assert!(object["target"].is_string(), "{line}");
        let said = (
            word("verdict"),
            word("package"),
            object["listed"].as_bool().unwrap(),
        );
        let before = verdicts.insert(word("file"), said);
        assert_eq!(before, None, "twice: {line}");
    }
    verdicts
}

/// All verdicts but those on what dpkg keeps of packages.
fn of_files(outcome: &Outcome) -> Vec<String> {
    let files = verdicts(outcome).into_iter();
    let files = files.filter(|(path, _)| !path.starts_with("/var/lib/dpkg/"));
    let line = |(path, (verdict, package, listed))| {
        let listed = if listed { "listed" } else { "unlisted" };
        format!("{path} {verdict} {package} {listed}")
    };
    files.map(line).collect()
}

#[test]
fn every_verdict_with_its_package() {
    let system = system();
    let unknown = scratch();
    let unknown = TestKey::new("rsa2048", unknown.path());
    let mut deb = DebBuilder::new("signed", "1").conffile("/etc/x.sh", SCRIPT);
    for name in ["altered", "good", "missing", "strange", "unlabelled"] {
        deb = deb.file(
            &format!("/usr/bin/{name}"),
            format!("#!/bin/sh\n# {name}\n"),
            0o755,
        );
    }
    install(&system, deb);
    system.label();
    let plain = DebBuilder::new("plain", "1")
        .file("/usr/bin/owned", SCRIPT, 0o755)
        .file("/usr/lib/library.so", b"\x7fELF...", 0o644)
        .file("/lib/modules/6/x.ko", "module", 0o644)
        .file("/usr/share/plain/data", "data", 0o644)
        .control("config", SCRIPT);
    install_unsigned(&system, plain);
    system.program("/opt/by-hand", SCRIPT);
    fs::write(system.at("/opt/data"), "data").unwrap();
    symlink("by-hand", system.at("/opt/link")).unwrap();
    symlink(".", system.at("/opt/loop")).unwrap();
    fs::write(system.at("/usr/bin/altered"), "#!/bin/sh\n# other\n").unwrap();
    fs::write(system.at("/etc/x.sh"), "#!/bin/sh\n:\n").unwrap();
    fs::remove_file(system.at("/usr/bin/missing")).unwrap();
    system.set(
        "/usr/bin/strange",
        &unknown.evmctl(&system.at("/usr/bin/strange")),
    );
    xattr::remove(system.at("/usr/bin/unlabelled"), "security.ima").unwrap();
    system.program("/opt/signed-by-hand", "#!/bin/sh\n# mine\n");
    let signature = TestKey::shared().evmctl(&system.at("/opt/signed-by-hand"));
    system.set("/opt/signed-by-hand", &signature);
    system.program("/opt/altered", "#!/bin/sh\n# another\n");
    system.set("/opt/altered", &signature);

    let outcome = verify(&system).arg("--json").exits(1);
    let expected = [
        "/etc/x.sh changed\u{20}conffile signed listed",
        "/lib/modules/6/x.ko unsigned plain unlisted",
        "/opt/altered altered - unlisted",
        "/opt/by-hand unsigned - unlisted",
        "/opt/signed-by-hand good - unlisted",
        "/usr/bin/altered altered signed listed",
        "/usr/bin/good good signed listed",
        "/usr/bin/missing missing signed listed",
        "/usr/bin/owned unsigned plain unlisted",
        "/usr/bin/strange untrusted key signed listed",
        "/usr/bin/unlabelled unsigned signed listed",
        "/usr/lib/library.so unsigned plain unlisted",
    ];
    assert_eq!(of_files(&outcome), expected, "{outcome}");
    let script = verdicts(&outcome).remove("/var/lib/dpkg/info/plain.config");
    assert_eq!(script, Some(("unsigned".into(), "plain".into(), false)));

    let outcome = verify(&system).exits(1);
    let text = outcome.stdout();
    let summary = "13 files: 2 altered, 1 changed conffile, 2 good, 1 missing, 6 unsigned, 1 untrusted key\n\
                   no list names 7 of them: 1 altered, 1 good, 5 unsigned\n\n";
    assert!(text.starts_with(summary), "{outcome}");
    for group in [
        "altered: 2 files\n-> apt install --reinstall PACKAGE\n  signed: 1 file\n    /usr/bin/altered\n  \
         no package: 1 file\n    /opt/altered\n",
        "signatures: 1 file\n-> dpkg-ima relabel\n  signed: 1 file\n    /usr/bin/unlabelled\n",
        "  no package: 1 file\n    /opt/by-hand\n",
        "  plain: 4 files\n    /lib/modules/6/x.ko\n    /usr/bin/owned\n    /usr/lib/library.so\n",
    ] {
        assert!(text.contains(group), "{group}\n{outcome}");
    }
    assert!(!text.contains("/usr/bin/good"), "{outcome}");
}

#[test]
fn all_fine_ends_with_0() {
    let system = system();
    install(
        &system,
        DebBuilder::new("fine", "1").file("/usr/bin/fine", SCRIPT, 0o755),
    );
    system.label();
    let outcome = verify(&system).ok();
    assert_eq!(outcome.stdout(), "1 file: 1 good\n");
    // Without the certificates of the root, with one that is named.
    fs::remove_dir_all(system.at("/etc/keys")).unwrap();
    verify(&system)
        .exits(1)
        .says("untrusted key: 1 file")
        .says("no certificate");
    let named = verify(&system)
        .arg("--cert")
        .arg(&TestKey::shared().der)
        .ok();
    assert_eq!(named.stdout(), "1 file: 1 good\n");
}

/// The diverted file is the one that the list means, and the one in its place is the diverting package's.
#[test]
fn diverted_files_are_whose_they_are() {
    let system = system();
    install(
        &system,
        DebBuilder::new("first", "1").file("/usr/bin/tool", SCRIPT, 0o755),
    );
    let plain = DebBuilder::new("plain", "1").file("/usr/bin/other", SCRIPT, 0o755);
    install_unsigned(&system, plain);
    for (path, package) in [("/usr/bin/tool", "second"), ("/usr/bin/other", "second")] {
        let divert = Run::new("dpkg-divert").arg("--root").arg(system.root());
        let divert = divert.args(["--package", package, "--rename", "--divert"]);
        divert.arg(format!("{path}.real")).arg(path).ok();
    }
    let second = DebBuilder::new("second", "1")
        .file("/usr/bin/tool", "#!/bin/sh\n# second\n", 0o755)
        .file("/usr/bin/other", "#!/bin/sh\n# second\n", 0o755);
    install_unsigned(&system, second);
    system.label();
    let expected = [
        "/usr/bin/other unsigned second unlisted",
        "/usr/bin/other.real unsigned plain unlisted",
        "/usr/bin/tool unsigned second unlisted",
        "/usr/bin/tool.real good first listed",
    ];
    let outcome = verify(&system).arg("--json").exits(1);
    assert_eq!(of_files(&outcome), expected, "{outcome}");
}

/// A list that names what another package has taken over does not speak for it.
#[test]
fn what_was_replaced_is_the_other_packages() {
    let system = system();
    let old = DebBuilder::new("old", "1").file("/usr/share/old/data", "data", 0o644);
    install(&system, old.file("/usr/bin/tool", SCRIPT, 0o755));
    let new = DebBuilder::new("new", "1").field("Replaces: old");
    install_unsigned(
        &system,
        new.file("/usr/bin/tool", "#!/bin/sh\n# new\n", 0o755),
    );
    let outcome = verify(&system).exits(1);
    let expected = "2 files: 1 excluded, 1 unsigned\nno list names 1 of them: 1 unsigned\n";
    assert!(outcome.stdout().starts_with(expected), "{outcome}");
    outcome.says("  new: 1 file\n    /usr/bin/tool\n");
}

#[test]
fn merged_usr_and_hard_links_are_no_other_files() {
    let system = system();
    for folder in ["bin", "lib"] {
        fs::create_dir_all(system.at("/usr").join(folder)).unwrap();
        symlink(format!("usr/{folder}"), system.at(folder)).unwrap();
    }
    let signed = DebBuilder::new("signed", "1").file("/bin/sh", SCRIPT, 0o755);
    install(&system, signed.hard_link("/lib/same", "/bin/sh"));
    install_unsigned(
        &system,
        DebBuilder::new("plain", "1").file("/bin/plain", "#!", 0o755),
    );
    system.label();
    fs::hard_link(system.at("/usr/bin/sh"), system.at("/usr/bin/by-hand")).unwrap();
    let outcome = verify(&system).arg("--json").exits(1);
    let expected = [
        "/bin/sh good signed listed",
        "/lib/same good signed listed",
        "/usr/bin/plain unsigned plain unlisted",
    ];
    assert_eq!(of_files(&outcome), expected, "{outcome}");
}

#[test]
fn names_do_not_reach_the_terminal() {
    let system = system();
    let name = "/usr/bin/a\n\u{1b}[2Jgood: b";
    let deb = DebBuilder::new("hostile", "1").file("/usr/bin/listed\u{1b}c", SCRIPT, 0o755);
    install(&system, deb);
    system.program(name, SCRIPT);
    for (run, code) in [(verify(&system), 1), (verify(&system).arg("--json"), 1)] {
        let outcome = run.exits(code);
        let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
        assert!(!outcome.bytes().iter().any(control), "{outcome}");
        assert!(!outcome.stdout().contains("\ngood: b"), "{outcome}");
    }
    let outcome = verify(&system).exits(1);
    outcome
        .says("/usr/bin/a\\012\\033[2Jgood:\\040b\n")
        .says("/usr/bin/listed\\033c\n");
}

/// What is wrong with one list is said in one line, and its files count as those of a package without one.
#[test]
fn a_list_that_is_not_well_formed_stops_nothing() {
    let system = system();
    for name in ["aa", "bad", "zz"] {
        let path = format!("/usr/bin/{name}");
        install(
            &system,
            DebBuilder::new(name, "1").file(&path, SCRIPT, 0o755),
        );
    }
    system.label();
    let list = system.at("/var/lib/dpkg/info/bad.imasigs");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, format!("{text}./usr/bin/z type=file\n")).unwrap();
    let outcome = verify(&system).arg("--json").exits(2);
    let expected = [
        "/usr/bin/aa good aa listed",
        "/usr/bin/bad good bad unlisted",
        "/usr/bin/zz good zz listed",
    ];
    assert_eq!(of_files(&outcome), expected, "{outcome}");
    let errors = outcome.stderr();
    assert_eq!(errors.lines().count(), 1, "{outcome}");
    assert!(errors.contains("bad.imasigs': line 3: "), "{outcome}");
}

/// A killed dpkg leaves its list where it unpacks, and files beside their places.
#[test]
fn what_a_killed_dpkg_left_is_looked_at() {
    let system = system();
    let deb = DebBuilder::new("half", "1").file("/usr/bin/done", SCRIPT, 0o755);
    let deb = deb.file("/usr/bin/waits", "#!/bin/sh\n# waits\n", 0o755);
    let deb = deb.file("/usr/bin/to-come", "#!/bin/sh\n# new\n", 0o755);
    install(&system, deb);
    system.label();
    let at = |path: &str| system.at(path);
    fs::create_dir(at("/var/lib/dpkg/tmp.ci")).unwrap();
    let (list, left) = (
        "/var/lib/dpkg/info/half.imasigs",
        "/var/lib/dpkg/tmp.ci/imasigs",
    );
    fs::rename(at(list), at(left)).unwrap();
    fs::rename(at("/usr/bin/waits"), at("/usr/bin/waits.dpkg-new")).unwrap();
    fs::remove_file(at("/usr/bin/to-come")).unwrap();
    system.program("/usr/bin/waits", "#!/bin/sh\n# old\n");
    let outcome = verify(&system).arg("--json").exits(1);
    let expected = [
        "/usr/bin/done good - listed",
        "/usr/bin/to-come excluded - listed",
        "/usr/bin/waits unsigned half unlisted",
        "/usr/bin/waits.dpkg-new good - listed",
    ];
    assert_eq!(of_files(&outcome), expected, "{outcome}");
}

#[test]
fn a_root_that_is_none_is_an_error() {
    let system = system();
    let missing = system.at("/none");
    let run = |root: &Path| Run::dpkg_ima().args(["verify", "--root"]).arg(root);
    run(&missing).exits(2).says("/none");
    // Nothing to verify is nothing wrong.
    let empty = run(scratch().path()).ok();
    assert_eq!(empty.stdout(), "0 files\n");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let system = system();
    for number in 0..3000 {
        system.program(&format!("/usr/bin/{number}"), "#!");
    }
    let script = r#""$0" verify --json --root "$1" | head -n 1; exit "${PIPESTATUS[0]}""#;
    let run = Run::new("bash").args(["-c", script, env!("CARGO_BIN_EXE_dpkg-ima")]);
    let outcome = run.arg(system.root()).exits(1);
    assert_eq!(outcome.stderr(), "");
}
