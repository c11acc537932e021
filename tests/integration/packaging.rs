//! Our own Debian packages: install, upgrade, remove and purge leave no trace and no dpkg run in trouble.

use std::path::{Path, PathBuf};

use crate::support::{Chroot, DebBuilder, Listing, OurPackages, TestKey, scratch};

/// A signed package with one program, so that the helper has work and makes its state directory.
fn signed_example(directory: &Path) -> PathBuf {
    let deb =
        DebBuilder::new("example", "1.0").file("/usr/bin/example", "#!/bin/sh\necho hi\n", 0o755);
    let plain = scratch();
    TestKey::shared().signed(&deb.build(plain.path()), directory)
}

/// Another package's life while ours is in whatever state: every dpkg run must succeed.
fn other_packages_work(chroot: &Chroot) {
    let directory = scratch();
    let deb =
        DebBuilder::new("other", "1.0").file("/usr/bin/other", "#!/bin/sh\necho other\n", 0o755);
    chroot.install(&[&deb.build(directory.path())]).ok();
    chroot.run("other").ok().says("other");
    chroot.run("dpkg").args(["--purge", "other"]).ok();
}

/// Nothing half-installed, no trigger pending.
fn nothing_is_left_to_do(chroot: &Chroot) {
    chroot.run("dpkg").arg("--audit").ok().says_nothing();
}

#[test]
fn with_dpkg_nothing_is_left_after_purge() {
    let (chroot, directory) = (Chroot::new(), scratch());
    let ours = OurPackages::built();
    let newer = ours.with_version("99", directory.path());
    let before = Listing::of(chroot.path());

    chroot.install(&ours.both()).ok();
    chroot.install(&[&signed_example(directory.path())]).ok();
    assert!(
        chroot.at("/var/lib/dpkg-ima").is_dir(),
        "the helper keeps its state there"
    );
    chroot.install(&newer.both()).ok();
    nothing_is_left_to_do(&chroot);
    other_packages_work(&chroot);

    chroot.run("dpkg").args(["--remove", "dpkg-ima"]).ok();
    assert!(
        chroot.at("/etc/dpkg/dpkg.cfg.d/dpkg-ima").exists(),
        "conffiles outlive a removal"
    );
    assert!(!chroot.at("/usr/libexec/dpkg-ima").exists());
    other_packages_work(&chroot);

    chroot
        .run("dpkg")
        .args(["--purge", "dpkg-ima", "dpkg-ima-tools", "example"])
        .ok();
    nothing_is_left_to_do(&chroot);
    Listing::of(chroot.path()).same_as(&before);
}

#[test]
fn with_apt_nothing_is_left_after_purge() {
    let (chroot, directory) = (Chroot::new(), scratch());
    let ours = OurPackages::built();
    let example = signed_example(directory.path());
    chroot.repository(&[&ours.hooks, &ours.tools, &example]);
    let before = Listing::of(chroot.path());

    chroot.apt(&["install", "dpkg-ima"]).ok();
    chroot.apt(&["install", "example"]).ok();
    let newer = ours.with_version("99", directory.path());
    chroot.repository(&[&newer.hooks, &newer.tools, &example]);
    chroot.apt(&["upgrade"]).ok();
    chroot
        .run("dpkg-query")
        .args(["-W", "-f", "${Version}", "dpkg-ima"])
        .ok()
        .says("99");
    nothing_is_left_to_do(&chroot);

    chroot.apt(&["remove", "dpkg-ima"]).ok();
    other_packages_work(&chroot);
    chroot.apt(&["install", "dpkg-ima"]).ok();
    chroot
        .apt(&["purge", "dpkg-ima", "dpkg-ima-tools", "example"])
        .ok();
    nothing_is_left_to_do(&chroot);
    Listing::of(chroot.path()).same_as(&before);
}

#[test]
fn the_hooks_package_does_not_install_without_the_command() {
    let chroot = Chroot::new();
    chroot
        .install(&[&OurPackages::built().hooks])
        .exits(1)
        .says("dpkg-ima-tools");
    chroot.run("dpkg").args(["--purge", "dpkg-ima"]).ok();
}

#[test]
fn a_new_listing_shows_what_was_left() {
    let chroot = Chroot::new();
    let before = Listing::of(chroot.path());
    std::fs::create_dir(chroot.at("/var/lib/dpkg-ima")).expect("the root is writable");
    assert!(
        Listing::of(chroot.path()) != before,
        "the control: a trace must be seen"
    );
}
