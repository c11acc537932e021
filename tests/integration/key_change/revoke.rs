//! A key is revoked: what has another signature keeps running, the rest loses its label and does not get it back.

use std::fs;
use std::path::Path;

use crate::support::{DebBuilder, Listing, Run, System, TestKey, scratch};

/// `old` by the key that is revoked, and `new` by another; a program of both has the same content. With `is_needed`, `old` has
/// dpkg too.
struct TwoPackages {
    system: System,
    old: &'static TestKey,
    _folder: tempfile::TempDir,
}

const SHARED: &str = "#!/bin/sh\n# shared by two packages\n";

impl TwoPackages {
    fn new(is_needed: bool) -> Self {
        let folder = scratch();
        let (old, new) = (TestKey::shared(), TestKey::new("rsa3072", folder.path()));
        let system = System::new();
        for (key, name) in [(old, "old.pem"), (&new, "new.pem")] {
            fs::create_dir_all(system.at("/etc/keys/ima")).unwrap();
            fs::copy(&key.certificate, system.at("/etc/keys/ima").join(name)).unwrap();
        }
        let mut of_old = DebBuilder::with_program("old", "1")
            .file("/usr/share/old/data", "data", 0o644)
            .file("/opt/old/shared", SHARED, 0o755);
        if is_needed {
            of_old = of_old.file("/usr/bin/dpkg", "#!/bin/sh\n# dpkg\n", 0o755);
        }
        let of_new = DebBuilder::with_program("new", "1").file("/opt/new/shared", SHARED, 0o755);
        for (key, deb) in [(&new, of_new), (old, of_old)] {
            let (plain, signed) = (scratch(), scratch());
            let deb = deb.build(plain.path());
            let sign = key.sign().args(["--files", "all", "-o"]);
            sign.arg(signed.path()).arg(&deb).ok();
            system.dpkg(&[], &signed.path().join(deb.file_name().unwrap()));
        }
        system.label();
        // A file that no package has.
        fs::copy(system.at("/usr/bin/old"), system.at("/opt/copy")).unwrap();
        system.set("/opt/copy", &system.value("/usr/bin/old"));
        Self {
            system,
            old,
            _folder: folder,
        }
    }

    fn run(&self, words: &[&str]) -> Run {
        let run = Run::dpkg_ima().args(words).arg("--root");
        run.arg(self.system.root())
    }

    fn revoke(&self, options: &[&str]) -> Run {
        let certificate = self.system.at("/etc/keys/ima/old.pem");
        self.run(&["keys", "revoke"]).args(options).arg(certificate)
    }

    fn label(&self, path: &str) -> Option<Vec<u8>> {
        xattr::get(self.system.at(path), "security.ima").unwrap()
    }

    fn is_by(&self, path: &str, key: &[u8]) -> bool {
        self.label(path).is_some_and(|label| label[3..7] == *key)
    }

    /// The id in a label that the key has made.
    fn id(&self, path: &str) -> Vec<u8> {
        self.system.value(path)[3..7].to_vec()
    }

    /// The end of every revocation of the machine.
    #[track_caller]
    fn ensure_revoked(&self, old: &[u8], new: &[u8]) {
        for path in ["/usr/bin/old", "/opt/copy", "/usr/share/old/data"] {
            assert_eq!(self.label(path), None, "{path}");
        }
        for path in ["/usr/bin/new", "/opt/new/shared", "/opt/old/shared"] {
            assert!(self.is_by(path, new), "{path}");
            assert!(!self.is_by(path, old), "{path}");
        }
        assert!(!self.system.at("/etc/keys/ima/old.pem").exists());
        let aside = fs::read(self.system.at("/etc/keys/ima-revoked/old.pem")).unwrap();
        assert_eq!(aside, fs::read(&self.old.certificate).unwrap());
    }
}

#[test]
fn what_another_key_signed_stays_and_the_rest_is_stripped_and_named() {
    let machine = TwoPackages::new(false);
    let (old, new) = (machine.id("/usr/bin/old"), machine.id("/usr/bin/new"));
    // Control: the label that is to give way is by the old key.
    machine
        .system
        .set("/opt/old/shared", &old_label(&machine, "/opt/old/shared"));
    assert!(machine.is_by("/opt/old/shared", &old));
    let before = Listing::of(machine.system.root());
    let plan = machine.revoke(&["--dry-run"]).ok();
    plan.says("does not run: ")
        .says("usr/bin/old")
        .says("opt/copy")
        .says("loses its label: ")
        .says("would be given another key's signature: 1 file; stripped: 3 files (programs, libraries and modules: 2)");
    Listing::of(machine.system.root()).same_as(&before);
    machine
        .revoke(&[])
        .ok()
        .says("were given another key's signature: 1 file; stripped: 3 files")
        .says("is revoked");
    machine.ensure_revoked(&old, &new);
    machine.run(&["verify", "new"]).ok();
    // Nothing is left to do, by the same words and by the id.
    machine.revoke(&[]).ok().says("stripped: 0 files");
    let id: String = old.iter().map(|byte| format!("{byte:02x}")).collect();
    machine.run(&["keys", "revoke", &id]).ok();
    machine.ensure_revoked(&old, &new);
}

