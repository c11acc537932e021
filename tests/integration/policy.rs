//! `dpkg-ima policy check` and `keys list`, without a kernel that appraises: what they say of files and certificates on disk.
//! That the kernel agrees is shown in the VM (tests/vm/scripts/policies.sh, policy-syntax.sh, boot.sh).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Machine, Run, TestKey, scratch};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks/policies");
const SCRIPT: &str = "#!/bin/sh\nexit 0\n";

fn check(root: &Path, policy: &Path) -> Run {
    let run = Run::dpkg_ima().args(["policy", "check", "--root"]);
    run.arg(root).arg(policy)
}

/// A root that holds nothing but the test key's certificate.
fn with_certificate() -> tempfile::TempDir {
    let root = scratch();
    let keys = root.path().join("etc/keys/ima");
    fs::create_dir_all(&keys).unwrap();
    fs::copy(&TestKey::shared().certificate, keys.join("test.pem")).unwrap();
    root
}

fn samples() -> Vec<PathBuf> {
    let entries = fs::read_dir(SAMPLES).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_sample_policy_is_well_formed_and_says_what_it_does() {
    let (root, samples) = (with_certificate(), samples());
    assert_eq!(samples.len(), 4);
    for policy in samples {
        check(root.path(), &policy).ok();
        let text = fs::read_to_string(&policy).unwrap();
        for word in [
            "# Protects: ",
            "# Costs: ",
            "# Stays open: ",
            "# Elsewhere: ",
        ] {
            assert!(text.contains(word), "{policy:?}: {word}");
        }
    }
}

#[test]
fn what_is_exempt_is_told_from_the_rules() {
    let root = with_certificate();
    let policy = root.path().join("policy");
    let rule = "appraise func=BPRM_CHECK appraise_type=imasig\n";
    let snaps = "snaps (squashfs): need a signature (no label can be added to a snap)\n";
    fs::write(&policy, rule).unwrap();
    check(root.path(), &policy)
        .ok()
        .says(snaps)
        .says("initramfs (ramfs): need a signature")
        .says("scripts: as programs when they are executed (./x)");
    fs::write(&policy, format!("dont_appraise fsmagic=0x73717368\n{rule}")).unwrap();
    check(root.path(), &policy)
        .ok()
        .says("snaps (squashfs): exempt\n")
        .says("containers (overlayfs): need a signature");
}

#[test]
fn without_a_certificate_everything_would_be_refused() {
    let root = scratch();
    let policy = Path::new(SAMPLES).join("everyone");
    check(root.path(), &policy).exits(2).says("no key is held");
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let root = with_certificate();
    let policy = root.path().join("policy");
    fs::write(&policy, "# x\napraise\nappraise fowner=0\nappraise func=\n").unwrap();
    check(root.path(), &policy)
        .exits(1)
        .says("line 2: 'apraise' is no action")
        .says("line 4: 'func=' has a value");
    check(root.path(), &root.path().join("none"))
        .exits(2)
        .says("cannot read");
}

#[test]
fn what_would_be_refused_is_named_and_nothing_else() {
    let machine = Machine::without_hooks();
    let deb = DebBuilder::new("example", "1.0")
        .file("/usr/bin/good", SCRIPT, 0o755)
        .file("/usr/bin/altered", "#!/bin/sh\n:\n", 0o755)
        .file("/usr/share/example/data", "data\n", 0o644);
    machine.install(deb);
    machine.sweep().ok();
    fs::OpenOptions::new()
        .append(true)
        .open(machine.chroot.at("/usr/bin/altered"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"#\n"))
        .unwrap();
    let unsigned = machine.chroot.at("/usr/bin/unsigned");
    fs::write(&unsigned, SCRIPT).unwrap();
    fs::set_permissions(&unsigned, fs::Permissions::from_mode(0o755)).unwrap();
    for (sample, rule) in [("everyone", 17), ("root", 18)] {
        check(machine.chroot.path(), &Path::new(SAMPLES).join(sample))
            .exits(1)
            .says(&format!(
                "refused (execute, line {rule}): unsigned: /usr/bin/unsigned\n"
            ))
            .says(&format!(
                "refused (execute, line {rule}): altered: /usr/bin/altered\n"
            ))
            .does_not_say("/usr/bin/good")
            .does_not_say("/usr/share/example/data");
    }
}

#[test]
fn a_certificate_that_the_kernel_does_not_hold_is_listed() {
    let root = with_certificate();
    let list = |root: &Path| Run::dpkg_ima().args(["keys", "list", "--root"]).arg(root);
    list(root.path()).exits(1).says("not in ").says("test.pem");
    fs::write(root.path().join("etc/keys/ima/bad.der"), "x").unwrap();
    list(root.path()).exits(2).says("bad.der").says("test.pem");
}
