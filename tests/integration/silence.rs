//! What is passed over is told.

use std::fs;

use crate::support::{DebBuilder, Run, TestKey, scratch};

#[test]
fn files_that_are_no_certificates_by_their_names() {
    let root = scratch();
    let folder = root.path().join("etc/keys/ima");
    fs::create_dir_all(&folder).unwrap();
    let list = || {
        let run = Run::dpkg_ima().args(["keys", "list", "--root"]);
        run.arg(root.path()).outcome()
    };
    list().says("no certificate in /etc/keys/ima");
    fs::copy(&TestKey::shared().certificate, folder.join("ima.crt")).unwrap();
    let listed = list().says("ima.crt' is not used: its name ends neither in .pem nor in .der");
    listed.says("no certificate in /etc/keys/ima");

    let deb = DebBuilder::new("x", "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755);
    let deb = TestKey::shared().signed(&deb.build(root.path()), &folder);
    let verify = Run::dpkg_ima().args(["verify", "--root"]).arg(root.path());
    verify.arg(&deb).exits(1).says("ima.crt' is not used: ");

    fs::rename(folder.join("ima.crt"), folder.join("ima.pem")).unwrap();
    fs::remove_file(&deb).unwrap();
    list()
        .does_not_say("is not used")
        .does_not_say("no certificate");
}

#[test]
fn a_package_without_anything_to_sign() {
    let folder = scratch();
    let deb = DebBuilder::new("x", "1").file("/usr/share/x", "text\n", 0o644);
    let deb = deb.build(folder.path());
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    let verify = TestKey::shared().verify().arg(&deb);
    verify.ok().says("has no files that its list names");
    let show = Run::dpkg_ima().arg("show").arg(&deb);
    show.ok().says("has a list without entries");
}
