//! Signatures of the whole package, by debsigs and in dpkg-sig's way, beside our list.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Run, TestKey, scratch};

/// A folder with a package, an OpenPGP key and a folder for the output.
struct Bench {
    folder: tempfile::TempDir,
    deb: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let deb = DebBuilder::new("x", "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755);
        let deb = deb.build(folder.path());
        for name in ["gpg", "out"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let bench = Self { folder, deb };
        fs::set_permissions(bench.at("gpg"), Permissions::from_mode(0o700)).unwrap();
        let key = [
            "--batch",
            "--passphrase",
            "",
            "--quick-gen-key",
            "t@example.org",
        ];
        bench
            .run("gpg")
            .args(key)
            .args(["rsa2048", "sign", "never"])
            .ok();
        bench
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, program: &str) -> Run {
        Run::new(program).env("GNUPGHOME", self.at("gpg"))
    }

    /// The real debsigs signs it, as its origin.
    fn debsigs(&self, deb: &Path) {
        let key = "t@example.org";
        self.run("debsigs")
            .args(["--sign=origin", "-k", key])
            .arg(deb)
            .ok();
        assert!(self.is_good(deb), "it was just signed");
    }

    /// Whether gpg finds the member good, over what deb(5) has before it.
    fn is_good(&self, deb: &Path) -> bool {
        let script = r#"ar p "$0" _gpgorigin > signature
            ar p "$0" debian-binary control.tar.gz data.tar.gz > signed
            gpg --verify signature signed"#;
        let run = self.run("sh").args(["-ec", script]).arg(deb);
        run.within(self.folder.path()).outcome().code() == Some(0)
    }

    fn sign(&self) -> Run {
        TestKey::shared().sign().arg("-o").arg(self.at("out"))
    }

    /// The same, told to leave out what is void.
    fn sign_and_drop(&self) -> Run {
        self.sign().arg("--drop-signatures")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.run("gpgconf").args(["--kill", "all"]).outcome();
    }
}

#[test]
fn a_signature_that_a_new_list_makes_void_is_named_or_dropped() {
    let bench = Bench::new();
    bench.debsigs(&bench.deb);
    let out = bench.at("out/x_1.deb");
    let signed = bench.sign().arg(&bench.deb).ok();
    let signed = signed.says("out/x_1.deb': its list is new, which makes void: _gpgorigin");
    signed.says("hint: sign with those after dpkg-ima; --drop-signatures");
    assert!(!bench.is_good(&out));
    let signed = bench.sign_and_drop().arg(&bench.deb).ok();
    signed.says("dropped 1 signature").does_not_say("void");
    assert_eq!(
        DebBuilder::members(&out).join(" "),
        "debian-binary control.tar.gz data.tar.gz"
    );
    TestKey::shared().verify().arg(&out).ok().says("1 good");
}

#[test]
fn our_list_first_and_their_signature_last_stays_good() {
    let bench = Bench::new();
    TestKey::shared()
        .sign()
        .arg("--in-place")
        .arg(&bench.deb)
        .ok();
    // Another compressor than ours, so that the same content has other bytes.
    let script = r#"ar p x_1.deb control.tar.gz | gzip -d | gzip -9n > control.tar.gz; ar r x_1.deb control.tar.gz"#;
    let repack = Run::new("sh").args(["-ec", script]);
    repack.within(bench.folder.path()).ok();
    bench.debsigs(&bench.deb);
    for run in [bench.sign(), bench.sign_and_drop()] {
        let signed = run.arg(&bench.deb).ok();
        assert!(signed.stderr().is_empty(), "{signed}");
        signed
            .says("0 signatures made, 1 kept")
            .does_not_say("dropped");
        assert!(bench.is_good(&bench.at("out/x_1.deb")));
    }
    // By another key the list is another.
    let other = TestKey::new("rsa3072", bench.folder.path());
    let signed = other.sign().arg("-o").arg(bench.at("out")).arg(&bench.deb);
    signed.ok().says("makes void: _gpgorigin");
}

#[test]
fn a_signature_that_is_void_without_the_list_is_named_or_dropped() {
    let bench = Bench::new();
    let out = bench.at("out/x_1.deb");
    bench.sign().arg(&bench.deb).ok();
    bench.debsigs(&out);
    let strip = || Run::dpkg_ima().args(["strip", "--in-place"]);
    // One that has no list stays as it is, and so does its signature.
    bench.debsigs(&bench.deb);
    strip().arg(&bench.deb).ok().does_not_say("void");
    assert!(bench.is_good(&bench.deb));
    let kept = bench.at("kept.deb");
    fs::copy(&out, &kept).unwrap();
    let stripped = strip().arg(&kept).ok();
    stripped.says("kept.deb': its list is gone, which makes void: _gpgorigin");
    assert!(!bench.is_good(&kept));
    let stripped = strip().arg("--drop-signatures").arg(&out).ok();
    stripped.says("dropped 1 signature").does_not_say("void");
    assert_eq!(
        DebBuilder::members(&out).join(" "),
        "debian-binary control.tar.gz data.tar.gz"
    );
}

#[test]
fn of_several_all_are_named_and_other_members_stay() {
    let folder = scratch();
    let deb = DebBuilder::new("x", "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755);
    let deb = deb.build(folder.path());
    for member in ["_gpgbuilder", "_gpgorigin", "_notes"] {
        fs::write(folder.path().join(member), "text\n").unwrap();
        let add = Run::new("ar").arg("q").arg(&deb).arg(member);
        add.within(folder.path()).ok();
    }
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let sign = || TestKey::shared().sign().arg("-o").arg(&out).arg(&deb);
    let signed = sign().ok().says("makes void: _gpgbuilder, _gpgorigin");
    signed.does_not_say("_notes");
    sign()
        .arg("--drop-signatures")
        .ok()
        .says("dropped 2 signatures");
    let left = DebBuilder::members(&out.join("x_1.deb"));
    assert_eq!(
        left,
        &["debian-binary", "control.tar.gz", "data.tar.gz", "_notes"][..]
    );
}

/// What imasigs(5) says of lintian.
#[test]
fn lintian_warns_unless_the_package_overrides_it() {
    let folder = scratch();
    let lintian = |deb: &Path| {
        let run = Run::new("lintian").args(["--allow-root", "--show-overrides"]);
        run.arg(deb).outcome()
    };
    let tag = "unknown-control-file [imasigs]";
    let plain = DebBuilder::new("plain", "1").file("/usr/bin/plain", "#!/bin/sh\n", 0o755);
    let plain = plain.build(folder.path());
    TestKey::shared().sign().arg("--in-place").arg(&plain).ok();
    lintian(&plain).says(&format!("W: plain: {tag}"));
    let calm = DebBuilder::new("calm", "1")
        .file("/usr/bin/calm", "#!/bin/sh\n", 0o755)
        .file(
            "/usr/share/lintian/overrides/calm",
            format!("calm: {tag}\n"),
            0o644,
        );
    let calm = calm.build(folder.path());
    TestKey::shared().sign().arg("--in-place").arg(&calm).ok();
    lintian(&calm).says(&format!("O: calm: {tag}"));
}
