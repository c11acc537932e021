//! The mirror signs its lists anew, and `fetch` and `relabel` move every label of a machine to the new key.

use std::fs;
use std::path::PathBuf;

use crate::support::{DebBuilder, ListTree, Machine, Run, SignatureList, TestKey, scratch};

/// A machine with one package that brought its list, one whose list is from a source, and scripts of both, all by the old
/// key; and the new key.
struct Exchange {
    machine: Machine,
    new: TestKey,
    /// What the source offers, resigned.
    tree: ListTree,
    _folder: tempfile::TempDir,
}

const FILES: [&str; 4] = [
    "/usr/bin/brings",
    "/usr/bin/plain",
    "/var/lib/dpkg/info/brings.postinst",
    "/var/lib/dpkg/info/plain.postinst",
];

impl Exchange {
    fn new() -> Self {
        let (folder, debs) = (scratch(), scratch());
        let this = Self {
            machine: Machine::without_hooks(),
            new: TestKey::new("rsa3072", folder.path()),
            tree: ListTree::new(),
            _folder: folder,
        };
        let old = TestKey::shared();
        let package = |name: &str| {
            let script = format!("#!/bin/sh\n# {name}\n");
            DebBuilder::with_program(name, "1").control("postinst", script)
        };
        let brings = this.tree.package(old, package("brings"), debs.path());
        let plain = this.tree.package(old, package("plain"), debs.path());
        let signed = scratch();
        let brings = old.signed(&brings, signed.path());
        this.machine.chroot.install(&[&brings, &plain]).ok();
        let binary = this.machine.chroot.at("/usr/bin/dpkg-ima");
        fs::copy(env!("CARGO_BIN_EXE_dpkg-ima"), binary).unwrap();
        fs::write(
            this.machine.chroot.at("/etc/dpkg-ima.toml"),
            "sources = [\"file:///srv/lists\"]\n",
        )
        .unwrap();
        this.offer();
        this.ima(&["fetch", "plain"]).ok();
        this.ima(&["relabel"]).ok().says("4 labelled");
        assert_eq!(this.on(&this.new), 0);
        this
    }

    /// A command inside.
    fn ima(&self, words: &[&str]) -> Run {
        self.machine.chroot.run("dpkg-ima").args(words)
    }

    /// What the tree holds is what the source has.
    fn offer(&self) {
        let inside = self.machine.chroot.at("/srv/lists");
        fs::remove_dir_all(&inside).unwrap_or_default();
        Run::new("cp")
            .arg("-r")
            .arg(self.tree.path())
            .arg(inside)
            .ok();
    }

    fn resign(&self) {
        self.resign_with(&[]);
    }

    fn resign_with(&self, options: &[&str]) {
        let run = Run::dpkg_ima()
            .arg("resign")
            .args(options)
            .arg("--from-cert");
        let run = run.arg(&TestKey::shared().certificate);
        let run = run.arg("--key").arg(&self.new.key).arg("--cert");
        run.arg(&self.new.certificate).arg(self.tree.path()).ok();
        self.offer();
    }

    fn certificate(&self, name: &str) -> PathBuf {
        self.machine.chroot.at(&format!("/etc/keys/ima/{name}"))
    }

    fn trust_new(&self) {
        fs::copy(&self.new.certificate, self.certificate("new.pem")).unwrap();
    }

    /// How many of the four files have a label that this key made, which is what evmctl makes of them.
    fn on(&self, key: &TestKey) -> usize {
        let by_key = |path: &&&str| {
            let copy = scratch();
            let copy = copy.path().join("copy");
            fs::copy(self.machine.chroot.at(path), &copy).unwrap();
            let signature = data_encoding::HEXLOWER.encode(&key.evmctl(&copy));
            self.machine.label(path) == Some(signature)
        };
        FILES.iter().filter(by_key).count()
    }

    fn fetch_all(&self) -> Run {
        self.ima(&["fetch", "brings", "plain"])
    }
}

#[test]
fn every_label_moves_to_the_new_key_when_both_are_held() {
    let exchange = Exchange::new();
    exchange.resign();
    exchange.trust_new();
    exchange.fetch_all().ok().says(
        "1 signature list fetched; 1 package bring their own, 1 list of which were signed anew",
    );
    exchange.ima(&["relabel"]).ok().says("4 labelled");
    assert_eq!(exchange.on(&exchange.new), 4);
    exchange.ima(&["verify", "brings", "plain"]).ok();
    exchange
        .ima(&["verify", "--by-key", "brings", "plain"])
        .ok()
        .says("new.pem: 4 files of 2 packages")
        .does_not_say("test.pem");
    // All is done: nothing is fetched, replaced or written again.
    let list = |name| fs::read(exchange.machine.list_path(name)).unwrap();
    let before = list("brings");
    exchange.fetch_all().ok().does_not_say("signed anew");
    assert_eq!(list("brings"), before);
    exchange.ima(&["relabel"]).ok().says("4 files: 4 good");
    // The old certificate is not needed any more.
    fs::remove_file(exchange.certificate("test.pem")).unwrap();
    exchange.ima(&["verify", "brings", "plain"]).ok();
}

