//! Names: of files, with any byte that dpkg takes, and of packages that are installed for two architectures.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Machine, Run, TestKey, label_of, scratch};

/// File names that a line of text does not simply hold. (The last is not UTF-8.)
const NAMES: [&[u8]; 8] = [
    b"two words",
    b"tab\there",
    "gr\u{fc}\u{df}e".as_bytes(),
    b"back\\slash\\012",
    b"hash#equals=",
    b"-rf *",
    b"\x1b[31mred",
    b"latin1-\xe9",
];

/// A tree for dpkg-deb with a file of each name, each of other content.
fn tree_with(names: &[&[u8]]) -> tempfile::TempDir {
    let tree = scratch();
    fs::create_dir_all(tree.path().join("DEBIAN")).expect("the directory is ours");
    fs::create_dir_all(tree.path().join("opt/n")).expect("the directory is ours");
    let control = "Package: names\nVersion: 1\nArchitecture: all\n\
                   Maintainer: Test <test@example.org>\nDescription: names\n";
    fs::write(tree.path().join("DEBIAN/control"), control).expect("the directory is ours");
    for (number, name) in names.iter().enumerate() {
        let file = place(tree.path(), name);
        fs::write(&file, format!("#!/bin/sh\n# {number}\n")).expect("the directory is ours");
    }
    tree
}

fn place(root: &Path, name: &[u8]) -> PathBuf {
    root.join("opt/n").join(OsStr::from_bytes(name))
}

fn dpkg_deb(tree: &Path, folder: &Path) -> (Run, PathBuf) {
    let deb = folder.join("names_1.deb");
    let run = Run::new("dpkg-deb").args(["-Zgzip", "--root-owner-group", "-b"]);
    (run.arg(tree).arg(&deb), deb)
}

#[test]
fn any_name_that_dpkg_takes() {
    let (machine, folder) = (Machine::without_hooks(), scratch());
    let tree = tree_with(&NAMES);
    let (build, deb) = dpkg_deb(tree.path(), folder.path());
    build.ok();
    let out = scratch();
    let signed = TestKey::shared().signed(&deb, out.path());
    machine.chroot.install(&[&signed]).ok();
    let label = |name: &[u8]| label_of(&place(machine.chroot.path(), name));
    for name in NAMES {
        assert_eq!(label(name), None, "the control: {name:?}");
    }
    machine
        .sweep()
        .ok()
        .says(": 8 labelled, ")
        .does_not_say("\x1b");
    let mut labels: Vec<_> = NAMES.iter().map(|name| label(name)).collect();
    assert!(labels.iter().all(Option::is_some), "{labels:?}");
    labels.sort();
    labels.dedup();
    assert_eq!(labels.len(), NAMES.len(), "each content has its own");
    machine
        .verify(&["names"])
        .ok()
        .says("8 files: 8 good")
        .says(r"/opt/n/two\040words");
}

/// dpkg's file lists have a name a line, so it refuses such packages itself. Ours does what it can: it signs them.
#[test]
fn a_newline_in_a_name() {
    let (machine, folder) = (Machine::without_hooks(), scratch());
    let tree = tree_with(&[b"new\nline"]);
    let (build, deb) = dpkg_deb(tree.path(), folder.path());
    let built = build.outcome();
    if built.code() != Some(0) {
        built.says("newline");
        return;
    }
    let out = scratch();
    let signed = TestKey::shared().signed(&deb, out.path());
    let installed = machine.chroot.install(&[&signed]).exits(1);
    installed.says("newline");
    machine.sweep().ok();
    machine.dpkg(&["--audit"]).ok().says_nothing();
}

fn library(architecture: &str) -> DebBuilder {
    let path = format!("/usr/lib/{architecture}/libimat.so.1");
    DebBuilder::new("libimat", "1")
        .field(&format!("Architecture: {architecture}"))
        .field("Multi-Arch: same")
        .file(&path, format!("#!{architecture}"), 0o755)
        .control("postinst", format!("#!/bin/sh\n# {architecture}\n"))
}

/// dpkg names the members of such packages `libimat:amd64.imasigs`.
#[test]
fn one_package_for_two_architectures() {
    let machine = Machine::without_hooks();
    machine.dpkg(&["--add-architecture", "i386"]).ok();
    for architecture in ["amd64", "i386"] {
        machine.install(library(architecture));
        machine.sweep().ok().says(": 2 labelled, ");
        machine.ensure_labelled(&format!("libimat:{architecture}"));
    }
    machine.ensure_labelled("libimat:amd64");
    assert!(!machine.list_path("libimat").exists());
    machine.dpkg(&["--purge", "libimat:amd64"]).ok();
    machine.sweep().ok();
    machine.ensure_labelled("libimat:i386");
}
