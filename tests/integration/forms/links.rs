//! Control members that are links: each script has an entry by its own name, with the digest of what the link leads to.

use std::fs;

use super::judge::{Ours, Real, digests};
use crate::support::{DebBuilder, scratch};

const SCRIPT: &str = "#!/bin/sh\necho one of two\n";

#[test]
fn a_script_that_is_a_link_is_signed_by_its_own_name() {
    let folder = scratch();
    let deb = DebBuilder::new("x", "1").control("preinst", SCRIPT);
    let deb = deb.symlink("/DEBIAN/postrm", "preinst");
    let deb = deb.hard_link("/DEBIAN/prerm", "/DEBIAN/preinst");
    let deb = deb.symlink("/DEBIAN/postinst", "/usr/bin/true");
    let Ours::Signs(signed) = Ours::of(&deb.build(folder.path())) else {
        panic!("not signed");
    };
    let Real::Installs(system) = Real::of(signed.deb(), false) else {
        panic!("dpkg refuses it");
    };
    let info = system.at("/var/lib/dpkg/info");
    let listed = digests(&fs::read_to_string(info.join("x.imasigs")).unwrap());
    let names: Vec<&str> = listed.keys().map(String::as_str).collect();
    // Not postinst: what it leads to is the machine's.
    assert_eq!(names, ["DEBIAN/postrm", "DEBIAN/preinst", "DEBIAN/prerm"]);
    assert!(
        listed
            .values()
            .all(|digest| *digest == listed["DEBIAN/preinst"])
    );
    // As imasigs(5) says: in the database the symlink leads nowhere.
    let postrm = info.join("x.postrm");
    assert_eq!(fs::read_link(&postrm).unwrap().to_str(), Some("preinst"));
    assert!(!postrm.exists());
    assert_eq!(fs::read_to_string(info.join("x.prerm")).unwrap(), SCRIPT);
}
