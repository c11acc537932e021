//! Our own Debian packages in a Debian root: install, upgrade, remove, purge.

use crate::support::{Chroot, DebBuilder, Listing};

#[test]
fn a_small_package_installs_and_purges_without_trace() {
    let chroot = Chroot::new();
    let before = Listing::of(chroot.path());
    let deb = DebBuilder::new("imat", "1.0")
        .file("/usr/bin/imat", "#!/bin/sh\necho hi\n", 0o755)
        .build(chroot.path());
    chroot.install(&[&deb]).ok();
    chroot.run("imat").ok().says("hi");
    chroot.run("dpkg").args(["--purge", "imat"]).ok();
    std::fs::remove_file(deb).expect("just built");
    Listing::of(chroot.path()).same_as(&before);
}
