//! What it labels, and what it says.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{DebBuilder, Listing, Machine, Run};

const PROGRAM: &str = "#!/bin/sh\necho hi\n";

/// Two packages, restored from a backup without attributes.
fn restored() -> Machine {
    let machine = Machine::without_hooks();
    machine.install(DebBuilder::with_program("a", "1").control("postinst", "#!/bin/sh\nexit 0\n"));
    machine.install(DebBuilder::with_program("b", "1"));
    for bare in ["/usr/bin/a", "/usr/bin/b", "/var/lib/dpkg/info/a.postinst"] {
        machine.ensure_bare(bare);
    }
    machine
}

#[test]
fn everything_after_a_restore() {
    let machine = restored();
    let done = machine.relabel().ok().says("3 files: 3 labelled");
    done.does_not_say("does not hold");
    machine.ensure_labelled("a");
    machine.ensure_labelled("b");
    let changed = |path: &str| fs::metadata(machine.chroot.at(path)).unwrap().ctime_nsec();
    let before = changed("/usr/bin/a");
    machine.unlabel("/usr/bin/b");
    machine.relabel().ok().says("3 files: 1 labelled, 2 good");
    assert_eq!(
        changed("/usr/bin/a"),
        before,
        "what is right is not written again"
    );
}

#[test]
fn packages_that_are_named() {
    let machine = restored();
    machine.relabel().arg("b").ok().says("1 file: 1 labelled");
    machine.ensure_labelled("b");
    machine.ensure_bare("/usr/bin/a");
    let missing = machine.relabel().args(["b", "nothing"]).exits(2);
    missing.says("package nothing is not installed");
    machine
        .relabel()
        .arg("../b")
        .exits(2)
        .says("no package has such a name");
}

#[test]
fn a_name_stands_for_every_architecture() {
    let machine = Machine::without_hooks();
    let same = DebBuilder::with_program("a", "1")
        .field("Architecture: amd64")
        .field("Multi-Arch: same");
    machine.install(same);
    assert!(machine.member("a:amd64", "list").exists());
    machine.relabel().arg("a").ok().says("1 file: 1 labelled");
    machine.relabel().arg("a:amd64").ok().says("1 file: 1 good");
    machine.ensure_labelled("a:amd64");
}

#[test]
fn a_package_without_signatures() {
    let machine = restored();
    machine.install_unsigned(DebBuilder::with_program("plain", "1"));
    machine.relabel().ok().says("packages have no signatures");
    let named = machine.relabel().arg("plain").exits(1);
    named
        .says("package plain has no signatures")
        .says("hint: --from");
}

#[test]
fn a_dry_run_writes_nothing() {
    let machine = restored();
    let before = Listing::of(machine.chroot.path());
    let plan = machine.relabel().arg("--dry-run").ok();
    plan.says(": 3 to label")
        .says("usr/bin/a")
        .says("info/a.postinst");
    Listing::of(machine.chroot.path()).same_as(&before);
    machine.relabel().ok();
    machine
        .relabel()
        .arg("--dry-run")
        .ok()
        .does_not_say("usr/bin/a");
}

/// A hash that a kernel in fix mode wrote, another file's signature, nonsense.
#[test]
fn what_is_wrong_is_replaced() {
    let machine = restored();
    machine.relabel().ok();
    let of_b = machine.list("b").signature("/usr/bin/b");
    let of_b = data_encoding::HEXLOWER.decode(of_b.as_bytes()).unwrap();
    for wrong in [&[4, 4, 0, 1, 2][..], b"nonsense", &of_b, b""] {
        xattr::set(machine.chroot.at("/usr/bin/a"), "security.ima", wrong).unwrap();
        machine.relabel().arg("a").ok().says("1 labelled");
        machine.ensure_labelled("a");
    }
}

#[test]
fn what_was_changed_is_named_and_gets_no_label() {
    let machine = Machine::without_hooks();
    let deb = DebBuilder::with_program("a", "1").conffile("/etc/a", PROGRAM);
    machine.install(deb.file("/usr/bin/gone", PROGRAM, 0o755));
    fs::write(machine.chroot.at("/usr/bin/a"), "#!/bin/sh\necho ho\n").unwrap();
    fs::write(machine.chroot.at("/etc/a"), "#!/bin/sh\n# mine\n").unwrap();
    fs::remove_file(machine.chroot.at("/usr/bin/gone")).unwrap();
    let relabelled = machine.relabel().exits(1);
    relabelled
        .says("altered: ")
        .says("missing: ")
        .says("3 files: 1 altered, 1 changed conffile, 1 missing");
    machine.ensure_bare("/usr/bin/a");
    machine.ensure_bare("/etc/a");
}

