//! Pipes and devices where files should be: nothing waits for a pipe, and no device is opened.
//!
//! A device may do something when it is opened (a watchdog's counts down to a reboot); that it was is seen by inotify.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use crate::support::{DebBuilder, Run, TestKey, scratch};

/// The null device, and a pipe.
const KINDS: [(SFlag, u64); 2] = [(SFlag::S_IFCHR, makedev(1, 3)), (SFlag::S_IFIFO, 0)];

/// What a root has of its own, and others may have made.
const PLACES: [&str; 16] = [
    "etc/dpkg-ima.toml",
    "etc/dpkg/dpkg.cfg",
    "etc/dpkg/dpkg.cfg.d/x",
    "etc/keys/ima/x.pem",
    "etc/keys/ima/x.der",
    "usr/bin/x",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/x.conffiles",
    "var/lib/dpkg/info/x.imasigs",
    "var/lib/dpkg/info/x.list",
    "var/lib/dpkg/info/x.postinst",
    "var/lib/dpkg/lock",
    "var/lib/dpkg/status",
    "var/lib/dpkg/tmp.ci/imasigs",
    "var/lib/dpkg/updates/0001",
    "var/lib/dpkg-ima/lock",
];

/// Puts a pipe or a device there, and tells whether it is opened.
fn put(at: &Path, (kind, device): (SFlag, u64)) -> Inotify {
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    if at.exists() {
        fs::remove_file(at).unwrap();
    }
    mknod(at, kind, Mode::S_IRWXU, device).unwrap();
    let watch = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
    watch.add_watch(at, AddWatchFlags::IN_OPEN).unwrap();
    watch
}

fn was_opened(watch: &Inotify) -> bool {
    !matches!(watch.read_events(), Err(Errno::EAGAIN))
}

/// It ends by itself, whatever it says.
#[track_caller]
fn ends(program: &str, words: &[&str], more: &[&Path]) {
    let run = Run::new("timeout").args(["--signal=KILL", "20", program]);
    let outcome = run.args(words).args(more).outcome();
    assert!(matches!(outcome.code(), Some(0..=2)), "{outcome}");
}

/// A root with an installed, signed package, and its signed .deb.
fn root(folder: &Path) -> (PathBuf, PathBuf) {
    let program = "#!/bin/sh\n";
    let deb = DebBuilder::new("x", "1").file("/usr/bin/x", program, 0o755);
    let deb = deb.control("postinst", program).build(folder);
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    let root = folder.join("root");
    for path in [
        "usr/bin",
        "etc/keys/ima",
        "var/lib/dpkg/info",
        "var/lib/dpkg-ima",
    ] {
        fs::create_dir_all(root.join(path)).unwrap();
    }
    let list = Run::new("dpkg-deb").arg("-I").arg(&deb).arg("imasigs").ok();
    let write = |path: &str, content: &[u8]| fs::write(root.join(path), content).unwrap();
    write("var/lib/dpkg/info/x.imasigs", list.bytes());
    write("var/lib/dpkg/info/x.list", b"/.\n/usr/bin/x\n");
    write("var/lib/dpkg/info/y.list", b"/.\n");
    write(
        "var/lib/dpkg/status",
        b"Package: x\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n",
    );
    for path in ["usr/bin/x", "var/lib/dpkg/info/x.postinst"] {
        write(path, program.as_bytes());
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    (root, deb)
}

#[test]
fn in_roots() {
    let policy = scratch();
    let policy = policy.path().join("policy");
    fs::write(&policy, "appraise func=BPRM_CHECK appraise_type=imasig\n").unwrap();
    let policy = policy.to_str().expect("it is ASCII");
    let (cli, helper) = (
        env!("CARGO_BIN_EXE_dpkg-ima"),
        env!("CARGO_BIN_EXE_dpkg-ima-helper"),
    );
    let made = scratch();
    let (made, deb) = root(made.path());
    let deb = deb.to_str().expect("it is ASCII");
    for place in PLACES {
        for kind in KINDS {
            let folder = scratch();
            let root = folder.path().join("root");
            Run::new("cp").arg("-a").arg(&made).arg(&root).ok();
            let watch = put(&root.join(place), kind);
            for (program, words) in [
                (cli, &["verify"][..]),
                (cli, &["verify", "x"]),
                (cli, &["verify", "/usr/bin/x"]),
                (cli, &["show", "x"]),
                (cli, &["show", "/usr/bin/x"]),
                (cli, &["policy", "check", policy]),
                (cli, &["keys", "list"]),
                (cli, &["relabel"]),
                (cli, &["relabel", "--from", deb]),
                (helper, &["sweep"]),
                (helper, &["relabel"]),
            ] {
                ends(program, words, &[Path::new("--root"), &root]);
                assert!(!was_opened(&watch), "{place} by {words:?}");
            }
        }
    }
}

#[test]
fn as_packages() {
    let cli = env!("CARGO_BIN_EXE_dpkg-ima");
    let key = TestKey::shared();
    let paths = [&*key.key, &*key.certificate].map(|path| path.to_str().unwrap());
    let sign = ["sign", "--key", paths[0], "--cert", paths[1], "--in-place"];
    for kind in KINDS {
        let folder = scratch();
        let (root, _) = root(folder.path());
        let deb = folder.path().join("y_1_all.deb");
        let watch = put(&deb, kind);
        ends(cli, &["show"], &[&deb]);
        ends(cli, &["verify"], &[&deb]);
        ends(cli, &sign, &[&deb]);
        let from = [
            "relabel",
            "--from",
            folder.path().to_str().unwrap(),
            "--root",
        ];
        ends(cli, &from, &[&root]);
        let line = [deb.as_os_str().as_encoded_bytes(), b"\n"].concat();
        let helper = env!("CARGO_BIN_EXE_dpkg-ima-helper");
        let load = Run::new("timeout").args(["--signal=KILL", "20", helper, "load"]);
        let outcome = load.input(line).outcome();
        assert!(matches!(outcome.code(), Some(0..=2)), "{outcome}");
        assert!(!was_opened(&watch));
    }
}

/// The others would prove nothing otherwise.
#[test]
fn an_open_is_seen() {
    let folder = scratch();
    let watch = put(&folder.path().join("null"), KINDS[0]);
    assert!(!was_opened(&watch));
    drop(fs::File::open(folder.path().join("null")).unwrap());
    assert!(was_opened(&watch));
}
