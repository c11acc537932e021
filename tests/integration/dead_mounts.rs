//! Filesystems whose server never answers, in every place of a root: no command waits for them, and each names them
//! once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::support::{Outcome, Run, TestKey, copy_program, scratch};

/// Mounts a FUSE filesystem that answers nothing, in a mount namespace of its own, and runs the rest of the words
/// there. SPEC: fuse(4): the descriptor is the server; here nobody reads from it.
const DEAD: &str = r#"exec 3<>/dev/fuse
mode=$1; shift
mount -i -t fuse.sshfs -o "fd=3,rootmode=$mode,user_id=0,group_id=0,allow_other" dead "$1" || exit 99; shift
exec timeout --signal=KILL 20 "$@""#;

/// A list's entry of that path, with a signature that nobody made.
fn entry(path: &str) -> String {
    let digest = "0".repeat(64);
    format!("./{path} type=file size=1 sha256={digest} security.ima=AwIEWfC2cAABAA==\n")
}

/// A root with a package whose list names those paths, and a program that no list names.
fn root(folder: &Path, paths: &[&str]) {
    for path in [
        "usr/bin",
        "usr/lib",
        "mnt/dead",
        "var/lib/dpkg/info",
        "etc/keys/ima",
    ] {
        fs::create_dir_all(folder.join(path)).unwrap();
    }
    let program = folder.join("usr/bin/unlisted");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let certificate = &TestKey::shared().certificate;
    fs::copy(certificate, folder.join("etc/keys/ima/x.pem")).unwrap();
    let info = folder.join("var/lib/dpkg/info");
    let entries: String = paths.iter().map(|path| entry(path)).collect();
    fs::write(info.join("x.imasigs"), format!("#mtree v2.0\n{entries}")).unwrap();
    let list: String = paths.iter().map(|path| format!("/{path}\n")).collect();
    fs::write(info.join("x.list"), list).unwrap();
}

/// Runs words with `--root` where such a filesystem is at that place of the root.
fn with_dead(root: &Path, place: &str, program: &str, words: &[&str]) -> Outcome {
    let at = root.join(place);
    let mode = if at.is_dir() { "40000" } else { "100000" };
    let run = Run::new("unshare").args(["--mount", "--propagation", "private", "sh", "-c", DEAD]);
    let run = run.args(["dead", mode]).arg(&at).arg(program).args(words);
    run.arg("--root").arg(root).outcome()
}

/// Every command that looks at a root, each of which must say once what it leaves out.
#[track_caller]
fn assert_nothing_waits(root: &Path, place: &str) {
    let policy = root.join("policy");
    fs::write(&policy, "appraise func=BPRM_CHECK appraise_type=imasig\n").unwrap();
    let policy = policy.to_str().expect("it is ASCII");
    let (cli, helper) = (
        env!("CARGO_BIN_EXE_dpkg-ima"),
        env!("CARGO_BIN_EXE_dpkg-ima-helper"),
    );
    let left_out = format!(
        "left out: '{}' (fuse.sshfs)",
        root.join(place).to_str().unwrap()
    );
    for (program, words) in [
        (cli, &["verify"][..]),
        (cli, &["verify", "--json"]),
        (cli, &["policy", "check", policy]),
        (cli, &["relabel", "--dry-run"]),
        (cli, &["relabel"]),
        (helper, &["relabel", "--dry-run"]),
    ] {
        let outcome = with_dead(root, place, program, words);
        // 99: it cannot be mounted; no code: it was ended.
        assert!(matches!(outcome.code(), Some(0..=2)), "{outcome}");
        assert_eq!(outcome.stderr().matches(&left_out).count(), 1, "{outcome}");
    }
    for (program, words) in [
        (cli, &["verify", "x"][..]),
        (cli, &["keys", "list"]),
        (helper, &["sweep"]),
    ] {
        let outcome = with_dead(root, place, program, words);
        assert!(matches!(outcome.code(), Some(0..=2)), "{outcome}");
    }
}

/// The others would prove nothing otherwise.
#[test]
fn whoever_touches_it_waits() {
    let folder = scratch();
    root(folder.path(), &[]);
    let at = folder.path().join("mnt/dead");
    let stat = [
        "-c",
        "timeout --signal=KILL 2 stat $0",
        at.to_str().unwrap(),
    ];
    let outcome = with_dead(folder.path(), "mnt/dead", "sh", &stat);
    assert_eq!(outcome.code(), Some(137), "{outcome}");
}

fn verify(root: &Path) -> Outcome {
    let program = env!("CARGO_BIN_EXE_dpkg-ima");
    with_dead(root, "mnt/dead", program, &["verify"])
}

#[test]
fn a_folder_that_no_package_knows() {
    let folder = scratch();
    root(folder.path(), &[]);
    assert_nothing_waits(folder.path(), "mnt/dead");
    let outcome = verify(folder.path());
    assert_eq!(outcome.code(), Some(1), "{outcome}");
    outcome.says("/usr/bin/unlisted");
}

#[test]
fn a_folder_with_files_of_a_package() {
    let folder = scratch();
    root(folder.path(), &["mnt/dead/deep/x", "mnt/dead/x"]);
    assert_nothing_waits(folder.path(), "mnt/dead");
    // What was not looked at is not said to be good.
    let outcome = verify(folder.path());
    assert_eq!(outcome.code(), Some(2), "{outcome}");
    outcome.says("/mnt/dead/x': Object is remote");
}

#[test]
fn a_folder_that_a_link_leads_to() {
    let folder = scratch();
    root(folder.path(), &["link/x", "up/x", "usr/lib/file"]);
    symlink("/mnt/../mnt/dead", folder.path().join("link")).unwrap();
    symlink("link/../dead/y", folder.path().join("up")).unwrap();
    symlink("../../link/file", folder.path().join("usr/lib/file")).unwrap();
    assert_nothing_waits(folder.path(), "mnt/dead");
}

#[test]
fn the_folder_of_all_programs() {
    let folder = scratch();
    root(folder.path(), &["usr/bin/x"]);
    assert_nothing_waits(folder.path(), "usr");
}

#[test]
fn over_a_file() {
    let folder = scratch();
    root(folder.path(), &["usr/bin/unlisted", "usr/bin/x"]);
    assert_nothing_waits(folder.path(), "usr/bin/unlisted");
}

/// `status` is about the running system, so it runs in a root of its own.
#[test]
fn status_waits_for_none_either() {
    let folder = scratch();
    let root_folder = folder.path();
    root(root_folder, &[]);
    for path in [
        "proc",
        "var/tmp",
        "boot",
        "usr/libexec/dpkg-ima",
        "etc/ima",
        "usr/sbin",
    ] {
        fs::create_dir_all(root_folder.join(path)).unwrap();
    }
    copy_program(env!("CARGO_BIN_EXE_dpkg-ima"), root_folder, "dpkg-ima");
    for place in [
        "var/tmp",
        "boot",
        "usr/libexec",
        "etc/ima",
        "usr/sbin",
        "var/lib",
    ] {
        let script = r#"mount -t proc proc "$0/proc" && exec chroot "$0" /dpkg-ima status"#;
        let root = root_folder.to_str().expect("it is ASCII");
        let outcome = with_dead(root_folder, place, "sh", &["-c", script, root]);
        assert!(matches!(outcome.code(), Some(0..=1)), "{place}: {outcome}");
        outcome.says(&format!("'/{place}' (fuse.sshfs) is left out"));
    }
}