/// The label that the old key's list has for a path of its package.
fn old_label(machine: &TwoPackages, path: &str) -> Vec<u8> {
    machine.old.evmctl(&machine.system.at(path))
}

#[test]
fn neither_relabel_nor_a_sweep_puts_the_labels_back_until_it_is_undone() {
    let machine = TwoPackages::new(false);
    let (old, new) = (machine.id("/usr/bin/old"), machine.id("/usr/bin/new"));
    machine.revoke(&[]).ok();
    let relabelled = machine.run(&["relabel"]).ok();
    relabelled
        .says("2 revoked")
        .says("which was revoked: no file gets them")
        .does_not_say("put its certificate");
    machine.system.label();
    // Not where all that is known is lost either.
    fs::remove_dir_all(machine.system.at("/var/lib/dpkg-ima")).unwrap();
    machine.system.label();
    machine.run(&["relabel", "old"]).ok();
    machine.ensure_revoked(&old, &new);
    // Control: the certificate is back, and so are the labels.
    let [aside, held] =
        ["/etc/keys/ima-revoked/old.pem", "/etc/keys/ima/old.pem"].map(|at| machine.system.at(at));
    fs::copy(&aside, held).unwrap();
    machine.run(&["relabel"]).ok().says("labelled");
    assert!(machine.is_by("/usr/bin/old", &old));
}

#[test]
fn what_the_next_boot_needs_is_asked_for() {
    let machine = TwoPackages::new(true);
    let before = Listing::of(machine.system.root());
    machine
        .revoke(&[])
        .exits(2)
        .says("the next boot needs 1 file")
        .says("usr/bin/dpkg")
        .says("there is no terminal to ask on");
    Listing::of(machine.system.root()).same_as(&before);
    machine
        .revoke(&["--yes"])
        .ok()
        .says("does not run, and the next boot needs it: ");
    assert_eq!(machine.label("/usr/bin/dpkg"), None);
}

/// Wherever it was stopped, the same words finish it.
#[test]
fn a_revocation_that_was_cut_short_is_finished_by_the_same_words() {
    for certificate_is_aside in [false, true] {
        let machine = TwoPackages::new(false);
        let (old, new) = (machine.id("/usr/bin/old"), machine.id("/usr/bin/new"));
        if certificate_is_aside {
            fs::create_dir(machine.system.at("/etc/keys/ima-revoked")).unwrap();
            let [from, to] = ["/etc/keys/ima/old.pem", "/etc/keys/ima-revoked/old.pem"]
                .map(|at| machine.system.at(at));
            fs::rename(from, to).unwrap();
        }
        xattr::remove(machine.system.at("/usr/bin/old"), "security.ima").unwrap();
        machine.revoke(&[]).ok();
        machine.ensure_revoked(&old, &new);
    }
}

#[test]
fn what_cannot_be_revoked_is_refused_and_nothing_is_changed() {
    let machine = TwoPackages::new(false);
    let keys = machine.system.at("/etc/keys/ima");
    let both = [
        fs::read(keys.join("old.pem")),
        fs::read(keys.join("new.pem")),
    ];
    let both = both.map(Result::unwrap).concat();
    fs::write(keys.join("both.pem"), both).unwrap();
    let before = Listing::of(machine.system.root());
    machine
        .revoke(&[])
        .exits(2)
        .says("both.pem' holds certificates of several keys")
        .says("hint: put each certificate into a file of its own");
    let none = ["keys", "revoke", "00000000"];
    machine
        .run(&none)
        .exits(2)
        .says("no certificate of the key 00000000");
    let missing = ["keys", "revoke", "/none\n.pem"];
    machine.run(&missing).exits(2).says(r"/none\012.pem");
    let key = machine.run(&["keys", "revoke"]).arg(&machine.old.key);
    key.exits(2).says("not an X.509 certificate");
    Listing::of(machine.system.root()).same_as(&before);
    // A certificate that this machine never had is noted, so that its labels never come.
    fs::remove_file(keys.join("both.pem")).unwrap();
    let folder = scratch();
    let third = TestKey::new("p256", folder.path());
    let run = machine.run(&["keys", "revoke"]).arg(&third.der);
    run.ok().says("stripped: 0 files");
    let aside = fs::read_dir(machine.system.at("/etc/keys/ima-revoked")).unwrap();
    assert_eq!(aside.count(), 1);
    assert!(Path::new(&third.der).exists());
}
