//! What a pool has beside .debs is signed too, or counted.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::support::{DebBuilder, Run, TestKey, scratch};

fn program(name: &str) -> DebBuilder {
    DebBuilder::new(name, "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755)
}

fn sign(pool: &Path) -> Run {
    TestKey::shared().sign().arg("--in-place").arg(pool)
}

#[test]
fn packages_of_the_installer_and_of_debugging_symbols_are_packages() {
    let pool = scratch();
    let deb = program("x").build(pool.path());
    for end in ["udeb", "ddeb"] {
        fs::copy(&deb, deb.with_extension(end)).unwrap();
    }
    fs::write(pool.path().join("x_1.dsc"), "").unwrap();
    fs::write(pool.path().join("Release"), "").unwrap();
    let signed = sign(pool.path()).ok();
    let signed = signed
        .says("signed 3 packages")
        .says("left out: 2 files that are no .deb");
    assert!(signed.stderr().is_empty(), "{signed}");
    for end in ["deb", "udeb", "ddeb"] {
        let package = deb.with_extension(end);
        let verify = TestKey::shared().verify().arg(&package);
        verify.ok().says("1 good");
        Run::dpkg_ima()
            .arg("show")
            .arg(&package)
            .ok()
            .says("./usr/bin/x");
    }
    let all = TestKey::shared().verify();
    all.arg(pool.path().join("none.udeb"))
        .exits(2)
        .says("none.udeb");
}

#[test]
fn links_pipes_and_an_empty_pool() {
    let pool = scratch();
    sign(pool.path()).ok().says("there is no package to sign");
    let at = |name: &str| pool.path().join(name);
    fs::create_dir(at("deeper")).unwrap();
    let deb = program("x").build(&at("deeper"));
    symlink(&deb, at("same.deb")).unwrap();
    symlink("deeper", at("again")).unwrap();
    symlink("nowhere", at("nothing.deb")).unwrap();
    // In place, a link's package is signed once; a hard link is another package from then on.
    let signed = sign(pool.path()).ok().says("signed 1 package:");
    signed.says("left out: 1 link to a folder, 1 link to nothing");
    fs::hard_link(&deb, at("snapshot")).unwrap();
    let signed = sign(pool.path()).ok();
    signed.says("x_1.deb' has hard links, which still have the package as it was");
    sign(pool.path()).ok().does_not_say("hard links");
    drop(UnixListener::bind(at("socket.deb")).unwrap());
    Run::new("mkfifo").arg(at("pipe.deb")).ok();
    let signed = sign(pool.path()).exits(2).says("signed 1 package:");
    signed
        .says("socket.deb': neither a file")
        .says("pipe.deb': neither a file");
}