#[test]
fn names_are_shown_escaped() {
    let machine = Machine::without_hooks();
    machine.install(DebBuilder::new("a", "1").file("/opt/clear\u{1b}[2J", PROGRAM, 0o755));
    let plan = machine.relabel().arg("--dry-run").ok();
    plan.says(r"opt/clear\033[2J");
    fs::write(machine.chroot.at("/opt/clear\u{1b}[2J"), "#!/bin/sh\n").unwrap();
    machine.relabel().exits(1).says(r"opt/clear\033[2J");
    machine
        .relabel()
        .arg("--json")
        .exits(1)
        .says(r"clear\\033[2J");
    // dpkg-deb packs no name with a line feed; what is above the root may have one.
    let folder = crate::support::scratch();
    let root = folder.path().join("two\nlines");
    std::os::unix::fs::symlink(machine.chroot.path(), &root).unwrap();
    let relabel = Run::dpkg_ima().args(["relabel", "--root"]).arg(&root);
    relabel.exits(1).says(r"two\012lines/opt/clear");
}

#[test]
fn for_programs_there_is_json() {
    let machine = restored();
    let output = machine.relabel().arg("--json").ok().stdout();
    let mut lines: Vec<_> = output.lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines.len(), 3, "{output}");
    for line in lines {
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["outcome"], "labelled");
        assert!(["a", "b"].contains(&object["package"].as_str().unwrap()));
        assert!(Path::new(object["file"].as_str().unwrap()).exists());
    }
}

/// For a rescue shell: the same, by the program that needs no library.
#[test]
fn the_helper_does_the_same() {
    let machine = restored();
    let relabel = || {
        Run::helper()
            .args(["relabel", "--root"])
            .arg(machine.chroot.path())
    };
    relabel().arg("--dry-run").ok().says("3 files: 3 to label");
    machine.ensure_bare("/usr/bin/a");
    relabel().arg("a").ok().says("2 files: 2 labelled");
    relabel().ok().says("3 files: 1 labelled, 2 good");
    machine.ensure_labelled("b");
    fs::write(machine.chroot.at("/usr/bin/a"), "#!").unwrap();
    relabel().exits(1).says("altered: ");
}

/// A signature by a key that is not held, of a file that another package has with one that is.
#[test]
fn a_better_signature_of_another_package_wins() {
    let machine = Machine::without_hooks();
    let folder = crate::support::scratch();
    let other = crate::support::TestKey::new("rsa3072", folder.path());
    let deb = |name: &str| DebBuilder::new(name, "1").file(&format!("/opt/{name}"), PROGRAM, 0o755);
    let unheld = machine.signed_by(&other, deb("unheld"));
    machine.chroot.install(&[&unheld]).ok();
    let done = machine.relabel().ok().says("1 file: 1 labelled");
    done.says("which this machine does not hold")
        .says("hint: put its certificate");
    machine.ensure_label("/opt/unheld", "unheld", "/opt/unheld");
    machine.install(deb("held"));
    machine.relabel().ok().says("2 files: 2 labelled");
    machine.ensure_label("/opt/unheld", "held", "/opt/held");
    machine.unlabel("/opt/unheld");
    fs::remove_dir_all(machine.chroot.at("/var/lib/dpkg-ima")).unwrap();
    machine.relabel().arg("unheld").ok();
    machine.ensure_label("/opt/unheld", "held", "/opt/held");
}

/// dpkg was killed while it unpacked: some files have their new content and their old list, or the other way round.
#[test]
fn what_a_killed_dpkg_left() {
    let machine = restored();
    let deb = machine.signed(DebBuilder::new("a", "2").file("/usr/bin/a", PROGRAM, 0o755));
    let unpacking = machine.chroot.at("/var/lib/dpkg/tmp.ci");
    Run::new("dpkg-deb")
        .arg("-e")
        .arg(&deb)
        .arg(&unpacking)
        .ok();
    fs::write(machine.chroot.at("/usr/bin/a.dpkg-new"), PROGRAM).unwrap();
    machine.relabel().ok();
    machine.ensure_label("/usr/bin/a", "a", "/usr/bin/a");
    let list = crate::support::SignatureList::read(&unpacking.join("imasigs"));
    let label = machine.label("/usr/bin/a.dpkg-new");
    assert_eq!(label, Some(list.signature("/usr/bin/a")));
}
