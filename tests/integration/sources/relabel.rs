//! `relabel` takes lists from the sources, for packages that were installed unsigned and as they are.

use std::fs;
use std::path::PathBuf;

use data_encoding::BASE64;

use super::server::Server;
use super::{configure, kept, package, packages, use_sources};
use crate::support::{ListTree, Machine, Run, TestKey, scratch};

/// A machine that never saw a signed package, and a tree with the lists of its packages.
struct Unsigned {
    machine: Machine,
    tree: ListTree,
    debs: Vec<PathBuf>,
    _folder: tempfile::TempDir,
}

impl Unsigned {
    fn with(names: &[&str]) -> Self {
        let (machine, tree, folder) = (Machine::without_hooks(), ListTree::new(), scratch());
        let debs = packages(&tree, names, "1.0-1", folder.path());
        let paths: Vec<_> = debs.iter().map(PathBuf::as_path).collect();
        machine.chroot.install(&paths).ok();
        let machine = Self {
            machine,
            tree,
            debs,
            _folder: folder,
        };
        machine.ensure_bare(names);
        machine
    }

    #[track_caller]
    fn ensure_labelled(&self, names: &[&str]) {
        for name in names {
            self.machine.verify(&[name]).ok();
            assert!(self.machine.label(&format!("/usr/bin/{name}")).is_some());
        }
    }

    #[track_caller]
    fn ensure_bare(&self, names: &[&str]) {
        for name in names {
            self.machine.ensure_bare(&format!("/usr/bin/{name}"));
        }
    }
}

/// The relabelling of a rescue shell.
fn rescue(machine: &Machine) -> Run {
    let run = Run::helper().args(["relabel", "--root"]);
    run.arg(machine.chroot.path())
}

/// The list with another last byte in each signature.
fn forge(list: &str) -> String {
    let line = |line: &str| {
        let Some((before, label)) = line.split_once("security.ima=") else {
            return format!("{line}\n");
        };
        let mut label = BASE64.decode(label.as_bytes()).unwrap();
        *label.last_mut().unwrap() ^= 1;
        format!("{before}security.ima={}\n", BASE64.encode(&label))
    };
    list.lines().map(line).collect()
}

#[test]
fn one_command_labels_a_machine_that_never_saw_a_signed_package() {
    let unsigned = Unsigned::with(&["alpha", "libbeta1"]);
    let machine = &unsigned.machine;
    let server = Server::of_tree(unsigned.tree.path());
    let nobody = "http://127.0.0.1:1";
    use_sources(machine, &[&server.uri()]);
    // The control: neither of these asks anybody.
    for outcome in [
        machine.relabel().args(["--no-fetch", "alpha"]).exits(1),
        rescue(machine).arg("alpha").ok(),
    ] {
        outcome.says("package alpha has no signatures");
    }
    unsigned.ensure_bare(&["alpha", "libbeta1"]);
    assert_eq!(kept(machine), [""; 0]);
    // A dry run says what it would ask for, and whom.
    let would = machine.relabel().args(["--dry-run", "alpha"]).ok();
    would
        .says("lists would be fetched for package alpha from http://127.0.0.1:")
        .does_not_say("has no signatures");
    assert_eq!(kept(machine), [""; 0]);
    // Only what is named is asked for. A source that is not there is a line, and the other one is asked.
    use_sources(machine, &[nobody, &server.uri()]);
    let outcome = machine.relabel().arg("alpha").exits(2);
    let outcome =
        outcome.says("1 list could not be fetched from http://127.0.0.1:1: Could not connect");
    assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
    unsigned.ensure_labelled(&["alpha"]);
    unsigned.ensure_bare(&["libbeta1"]);
    // All, and then there is nothing to ask any more.
    use_sources(machine, &[&server.uri()]);
    let missing = machine.relabel().ok();
    missing
        .says("1 signature list fetched")
        .says("no source gave a list");
    unsigned.ensure_labelled(&["alpha", "libbeta1"]);
    drop(server);
    let again = machine.relabel().args(["alpha", "libbeta1"]).ok();
    again.does_not_say("fetched");
}

/// The folder is named as the system that is mounted there sees it.
#[test]
fn a_folder_of_another_root_is_a_source_of_its_relabelling() {
    let unsigned = Unsigned::with(&["alpha"]);
    let machine = &unsigned.machine;
    use_sources(machine, &["file:///srv/lists"]);
    let missing = machine.relabel().arg("alpha").exits(2);
    missing.says("1 list could not be fetched from file:///");
    let inside = machine.chroot.at("/srv/lists");
    Run::new("cp")
        .arg("-r")
        .arg(unsigned.tree.path())
        .arg(&inside)
        .ok();
    machine
        .relabel()
        .arg("alpha")
        .ok()
        .says("1 signature list fetched");
    unsigned.ensure_labelled(&["alpha"]);
}

/// A list with forged signatures, of another build, of another package, and a configuration that is none.
#[test]
fn lists_of_no_use_are_named_and_not_kept() {
    let unsigned = Unsigned::with(&["alpha", "beta", "gamma", "delta"]);
    let (machine, tree, folder) = (&unsigned.machine, &unsigned.tree, scratch());
    let [alpha, beta, gamma, _] = &unsigned.debs[..] else {
        panic!("four");
    };
    let signed = |deb: &PathBuf| TestKey::shared().signed(deb, folder.path());
    let list = Run::new("dpkg-deb").arg("-I").arg(signed(alpha));
    let list = list.arg("imasigs").ok().stdout();
    tree.put(forge(&list), alpha);
    let other = scratch();
    let other = package("beta", "2.0-1").build(other.path());
    tree.add(&signed(&other), beta);
    fs::copy(tree.place(beta), tree.place(gamma)).unwrap();
    let server = Server::of_tree(tree.path());
    use_sources(machine, &[&server.uri()]);
    let outcome = machine.relabel().exits(1);
    outcome
        .says("a list that was fetched for alpha is not used: package alpha: the signature of '/")
        .says("a list that was fetched for beta is not used, nor are those for 1 more: no file of the installed package beta is the one in it")
        .says("1 signature list fetched");
    unsigned.ensure_labelled(&["delta"]);
    unsigned.ensure_bare(&["alpha", "beta", "gamma"]);
    assert_eq!(kept(machine), ["delta_1%3a1.0-1_all.imasigs"]);
    configure(machine, "sources = 1");
    let outcome = machine.relabel().arg("beta").exits(2);
    let file = machine.chroot.at("/etc/dpkg-ima.toml");
    outcome.says(&format!(
        "no lists are fetched: '{}', line 1: 'sources' has a value of the wrong kind",
        file.to_str().unwrap()
    ));
    configure(machine, "");
    let outcome = machine.relabel().arg("beta").exits(1);
    outcome
        .says("package beta has no signatures")
        .does_not_say("source");
}
