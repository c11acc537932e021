//! Packages by their names, as dpkg means them.

use std::fs;

use crate::support::{DebBuilder, Machine, Run, TestKey, scratch};

/// A package whose control file has those fields in place of its own; dpkg-deb warns of them, and dpkg installs it.
fn with_fields(name: &str, version: &str) -> DebBuilder {
    let deb = DebBuilder::new(name, version).file("/usr/bin/a", "#!/bin/sh\n: a\n", 0o755);
    deb.dpkg_deb(&["-Zgzip", "-z1", "--nocheck"])
}

#[test]
fn a_package_in_upper_case_is_found_by_every_name_that_dpkg_takes() {
    let machine = Machine::without_hooks();
    let folder = scratch();
    let plain = with_fields("Foo_Bar", "00:1.0").build(folder.path());
    machine.chroot.install(&[&plain]).ok();
    let mirror = scratch();
    let signed = TestKey::shared().signed(&plain, mirror.path());
    // As apt and mirrors name it.
    fs::rename(signed, mirror.path().join("Foo%5fBar_0%3a1.0_all.deb")).unwrap();
    let relabel = machine.relabel().arg("--from").arg(mirror.path());
    relabel.arg("Foo_Bar").ok().says("1 file: 1 labelled");
    machine.ensure_labelled("foo_bar");
    for name in ["foo_bar", "FOO_bar", "foo_bar:all"] {
        machine.relabel().arg(name).ok().says("1 file: 1 good");
        machine.verify(&[name]).ok().says("1 good");
        let show = Run::dpkg_ima().args(["show", "--root"]);
        show.arg(machine.chroot.path())
            .arg(name)
            .ok()
            .says("/usr/bin/a");
        machine.dpkg(&["--listfiles", name]).ok();
    }
    for name in ["foo_bar:amd64", "foo"] {
        machine
            .relabel()
            .arg(name)
            .exits(2)
            .says("is not installed");
        machine.dpkg(&["--listfiles", name]).exits(1);
    }
}

#[test]
fn a_list_that_no_package_can_have_is_named() {
    let machine = Machine::without_hooks();
    let list = machine.list_path("No Package");
    fs::write(list, "#mtree v2.0\n").unwrap();
    let relabel = machine.relabel().ok();
    relabel.says(r"No\040Package.imasigs' is not used: no package has such a name");
}

/// dpkg's own folder has that name, and so may a package.
#[test]
fn a_package_named_as_the_folder_in_which_dpkg_unpacks() {
    let machine = Machine::without_hooks();
    machine.install(DebBuilder::with_program("tmp.ci", "1"));
    machine.sweep().ok();
    machine.ensure_labelled("tmp.ci");
    machine.unlabel("/usr/bin/tmp.ci");
    machine
        .relabel()
        .arg("tmp.ci")
        .ok()
        .says("1 file: 1 labelled");
    machine.ensure_labelled("tmp.ci");
}

#[test]
fn a_deb_that_is_named_and_of_no_use_is_told_and_others_are_counted() {
    let machine = Machine::without_hooks();
    let folder = scratch();
    machine
        .chroot
        .install(&[&DebBuilder::with_program("a", "1").build(folder.path())])
        .ok();
    let mirror = scratch();
    let deb = |name: &str, version: &str| {
        let deb = DebBuilder::new(name, version).file("/usr/bin/a", "#!/bin/sh\n", 0o755);
        TestKey::shared().signed(&deb.build(folder.path()), mirror.path())
    };
    let other = deb("a", "2");
    fs::rename(deb("b", "1"), mirror.path().join("b_1_all.deb")).unwrap();
    let done = machine.relabel().arg("--from").arg(&other).ok();
    done.says("a_2.deb' is not used: no package of that name, version and architecture");
    let done = machine.relabel().arg("--from").arg(mirror.path()).ok();
    done.says("not used: 2 .debs of other packages, versions or architectures");
}
