//! How many files and packages depend on each key.

use std::fs;

use crate::support::{DebBuilder, Run, System, TestKey, scratch};

/// Two packages by one key, one by another; the root holds both certificates, as 0.der and 1.der.
struct TwoKeys {
    system: System,
    first: &'static TestKey,
    second: TestKey,
    _folder: tempfile::TempDir,
}

impl TwoKeys {
    fn new() -> Self {
        let folder = scratch();
        let this = Self {
            system: System::new(),
            first: TestKey::shared(),
            second: TestKey::new("rsa3072", folder.path()),
            _folder: folder,
        };
        this.system.trust(this.first);
        this.system.trust(&this.second);
        for (key, package) in [(this.first, "a"), (this.first, "b"), (&this.second, "c")] {
            let (debs, signed) = (scratch(), scratch());
            let deb = DebBuilder::with_program(package, "1");
            let deb = deb.file(
                &format!("/usr/lib/{package}/more"),
                format!("#!/bin/sh\n# {package}\n"),
                0o755,
            );
            let deb = key.signed(&deb.build(debs.path()), signed.path());
            this.system.dpkg(&[], &deb);
        }
        this.system.label();
        this
    }

    fn run(&self, words: &[&str]) -> Run {
        let run = Run::dpkg_ima().args(words).arg("--root");
        run.arg(self.system.root())
    }

    /// The lines of `verify --by-key`, each without the key's id at its beginning and the root in its name.
    fn by_key(&self) -> Vec<String> {
        let outcome = self.run(&["verify", "--by-key"]).outcome();
        let root = self.system.root().to_str().unwrap();
        let lines = outcome.stdout();
        let lines = lines.lines().map(|line| match line.split_once(' ') {
            Some((id, rest)) if id.len() == 8 => rest.replace(root, ""),
            _ => line.to_owned(),
        });
        let mut lines: Vec<_> = lines.collect();
        lines.sort();
        lines
    }
}

#[test]
fn verify_tells_what_depends_on_each_key() {
    let keys = TwoKeys::new();
    let held = [
        "/etc/keys/ima/0.der: 4 files of 2 packages",
        "/etc/keys/ima/1.der: 2 files of 1 package",
    ];
    assert_eq!(keys.by_key(), held);
    // A claim is not taken for more: a label of another file, and a program without a label.
    keys.system
        .set("/usr/bin/a", &keys.system.value("/usr/bin/c"));
    xattr::remove(keys.system.at("/usr/bin/b"), "security.ima").unwrap();
    let claimed = [
        "/etc/keys/ima/0.der: 2 files of 2 packages",
        "/etc/keys/ima/1.der (claimed): 1 file of 1 package",
        "/etc/keys/ima/1.der: 2 files of 1 package",
        "no signature: 1 file",
    ];
    assert_eq!(keys.by_key(), claimed);
    let json = keys.run(&["verify", "--by-key", "--json"]).exits(1);
    let files: u64 = json
        .stdout()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|object| object["files"].as_u64().unwrap())
        .sum();
    assert_eq!(files, 6);
    // A package before it is installed, and one that is.
    keys.run(&["verify", "--by-key", "c"])
        .ok()
        .says("1.der: 2 files of 1 package");
    // A key that is not held is named by its id.
    fs::remove_file(keys.system.at("/etc/keys/ima/1.der")).unwrap();
    let outcome = keys.run(&["verify", "--by-key"]).exits(1);
    outcome.says(" (claimed): 3 files of 2 packages");
}

#[test]
fn verify_of_the_system_ends_with_what_is_not_on_the_newest_key() {
    let keys = TwoKeys::new();
    let said = keys.run(&["verify"]).ok();
    // Both certificates are of this minute; which became valid last, the clock and the name say.
    let (newest, older) = match said.stdout().contains("0.der' is older than") {
        true => ("1.der", "4 files of 2 packages"),
        false => ("0.der", "2 files of 1 package"),
    };
    let said = said.says(&format!("{newest}': {older}"));
    assert_eq!(said.stdout().matches("still on key").count(), 1, "{said}");
    // By one key alone nothing is said.
    keys.run(&["verify", "c"]).ok().does_not_say("still on key");
    fs::remove_file(keys.system.at("/etc/keys/ima/1.der")).unwrap();
    let said = keys.run(&["verify"]).exits(1);
    said.says(", which is not held: 2 files of 1 package")
        .does_not_say("is older than");
}

#[test]
fn the_list_of_keys_tells_how_much_depends_on_each() {
    let keys = TwoKeys::new();
    let list = || keys.run(&["keys", "list"]).exits(1);
    list()
        .says("0.der: 4 files of 2 packages")
        .says("1.der: 2 files of 1 package");
    fs::remove_file(keys.system.at("/etc/keys/ima/1.der")).unwrap();
    list().says("no certificate: 2 files of 1 package");
    xattr::remove(keys.system.at("/usr/bin/c"), "security.ima").unwrap();
    list().says("no certificate: 1 file of 1 package");
    let json = keys.run(&["keys", "list", "--json"]).exits(1).stdout();
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["files"], &first["packages"]),
        (&4.into(), &2.into())
    );
    // What cannot be read is named, and the rest is counted.
    fs::write(keys.system.at("/var/lib/dpkg/info/a.imasigs"), "garbage").unwrap();
    list()
        .says("not counted, as it cannot be read: ")
        .says("0.der: 2 files of 1 package");
}