#[test]
fn every_label_moves_to_the_new_key_when_only_that_is_held() {
    let exchange = Exchange::new();
    exchange.resign();
    exchange.trust_new();
    fs::remove_file(exchange.certificate("test.pem")).unwrap();
    exchange.ima(&["verify", "brings", "plain"]).exits(1);
    exchange.fetch_all().ok();
    exchange.ima(&["relabel"]).ok().says("4 labelled");
    assert_eq!(exchange.on(&exchange.new), 4);
    exchange.ima(&["verify", "brings", "plain"]).ok();
}

/// Control: lists by a key that is not held change no label, and none that a package brought.
#[test]
fn nothing_moves_to_a_key_that_is_not_held() {
    let exchange = Exchange::new();
    exchange.resign();
    let list = || fs::read(exchange.machine.list_path("brings")).unwrap();
    let before = list();
    exchange
        .fetch_all()
        .exits(1)
        .says("such as brings, and those are not used");
    exchange.ima(&["relabel"]).ok();
    assert_eq!((exchange.on(TestKey::shared()), list()), (4, before));
    // The certificate comes later.
    exchange.trust_new();
    exchange.fetch_all().ok();
    exchange.ima(&["relabel"]).ok();
    assert_eq!(exchange.on(&exchange.new), 4);
}

/// Control: a source cannot put another list in the place of one that a package brought, whoever signed it.
#[test]
fn a_list_of_other_contents_does_not_replace_what_a_package_brought() {
    let exchange = Exchange::new();
    exchange.trust_new();
    let (debs, signed) = (scratch(), scratch());
    let other = DebBuilder::with_program("brings", "1")
        .file("/usr/bin/more", "#!/bin/sh\n", 0o755)
        .build(debs.path());
    let other = exchange.new.signed(&other, signed.path());
    exchange.tree.add(&other, &other);
    exchange.offer();
    exchange.fetch_all().exits(1).says("are not used");
    let list = SignatureList::read(&exchange.machine.list_path("brings"));
    assert!(list.entries().all(|(path, _)| path != "/usr/bin/more"));
    exchange.ima(&["relabel"]).ok();
    assert_eq!(exchange.on(TestKey::shared()), 4);
}

/// One tree with the signatures of both keys: labels are written only where the certificate that they depend on goes.
#[test]
fn from_lists_of_both_keys_a_machine_takes_what_it_can_verify() {
    let exchange = Exchange::new();
    let old = TestKey::shared();
    exchange.resign_with(&["--keep"]);
    exchange
        .fetch_all()
        .ok()
        .says("1 list of which were signed anew");
    let relabel = || exchange.ima(&["relabel"]).ok();
    let verify = || exchange.ima(&["verify", "--by-key", "brings", "plain"]);
    relabel().says("4 files: 4 good");
    verify().ok().says("test.pem: 4 files of 2 packages");
    exchange.fetch_all().ok().does_not_say("signed anew");
    exchange.trust_new();
    relabel().says("4 files: 4 good");
    verify().ok().says("test.pem: 4 files of 2 packages");
    assert_eq!((exchange.on(old), exchange.on(&exchange.new)), (4, 0));
    fs::remove_file(exchange.certificate("test.pem")).unwrap();
    verify().exits(1);
    relabel().says("4 files: 4 labelled");
    assert_eq!(exchange.on(&exchange.new), 4);
    verify().ok().says("new.pem: 4 files of 2 packages");
    // Lists without the old key change nothing any more.
    exchange.resign();
    exchange
        .fetch_all()
        .ok()
        .says("1 list of which were signed anew");
    relabel().says("4 files: 4 good");
    verify().ok();
}

/// One of two signatures is forged: the list is, although the label is good.
#[test]
fn a_forged_signature_beside_a_good_one_is_named() {
    let exchange = Exchange::new();
    exchange.resign_with(&["--keep"]);
    exchange.trust_new();
    exchange.fetch_all().ok();
    exchange.ima(&["verify", "brings"]).ok();
    let path = exchange.machine.list_path("brings");
    let list = fs::read_to_string(&path).unwrap();
    let spoiled: Vec<_> = list.lines().map(|line| spoil(line, 512)).collect();
    fs::write(&path, spoiled.join("\n") + "\n").unwrap();
    let run = exchange.ima(&["verify", "brings"]).exits(1);
    run.says(": /usr/bin/brings").says("2 files: 2 forged list");
    // Its good signatures are still good.
    exchange.ima(&["relabel"]).exits(1).says("4 files: 4 good");
    assert_eq!(exchange.on(TestKey::shared()), 4);
}

/// The line with the last character of its signature changed, if that is longer than so many characters.
fn spoil(line: &str, length: usize) -> String {
    let (line, padding) = (line.trim_end_matches('='), line.len());
    let value = line.rsplit_once('=').map_or("", |(_, value)| value);
    if value.len() < length {
        return format!("{line:=<padding$}");
    }
    let at = line.len() - value.len() / 2;
    let other = if line[at..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    let spoiled = format!("{}{other}{}", &line[..at], &line[at + 1..]);
    format!("{spoiled:=<padding$}")
}
