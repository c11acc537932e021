//! Signature lists that travel apart: unmodified packages get their labels from a source, and a source that misbehaves harms
//! nobody.

mod relabel;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{DebBuilder, ListTree, Machine, Outcome, Run, TestKey, scratch};
use server::Server;

/// A package with a program, a library's path to sign and a script; the version has an epoch.
fn package(name: &str, version: &str) -> DebBuilder {
    let program = format!("#!/bin/sh\necho {name} {version}\n");
    DebBuilder::new(name, &format!("1:{version}"))
        .file(&format!("/usr/bin/{name}"), program, 0o755)
        .control("postinst", format!("#!/bin/sh\necho {version}\n"))
        .control(
            "md5sums",
            format!("d41d8cd98f00b204e9800998ecf8427e  usr/bin/{name}\n"),
        )
}

fn configure(machine: &Machine, lines: &str) {
    fs::write(machine.chroot.at("/etc/dpkg-ima.toml"), lines).unwrap();
}

fn use_sources(machine: &Machine, sources: &[&str]) {
    configure(
        machine,
        &format!("sources = {sources:?}\nfetch_seconds = 5\n"),
    );
}

/// Unsigned packages of these names, with their lists in the tree.
fn packages(tree: &ListTree, names: &[&str], version: &str, folder: &Path) -> Vec<PathBuf> {
    let make = |name: &&str| tree.package(TestKey::shared(), package(name, version), folder);
    names.iter().map(make).collect()
}

fn offer(machine: &Machine, debs: &[PathBuf]) {
    let debs: Vec<_> = debs.iter().map(PathBuf::as_path).collect();
    machine.chroot.repository(&debs);
}

#[track_caller]
fn ensure_labelled(machine: &Machine, names: &[&str]) {
    for name in names {
        for path in [
            format!("/usr/bin/{name}"),
            format!("/var/lib/dpkg/info/{name}.postinst"),
        ] {
            assert!(machine.label(&path).is_some(), "{path} has no label");
        }
    }
    machine.verify(names).ok();
}

/// On a slow machine a line tells that lists are being fetched; that is no complaint.
#[track_caller]
fn ensure_no_complaint(outcome: &Outcome) {
    let said = outcome.stderr();
    let lines = said.lines().filter(|line| line.starts_with("dpkg-ima:"));
    assert!(
        lines.clone().all(|line| line.contains("fetching")),
        "{outcome}"
    );
}

/// The lists that are kept, without the links.
fn kept(machine: &Machine) -> Vec<String> {
    let lists = fs::read_dir(machine.chroot.at("/var/lib/dpkg-ima/lists"));
    let names = lists
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "installed");
    names.sort();
    names
}

#[track_caller]
fn ensure_nothing_left(machine: &Machine) {
    let left = fs::read_dir(machine.chroot.at("/run")).unwrap();
    for name in left.map(|entry| entry.unwrap().file_name()) {
        assert!(
            !name.to_string_lossy().starts_with("dpkg-ima-fetch"),
            "{name:?}"
        );
    }
}

#[test]
fn unmodified_packages_get_their_labels_from_a_server() {
    let (machine, tree, folder) = (Machine::with_hooks(), ListTree::new(), scratch());
    let names = ["alpha", "libbeta1"];
    offer(&machine, &packages(&tree, &names, "1.0-1", folder.path()));
    let server = Server::of_tree(tree.path());
    use_sources(&machine, &[&server.uri()]);
    let outcome = machine.chroot.apt(&["install", "alpha", "libbeta1"]).ok();
    ensure_no_complaint(&outcome);
    ensure_labelled(&machine, &names);
    ensure_nothing_left(&machine);
    // An upgrade replaces the lists, one that no source has leaves none, and a removal takes them away.
    offer(
        &machine,
        &packages(&tree, &["alpha"], "2.0-1", folder.path()),
    );
    ensure_no_complaint(&machine.chroot.apt(&["upgrade"]).ok());
    ensure_labelled(&machine, &names);
    let lists = |alpha: &str| {
        vec![
            alpha.to_owned(),
            "libbeta1_1%3a1.0-1_all.imasigs".to_owned(),
        ]
    };
    assert_eq!(kept(&machine), lists("alpha_1%3a2.0-1_all.imasigs"));
    offer(&machine, &[package("alpha", "3.0-1").build(folder.path())]);
    let outcome = machine.chroot.apt(&["upgrade"]).ok();
    outcome.says("package 'alpha' is unsigned, and no source has a list for it");
    assert_eq!(kept(&machine), lists("")[1..]);
    machine.chroot.apt(&["purge", "libbeta1"]).ok();
    assert_eq!(kept(&machine), [""; 0]);
}

