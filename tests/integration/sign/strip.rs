//! `dpkg-ima strip`: what is left equals the package before it was signed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::packages;
use crate::support::{DebBuilder, Run, TestKey, scratch};

fn strip(out: &Path, packages: &Path) -> Run {
    let run = Run::dpkg_ima().args(["strip", "-o"]).arg(out);
    run.arg(packages)
}

/// All members with their contents, as ar(1) and dpkg-deb(1) give them; control.tar decompressed.
fn members(deb: &Path) -> Vec<(String, Vec<u8>)> {
    let content = |name: String| {
        let run = match name.starts_with("control.tar") {
            true => Run::new("dpkg-deb").arg("--ctrl-tarfile").arg(deb),
            false => Run::new("ar").arg("p").arg(deb).arg(&name),
        };
        let content = run.ok().bytes().to_vec();
        (name, content)
    };
    DebBuilder::members(deb).into_iter().map(content).collect()
}

/// Signed, it is another package, and stripped of that the one that it was, into a folder and in place.
#[track_caller]
fn ensure_the_original_is_left(deb: &Path) {
    let (signed, plain) = (scratch(), scratch());
    let signed = TestKey::shared().signed(deb, signed.path());
    let original = members(deb);
    assert_ne!(members(&signed), original);
    let run = strip(plain.path(), &signed).ok();
    run.says("stripped 1 package");
    let stripped = plain.path().join(deb.file_name().unwrap());
    // Not by assert_eq: there are megabytes to be shown.
    assert!(members(&stripped) == original, "{deb:?}");
    let run = Run::dpkg_ima().args(["strip", "--in-place"]).arg(&signed);
    run.ok().says("stripped 1 package");
    assert!(fs::read(&signed).unwrap() == fs::read(&stripped).unwrap());
}

fn package(compression: &[&str]) -> DebBuilder {
    let deb = DebBuilder::new("x", "1").dpkg_deb(compression);
    let deb = deb.file("/usr/bin/x", "#!/bin/sh\n", 0o755);
    let deb = deb.conffile("/etc/x", "x\n").control("triggers", "");
    deb.control("postinst", "#!/bin/sh\n")
        .symlink("/usr/bin/y", "x")
}

#[test]
fn of_each_compression() {
    let folder = scratch();
    for compression in ["-Zgzip", "-Zxz", "-Zzstd", "-Znone"] {
        for uniform in ["--uniform-compression", "--no-uniform-compression"] {
            let deb = package(&[compression, uniform]).build(folder.path());
            ensure_the_original_is_left(&deb);
        }
    }
}

#[test]
fn of_debians_own_packages() {
    for name in ["bash_", "dpkg_"] {
        for deb in packages::debs(packages::pool(), name) {
            ensure_the_original_is_left(&deb);
        }
    }
}

#[test]
fn a_pool_keeps_its_layout_and_what_has_no_list_is_copied_or_left() {
    let (pool, plain) = (scratch(), scratch());
    fs::create_dir(pool.path().join("deeper")).unwrap();
    let deb = package(&["-Zgzip"]).build(pool.path());
    let signed = TestKey::shared().signed(&deb, &pool.path().join("deeper"));
    let original = members(&deb);
    let run = strip(plain.path(), pool.path()).ok();
    run.says("stripped 1 package")
        .says("without a list: 1 package");
    for path in ["x_1.deb", "deeper/x_1.deb"] {
        assert!(members(&plain.path().join(path)) == original);
    }
    let inodes = || [&deb, &signed].map(|deb: &PathBuf| fs::metadata(deb).unwrap().ino());
    let before = inodes();
    let run = Run::dpkg_ima()
        .args(["strip", "--in-place"])
        .arg(pool.path());
    run.ok()
        .says("stripped 1 package")
        .says("without a list: 1");
    assert_eq!(inodes()[0], before[0]);
    assert_ne!(inodes()[1], before[1]);
    let run = Run::dpkg_ima()
        .args(["strip", "--in-place"])
        .arg(pool.path());
    run.ok().says("without a list: 2").does_not_say("stripped");
}

#[test]
fn a_list_that_is_damaged_is_taken_out_too() {
    let (folder, plain) = (scratch(), scratch());
    let deb = package(&["-Zxz"]).build(folder.path());
    let original = members(&deb);
    let damaged = package(&["-Zxz"]).control("imasigs", "#mtree v2.0\ngarbage\n");
    let deb = damaged.build(folder.path());
    Run::dpkg_ima().arg("show").arg(&deb).exits(2);
    strip(plain.path(), &deb).ok().says("stripped 1 package");
    let stripped = members(&plain.path().join("x_1.deb"));
    let names = |members: &[(String, Vec<u8>)]| -> Vec<String> {
        members.iter().map(|member| member.0.clone()).collect()
    };
    assert_eq!(names(&stripped), names(&original));
    let info = Run::new("dpkg-deb")
        .arg("-I")
        .arg(plain.path().join("x_1.deb"));
    info.ok().says("postinst").does_not_say("imasigs");
}

#[test]
fn what_is_no_package_is_named_and_nothing_is_left() {
    let (folder, out) = (scratch(), scratch());
    let good = package(&["-Zgzip"]).build(folder.path());
    let good = TestKey::shared().signed(&good, out.path());
    let bad = folder.path().join("bad.deb");
    let whole = fs::read(&good).unwrap();
    for content in [&b"none"[..], &whole[..200], &whole[..whole.len() - 100]] {
        let plain = scratch();
        fs::write(&bad, content).unwrap();
        let run = strip(plain.path(), &bad).arg(&good).exits(2);
        run.says("cannot strip '")
            .says("bad.deb': ")
            .says("stripped 1 package");
        assert_eq!(fs::read_dir(plain.path()).unwrap().count(), 1);
    }
    strip(&folder.path().join("none"), &good)
        .exits(2)
        .says("none' does not exist");
    strip(out.path(), &good)
        .exits(2)
        .says("the output would replace the input");
    let run = Run::dpkg_ima().arg("strip").arg(&good);
    run.exits(2).says("--in-place");
}
