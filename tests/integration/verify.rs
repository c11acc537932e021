//! `dpkg-ima verify` and `show`: each verdict, on packages that dpkg installed and on .debs, and what the exit status makes of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Run, System, TestKey, scratch};

/// A package with a file for each verdict.
fn package(name: &str) -> DebBuilder {
    let mut deb = DebBuilder::new(name, "1");
    for file in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        deb = deb.file(
            &format!("/usr/bin/{file}"),
            format!("#!/bin/sh\n# {file}\n"),
            0o755,
        );
    }
    deb.conffile("/etc/x.sh", "#!/bin/sh\n")
        .file("/usr/share/doc/x/run", "#!/bin/sh\nrun\n", 0o755)
}

#[test]
fn every_verdict_on_an_installed_package() {
    let system = System::new();
    let key = TestKey::shared();
    let (trusted, unknown) = (TestKey::new("rsa2048", &system.at("/var")), scratch());
    let unknown = TestKey::new("rsa2048", unknown.path());
    let debs = scratch();
    let deb = package("all-verdicts").build(debs.path());
    key.sign().arg("--in-place").arg(&deb).ok();
    system.dpkg(&["--path-exclude=/usr/share/doc/*"], &deb);
    fs::create_dir_all(system.at("/etc/dpkg/dpkg.cfg.d")).unwrap();
    fs::write(
        system.at("/etc/dpkg/dpkg.cfg.d/docs"),
        "path-exclude=/usr/share/doc/*\n",
    )
    .unwrap();
    system.trust(key);
    system.trust(&trusted);
    system.label();

    let before = system.verify("all-verdicts");
    assert_eq!(
        before.stdout().lines().last(),
        Some("10 files: 1 excluded, 9 good"),
        "{before}"
    );
    assert_eq!(before.code(), Some(0));

    xattr::remove(system.at("/usr/bin/b"), "security.ima").unwrap();
    system.set("/usr/bin/c", &trusted.evmctl(&system.at("/usr/bin/c")));
    fs::write(system.at("/usr/bin/d"), "#!/bin/sh\n# D\n").unwrap();
    system.set("/usr/bin/e", &unknown.evmctl(&system.at("/usr/bin/e")));
    let mut spoiled = system.value("/usr/bin/f");
    spoiled.pop();
    system.set("/usr/bin/f", &spoiled);
    fs::remove_file(system.at("/usr/bin/g")).unwrap();
    fs::write(system.at("/etc/x.sh"), "#!/bin/sh\nchanged\n").unwrap();
    let other = DebBuilder::new("other", "1").field("Replaces: all-verdicts");
    system.dpkg(
        &[],
        &other.file("/usr/bin/h", "other", 0o755).build(debs.path()),
    );

    let outcome = system.verify("all-verdicts");
    assert_eq!(outcome.code(), Some(1), "{outcome}");
    let key_id = |value: Vec<u8>| data_encoding::HEXLOWER.encode(&value[3..7]);
    let text = outcome.stdout();
    let expected = [
        "changed conffile: /etc/x.sh".to_owned(),
        "good: /usr/bin/a".to_owned(),
        "unsigned: /usr/bin/b".to_owned(),
        format!("foreign {}: /usr/bin/c", key_id(system.value("/usr/bin/c"))),
        "altered: /usr/bin/d".to_owned(),
        format!(
            "untrusted key {}: /usr/bin/e",
            key_id(system.value("/usr/bin/e"))
        ),
        "malformed: /usr/bin/f".to_owned(),
        "missing: /usr/bin/g".to_owned(),
        "excluded: /usr/bin/h".to_owned(),
        "excluded: /usr/share/doc/x/run".to_owned(),
    ];
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..10], expected, "{outcome}");
    assert!(lines[10].starts_with("10 files: "), "{outcome}");
}

#[test]
fn what_is_fine_ends_with_0() {
    let system = System::new();
    let (key, trusted) = (TestKey::shared(), TestKey::new("p256", &system.at("/var")));
    let debs = scratch();
    let deb = package("fine").build(debs.path());
    key.sign().arg("--in-place").arg(&deb).ok();
    system.dpkg(&[], &deb);
    system.trust(key);
    system.trust(&trusted);
    system.label();
    system.set("/usr/bin/c", &trusted.evmctl(&system.at("/usr/bin/c")));
    fs::write(system.at("/etc/x.sh"), "#!/bin/sh\nchanged\n").unwrap();
    let outcome = system.verify("fine");
    let summary = "10 files: 1 changed conffile, 1 foreign, 8 good";
    assert_eq!(outcome.stdout().lines().last(), Some(summary), "{outcome}");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
}