#[test]
fn sources_are_asked_in_their_order_for_what_is_lacking() {
    let (machine, tree, folder) = (Machine::with_hooks(), ListTree::new(), scratch());
    let names = ["alpha", "beta"];
    let mut debs = packages(&tree, &names, "1.0-1", folder.path());
    let carries = machine.signed(package("gamma", "1.0-1"));
    debs.push(carries);
    offer(&machine, &debs);
    let other = ListTree::new();
    fs::create_dir_all(other.place(&debs[0]).parent().unwrap()).unwrap();
    fs::write(other.place(&debs[0]), "garbage").unwrap();
    let server = Server::of_tree(other.path());
    let inside = machine.chroot.at("/srv/lists");
    Run::new("cp").arg("-r").arg(tree.path()).arg(&inside).ok();
    let sources = [
        "http://127.0.0.1:1",
        "file:///srv/none",
        &server.uri(),
        "file:///srv/lists",
    ];
    use_sources(&machine, &sources);
    let outcome = machine
        .chroot
        .apt(&["install", "alpha", "beta", "gamma"])
        .ok();
    let lines = outcome.stderr();
    let lines: Vec<_> = lines
        .lines()
        .filter(|line| line.starts_with("dpkg-ima:"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with(
        "dpkg-ima: 2 lists could not be fetched from http://127.0.0.1:1: Could not connect"
    ));
    assert!(
        lines[1].starts_with(
            "dpkg-ima: 2 lists could not be fetched from file:///srv/none: No such file"
        )
    );
    ensure_labelled(&machine, &["alpha", "beta", "gamma"]);
}

/// In each case apt ends as without a source, in time, with one line for the package and the source, and nothing is labelled
/// or kept. Guards of other tests label what they know: no other has packages of these names.
#[test]
fn a_source_that_misbehaves_harms_nobody() {
    let (machine, tree, folder) = (Machine::with_hooks(), ListTree::new(), scratch());
    let debs = packages(&tree, &["unlucky", "other"], "1.0-1", folder.path());
    offer(&machine, &debs);
    let bomb = folder.path().join("bomb");
    let script = "{ echo '#mtree v2.0'; yes \"$(seq -s '#' 4000 | sed 's/^/#/')\" | head -c 1000000000; } | zstd -q >\"$0\"";
    Run::new("sh").args(["-c", script]).arg(&bomb).ok();
    let garbage = folder.path().join("garbage");
    fs::write(&garbage, "garbage").unwrap();
    let certificate = folder.path().join("server.pem");
    let subject = ["-subj", "/CN=127.0.0.1"];
    let make = Run::new("openssl").args(["req", "-x509", "-newkey", "rsa:2048", "-nodes"]);
    let make = make.args(subject).arg("-keyout").arg(&certificate);
    make.arg("-out").arg(folder.path().join("cert.pem")).ok();
    let mut both = fs::read(&certificate).unwrap();
    both.extend(fs::read(folder.path().join("cert.pem")).unwrap());
    fs::write(&certificate, both).unwrap();
    let another = tree.place(&debs[1]);
    let empty = scratch();
    for (mode, argument, says) in [
        ("tree", empty.path(), "no source has a list for it"),
        ("content", &garbage, "is not used"),
        ("content", &bomb, "is not used"),
        ("content", &another, "it is the list of another package"),
        ("slow", Path::new("-"), "no answer in time"),
        ("silent", Path::new("-"), "no answer in time"),
        ("huge", Path::new("-"), "could not be fetched from"),
        ("circle", Path::new("-"), "could not be fetched from"),
        ("elsewhere", Path::new("-"), "could not be fetched from"),
        ("astray", Path::new("-"), "could not be fetched from"),
        ("unknown", &certificate, "could not be fetched from"),
        ("broken", Path::new("-"), "503"),
    ] {
        let server = Server::start(mode, argument);
        use_sources(&machine, &[&server.uri()]);
        let start = Instant::now();
        let outcome = machine.chroot.apt(&["install", "unlucky"]).ok().says(says);
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{mode}: {outcome}"
        );
        let said = outcome.stderr();
        let lines = said.lines().filter(|line| line.starts_with("dpkg-ima:"));
        let lines: Vec<_> = lines.filter(|line| !line.contains("fetching")).collect();
        assert_eq!(lines.len(), 1, "{mode}: {said}");
        assert!(
            lines[0].contains("package 'unlucky' is unsigned, and "),
            "{said}"
        );
        machine.chroot.run("unlucky").ok().says("unlucky 1.0-1");
        machine.ensure_bare("/usr/bin/unlucky");
        assert_eq!(kept(&machine), [""; 0], "{mode}");
        ensure_nothing_left(&machine);
        machine.chroot.apt(&["purge", "unlucky"]).ok();
    }
    // No name is found, and nobody listens.
    for source in ["https://no-such-host.invalid", "https://127.0.0.1:1"] {
        use_sources(&machine, &[source]);
        let outcome = machine.chroot.apt(&["install", "unlucky"]).ok();
        outcome.says(&format!(
            "package 'unlucky' is unsigned, and 1 list could not be fetched from {source}: "
        ));
        machine.chroot.apt(&["purge", "unlucky"]).ok();
    }
}

