//! Filesystems that take no labels: each is named once, with what to do, and the rest is labelled.

use crate::support::{Ballast, DebBuilder, Machine, Mount, Run};

/// Two files where the trouble will be, one elsewhere.
fn deb() -> DebBuilder {
    DebBuilder::new("a", "1")
        .file("/opt/one", "#!/bin/sh\n: 1\n", 0o755)
        .file("/opt/two", "#!/bin/sh\n: 2\n", 0o755)
        .file("/usr/bin/elsewhere", "#!/bin/sh\n: 3\n", 0o755)
}

/// The rest is done, and one line names the filesystem, one what to do.
#[track_caller]
fn is_reported_once(machine: &Machine, why: &str, remedy: &str) {
    for program in [machine.relabel(), rescue(machine)] {
        let done = program.exits(2);
        let said = done.stderr();
        let lines: Vec<_> = said
            .lines()
            .filter(|line| line.contains("cannot label"))
            .collect();
        let [line] = lines[..] else {
            panic!("not one line\n{said}")
        };
        assert!(
            line.contains("2 files below '") && line.contains("/opt'"),
            "{line}"
        );
        assert!(line.contains("/opt/one'") && line.contains(why), "{line}");
        done.says(remedy).says("1 file: 1 ");
    }
    let label = xattr::get(machine.chroot.at("/opt/one"), "security.ima");
    assert_eq!(
        label.unwrap_or_default(),
        None,
        "it has no label, or cannot"
    );
    machine.ensure_label("/usr/bin/elsewhere", "a", "/usr/bin/elsewhere");
}

fn rescue(machine: &Machine) -> Run {
    let run = Run::helper().args(["relabel", "--root"]);
    run.arg(machine.chroot.path())
}

#[test]
fn a_filesystem_without_attributes() {
    let machine = Machine::without_hooks();
    let mount = Mount::without_attributes(&machine.chroot.at("/opt"));
    machine.install(deb());
    is_reported_once(
        &machine,
        "does not support security attributes",
        "move the files to ext4",
    );
    drop(mount);
}

#[test]
fn a_filesystem_that_is_mounted_read_only() {
    let machine = Machine::without_hooks();
    let mount = Mount::small(&machine.chroot.at("/opt"), 1024);
    machine.install(deb());
    mount.remount("ro");
    is_reported_once(&machine, "mounted read-only", "mount -o remount,rw");
    mount.remount("rw");
    machine.relabel().ok().says("3 files: 2 labelled, 1 good");
    drop(mount);
}

/// One with nothing to write to beneath.
#[test]
fn an_overlay_without_an_upper_layer() {
    let machine = Machine::without_hooks();
    machine.install(deb());
    let mount = Mount::overlay(&machine.chroot.at("/opt"));
    is_reported_once(&machine, "mounted read-only", "mount -o remount,rw");
    drop(mount);
    machine.relabel().ok().says("2 labelled, 1 good");
}

#[test]
fn no_room_for_attributes() {
    let machine = Machine::without_hooks();
    let opt = machine.chroot.at("/opt");
    let mount = Mount::small(&opt, 1024);
    machine.install(deb());
    let ballast = Ballast::fill(&opt);
    is_reported_once(&machine, "no space left for the attribute", "make room");
    ballast.release();
    machine.relabel().ok().says("3 files: 2 labelled, 1 good");
    drop(mount);
}

/// Without CAP_SYS_ADMIN there is nothing that it can do, but also nothing that it breaks.
#[test]
fn without_the_right() {
    let machine = Machine::without_hooks();
    machine.install(deb());
    let program = env!("CARGO_BIN_EXE_dpkg-ima");
    let run = Run::new("setpriv").args(["--bounding-set=-sys_admin", "--inh-caps=-all", program]);
    let done = run
        .args(["relabel", "--root"])
        .arg(machine.chroot.path())
        .exits(2);
    assert_eq!(done.stderr().matches("cannot label").count(), 1, "{done}");
    done.says("cannot label 3 files")
        .says("CAP_SYS_ADMIN")
        .says("run this as root");
    machine.ensure_bare("/usr/bin/elsewhere");
}

#[test]
fn an_immutable_file() {
    let machine = Machine::of(crate::support::Chroot::new());
    machine.install(deb());
    let place = machine.chroot.at("/opt/one");
    Run::new("chattr").arg("+i").arg(&place).ok();
    let done = machine.relabel().outcome();
    Run::new("chattr").arg("-i").arg(&place).ok();
    assert_eq!(done.code(), Some(2), "{done}");
    done.says("cannot label 1 file").says("chattr -i");
    machine.relabel().ok();
    machine.ensure_labelled("a");
}

#[test]
fn a_list_that_makes_no_sense() {
    let machine = Machine::without_hooks();
    machine.install(deb());
    machine.install(DebBuilder::with_program("b", "1"));
    std::fs::write(machine.list_path("a"), "nonsense\n").unwrap();
    let done = machine.relabel().exits(2);
    done.says("the files of package a are not labelled: ")
        .says("a.imasigs': line 1")
        .says("hint: apt install --reinstall a");
    machine.ensure_bare("/opt/one");
    machine.ensure_labelled("b");
}