#[test]
fn one_json_object_a_line() {
    let folder = scratch();
    let deb = package("json").build(folder.path());
    let key = TestKey::shared();
    key.sign().arg("--in-place").arg(&deb).ok();
    for (run, field) in [
        (key.verify().arg("--json"), "verdict"),
        (Run::dpkg_ima().args(["show", "--json"]), "digest"),
    ] {
        let text = run.arg(&deb).ok().stdout();
        assert_eq!(text.lines().count(), 10, "{text}");
        for line in text.lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(object["file"].as_str().unwrap().starts_with("./"), "{line}");
            assert!(object[field].is_string(), "{line}");
        }
    }
}

/// A .deb whose list is ours to write.
fn with_list(folder: &Path, signed: &Path, change: impl Fn(String) -> String) -> PathBuf {
    let list = Run::new("dpkg-deb")
        .arg("-I")
        .arg(signed)
        .arg("imasigs")
        .ok()
        .stdout();
    package("changed")
        .control("imasigs", change(list))
        .build(folder)
}

#[test]
fn verdicts_on_a_deb() {
    let folder = scratch();
    let key = TestKey::shared();
    let signed = package("signed").build(folder.path());
    key.sign().arg("--in-place").arg(&signed).ok();
    let forgotten = |list: String| {
        let lines = list.lines().filter(|line| !line.contains("bin/b "));
        lines.flat_map(|line| [line, "\n"]).collect()
    };
    let resized = |list: String| {
        list.replacen(
            "./usr/bin/a type=file size=",
            "./usr/bin/a type=file size=9",
            1,
        )
    };
    let renamed = |list: String| list.replacen("./usr/bin/h ", "./usr/bin/i ", 1);
    let changes: [(&str, &dyn Fn(String) -> String); 3] = [
        ("unsigned: ./usr/bin/b", &forgotten),
        ("altered: ./usr/bin/a", &resized),
        ("missing: ./usr/bin/i", &renamed),
    ];
    for (verdict, change) in changes {
        let deb = with_list(folder.path(), &signed, change);
        key.verify().arg(&deb).exits(1).says(verdict);
    }
    let whole = with_list(folder.path(), &signed, |list| list);
    key.verify().arg(&whole).ok().says("10 files: 10 good");
    let unsigned = package("unsigned").build(folder.path());
    key.verify()
        .arg(&unsigned)
        .exits(1)
        .says("10 files: 10 unsigned");
}

#[test]
fn what_cannot_be_decided_wins() {
    let folder = scratch();
    let unsigned = package("unsigned").build(folder.path());
    let missing = folder.path().join("missing.deb");
    let verify = TestKey::shared().verify().arg(&missing).arg(&unsigned);
    let outcome = verify.exits(2);
    assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
    assert!(outcome.stdout().contains("10 unsigned"), "{outcome}");
    let system = System::new();
    for (target, message) in [
        (
            "no-such-package",
            "package no-such-package is not installed",
        ),
        ("/no/such/file", "no such file"),
        (
            "b\u{e4}d",
            "neither a .deb, nor a package's name, nor a path with a slash",
        ),
    ] {
        let outcome = system.verify(target).says(message);
        assert_eq!(outcome.code(), Some(2), "{outcome}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = scratch();
    let mut deb = DebBuilder::new("many", "1");
    for number in 0..3000 {
        deb = deb.file(&format!("/usr/share/many/{number}"), [b'x'; 10], 0o755);
    }
    let deb = deb.build(folder.path());
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    let script = r#""$0" show "$1" | head -n 1; exit "${PIPESTATUS[0]}""#;
    let run = Run::new("bash").args(["-c", script, env!("CARGO_BIN_EXE_dpkg-ima")]);
    let outcome = run.arg(&deb).ok();
    assert_eq!(outcome.stderr(), "");
    let full = r#"exec "$0" show "$1" >/dev/full"#;
    let run = Run::new("bash").args(["-c", full, env!("CARGO_BIN_EXE_dpkg-ima")]);
    run.arg(&deb).exits(2).says("cannot print");
}