#[test]
fn a_machine_that_refuses_what_is_unsigned_installs_what_a_source_has() {
    let (machine, tree, folder) = (Machine::with_hooks(), ListTree::new(), scratch());
    let mut debs = packages(&tree, &["alpha"], "1.0-1", folder.path());
    debs.push(package("beta", "1.0-1").build(folder.path()));
    offer(&machine, &debs);
    let server = Server::of_tree(tree.path());
    configure(
        &machine,
        &format!("sources = [\"{}\"]\nunsigned = \"refuse\"\n", server.uri()),
    );
    let refused = machine.chroot.apt(&["install", "alpha", "beta"]).exits(100);
    refused.says("package 'beta'").does_not_say("Unpacking");
    // What was fetched then is kept: nobody is asked again.
    drop(server);
    machine
        .chroot
        .apt(&["install", "alpha"])
        .ok()
        .does_not_say("dpkg-ima:");
    ensure_labelled(&machine, &["alpha"]);
}

#[test]
fn lists_of_what_is_installed_are_fetched_and_relabel_uses_them() {
    let (machine, tree, folder) = (Machine::with_hooks(), ListTree::new(), scratch());
    let debs = packages(&tree, &["early", "late"], "1.0-1", folder.path());
    let paths: Vec<_> = debs.iter().map(PathBuf::as_path).collect();
    machine.chroot.install(&paths).ok();
    machine.ensure_bare("/usr/bin/early");
    // A list for another version is of no use.
    let wrong = scratch();
    packages(&tree, &["late"], "2.0-1", wrong.path());
    fs::remove_file(tree.place(&debs[1])).unwrap();
    let server = Server::of_tree(tree.path());
    use_sources(&machine, &[&server.uri()]);
    let fetch = |arguments: &[&str]| machine.chroot.run("dpkg-ima").arg("fetch").args(arguments);
    fetch(&["--all"])
        .exits(1)
        .says("1 signature list fetched")
        .says("no source has a list for");
    // No source can have a list of such a name: that is the package's matter, and no other's.
    let version = "1".repeat(300);
    let odd = format!(
        "\nPackage: odd\nStatus: install ok installed\nVersion: {version}\nArchitecture: all\n"
    );
    let status = machine.chroot.at("/var/lib/dpkg/status");
    let before = fs::read(&status).unwrap();
    fs::write(&status, [&before, odd.as_bytes()].concat()).unwrap();
    fetch(&["--all"])
        .exits(1)
        .says("1 signature list fetched")
        .says("no source has a list for");
    fetch(&["odd"]).exits(2).says("odd");
    fs::write(&status, before).unwrap();
    machine.ensure_bare("/usr/bin/early");
    machine.chroot.run("dpkg-ima").arg("relabel").ok();
    ensure_labelled(&machine, &["early"]);
    machine.ensure_bare("/usr/bin/late");
    fetch(&["early"]).ok().says("1 signature list fetched");
    fetch(&["late"])
        .exits(1)
        .says("no source has a list for late");
    fetch(&["none"])
        .exits(2)
        .says("package none is not installed");
    configure(&machine, "");
    fetch(&["early"]).exits(2).says("names no sources");
}

#[test]
fn lists_are_carried_to_a_machine_without_a_network() {
    let (machine, tree, folder) = (Machine::with_hooks(), ListTree::new(), scratch());
    let debs = packages(&tree, &["alpha", "libbeta1"], "1.0-1", folder.path());
    let paths: Vec<_> = debs.iter().map(PathBuf::as_path).collect();
    let inside = machine.chroot.copy_in("/srv/debs", &paths);
    let server = Server::of_tree(tree.path());
    use_sources(&machine, &[&server.uri()]);
    fs::create_dir(machine.chroot.at("/srv/carried")).unwrap();
    let fetch = || machine.chroot.run("dpkg-ima").arg("fetch");
    fetch().args(["-o", "/srv/carried"]).args(&inside).ok();
    assert_eq!(kept(&machine), [""; 0]);
    drop(server);
    // Without apt, and so without its hook: what was fetched ahead is known to the guard.
    use_sources(&machine, &["file:///srv/carried"]);
    fetch().args(&inside).ok().says("2 signature lists fetched");
    machine.dpkg(&["-i"]).args(&inside).ok();
    ensure_labelled(&machine, &["alpha", "libbeta1"]);
}
