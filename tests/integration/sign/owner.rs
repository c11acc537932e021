//! Owner, group, mode and access control list of a package that is replaced by its signed form.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use xattr::FileExt;

use crate::support::{DebBuilder, Run, TestKey, scratch};

/// Of whoever keeps the mirror, and of the web server. Nobody has them here.
const MIRROR: u32 = 64_000;
const WEB: u32 = 64_033;
const SIGNER: u32 = 64_001;
const ACL: &str = "system.posix_acl_access";

/// A package of the mirror's in a folder.
fn package(folder: &Path, mode: u32) -> PathBuf {
    let deb = DebBuilder::new("owned", "1").file("/usr/bin/owned", "#!/bin/sh\n", 0o755);
    let deb = deb.build(folder);
    give(&deb, mode);
    deb
}

fn give(path: &Path, mode: u32) {
    chown(path, Some(MIRROR), Some(WEB)).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn owner(path: &Path) -> (u32, u32, u32) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
}

/// SPEC: `struct posix_acl_xattr_header` and `_entry`, linux/posix_acl_xattr.h: the owner, one more user, the group, the
/// mask, others.
fn acl(user: u32) -> Vec<u8> {
    let entry = |tag: u16, permissions: u16, id: u32| {
        let start = [tag.to_le_bytes(), permissions.to_le_bytes()].concat();
        [start, id.to_le_bytes().to_vec()].concat()
    };
    let none = u32::MAX;
    let entries = [
        entry(0x01, 6, none),
        entry(0x02, 4, user),
        entry(0x04, 0, none),
        entry(0x10, 4, none),
        entry(0x20, 0, none),
    ];
    [2u32.to_le_bytes().to_vec(), entries.concat()].concat()
}

fn acl_of(path: &Path) -> Option<Vec<u8>> {
    File::open(path).unwrap().get_xattr(ACL).unwrap()
}

#[test]
fn a_pool_of_somebody_else_stays_theirs() {
    let folder = scratch();
    for mode in [0o640, 0o2640, 0o600, 0o664] {
        let deb = package(folder.path(), mode);
        let sign = TestKey::shared().sign().arg("--in-place");
        let signed = sign.arg(folder.path()).ok();
        assert!(signed.stderr().is_empty(), "{signed}");
        assert_eq!(owner(&deb), (MIRROR, WEB, mode));
    }
    let deb = package(folder.path(), 0o640);
    let link = folder.path().join("link");
    symlink(&deb, &link).unwrap();
    TestKey::shared().sign().arg("--in-place").arg(&link).ok();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(owner(&deb), (MIRROR, WEB, 0o640));
}

#[test]
fn an_access_control_list_stays_and_none_is_added() {
    let folder = scratch();
    let deb = package(folder.path(), 0o600);
    let list = acl(SIGNER);
    File::open(&deb).unwrap().set_xattr(ACL, &list).unwrap();
    let sign = || TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    sign();
    assert_eq!(acl_of(&deb), Some(list.clone()));
    assert_eq!(owner(&deb), (MIRROR, WEB, 0o640));

    // A default list of the folder would let SIGNER read what the mode is given to.
    let deb = package(folder.path(), 0o640);
    File::open(&deb)
        .unwrap()
        .remove_xattr(ACL)
        .unwrap_or_default();
    let parent = File::open(folder.path()).unwrap();
    parent.set_xattr("system.posix_acl_default", &list).unwrap();
    sign();
    assert_eq!(acl_of(&deb), None);
    assert_eq!(owner(&deb), (MIRROR, WEB, 0o640));
}

#[test]
fn an_output_that_is_replaced_stays_its_owners_and_a_new_one_follows_the_umask() {
    let folder = scratch();
    let deb = package(folder.path(), 0o664);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let sign = || {
        let script = r#"umask 027; exec "$0" sign --key "$1" --cert "$2" -o "$3" "$4""#;
        let key = TestKey::shared();
        let run = Run::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_dpkg-ima")]);
        run.arg(&key.key)
            .arg(&key.certificate)
            .arg(&out)
            .arg(&deb)
            .ok();
    };
    sign();
    let signed = out.join(deb.file_name().unwrap());
    assert_eq!(owner(&signed), (0, 0, 0o640));
    give(&signed, 0o644);
    sign();
    assert_eq!(owner(&signed), (MIRROR, WEB, 0o644));
    // A link there is no file of anybody's: it gives way, and what it names is left alone.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&signed, &elsewhere).unwrap();
    symlink(&elsewhere, &signed).unwrap();
    let before = fs::metadata(&elsewhere).unwrap().ino();
    sign();
    assert!(fs::symlink_metadata(&signed).unwrap().is_file());
    assert_eq!(fs::metadata(&elsewhere).unwrap().ino(), before);
}

/// A folder that anybody may look into, with the program, a key of SIGNER's, and a pool that SIGNER may write.
struct Shared(tempfile::TempDir);

impl Shared {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let shared = Self(folder);
        fs::copy(env!("CARGO_BIN_EXE_dpkg-ima"), shared.at("dpkg-ima")).unwrap();
        let key = TestKey::new("rsa2048", shared.0.path());
        chown(&key.key, Some(SIGNER), Some(SIGNER)).unwrap();
        fs::create_dir(shared.at("pool")).unwrap();
        chown(shared.at("pool"), Some(SIGNER), Some(WEB)).unwrap();
        shared
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Signs the pool as SIGNER, who is in that group too.
    fn sign(&self, group: u32) -> Run {
        let run = Run::new("setpriv")
            .args([format!("--reuid={SIGNER}"), format!("--regid={SIGNER}")])
            .arg(format!("--groups={group}"))
            .arg(self.at("dpkg-ima"))
            .args(["sign", "--in-place", "--key", "rsa2048.key.pem"]);
        run.args(["--cert", "rsa2048.cert.pem", "pool"])
            .within(self.0.path())
    }
}

#[test]
fn who_is_not_root_keeps_the_group_and_says_that_the_owner_changed() {
    let shared = Shared::new();
    let deb = package(&shared.at("pool"), 0o4640);
    shared.sign(WEB).ok().says("has another owner now");
    assert_eq!(owner(&deb), (SIGNER, WEB, 0o640));
    shared.sign(WEB).ok().does_not_say("owner");
}

#[test]
fn who_cannot_keep_the_group_changes_nothing() {
    let shared = Shared::new();
    let deb = package(&shared.at("pool"), 0o644);
    let before = fs::metadata(&deb).unwrap().ino();
    let refused = shared.sign(SIGNER).exits(2);
    refused
        .says("its group 64033 cannot be kept")
        .says("hint: run it as root");
    assert_eq!(owner(&deb), (MIRROR, WEB, 0o644));
    assert_eq!(fs::metadata(&deb).unwrap().ino(), before);
    assert_eq!(fs::read_dir(shared.at("pool")).unwrap().count(), 1);
}
