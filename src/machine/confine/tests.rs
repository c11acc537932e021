//! Each test does something in a thread that is confined, and the same in one that is not.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;

use nix::libc::ENOSYS;
use nix::mount::{MsFlags, mount, umount};
use nix::sys::stat::{Mode, umask};
use xattr::FileExt;

use super::{Duty, confine};
use crate::machine::root::Root;
use crate::signatures::state_folder;

const DUTIES: [Duty; 5] = [
    Duty::Guard,
    Duty::Sweep,
    Duty::SweepElsewhere,
    Duty::Load,
    Duty::Watchdog,
];
/// SPEC: linux/capability.h.
const DAC_OVERRIDE: u64 = 1 << 1;
const DAC_READ_SEARCH: u64 = 1 << 2;
const SYS_ADMIN: u64 = 1 << 21;
const SYS_RESOURCE: u64 = 1 << 24;

/// A root with a dpkg database in it.
fn root() -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("var/lib/dpkg/info")).unwrap();
    let root = Root::open(folder.path()).unwrap();
    (folder, root)
}

/// Does it in a thread of that duty, which may write beneath the root's state folder and beneath `own`.
fn confined<T: Send>(duty: Duty, root: &Root, own: &Path, action: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let running = scope.spawn(|| {
            confine(duty, state_folder(root), &[own]);
            action()
        });
        running.join().unwrap()
    })
}

/// A line of this thread's status in /proc.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let value = status.lines().find_map(|line| line.strip_prefix(name));
    let value = value.unwrap().trim_start_matches(':').trim();
    u64::from_str_radix(value, 16).unwrap()
}

#[test]
fn a_duty_has_its_capabilities_and_no_others() {
    let (folder, root) = root();
    let had = status("CapEff");
    assert!(
        had & DAC_OVERRIDE > 0 && status("Seccomp") == 0,
        "needs root, without a filter"
    );
    for duty in DUTIES {
        let reading = DAC_READ_SEARCH | SYS_RESOURCE;
        let kept = match duty {
            Duty::Guard | Duty::Sweep => reading | SYS_ADMIN,
            Duty::SweepElsewhere => reading | SYS_ADMIN | DAC_OVERRIDE,
            Duty::Load => reading,
            Duty::Watchdog => SYS_ADMIN,
        };
        confined(duty, &root, folder.path(), || {
            for set in ["CapEff", "CapPrm", "CapBnd"] {
                assert_eq!(status(set), kept & had, "{duty:?} {set}");
            }
            assert_eq!(status("CapInh") | status("CapAmb"), 0, "{duty:?}");
            assert_eq!(status("NoNewPrivs"), 1, "{duty:?}");
            assert_eq!(status("Seccomp"), 2, "{duty:?}");
        });
    }
}

#[test]
fn it_writes_only_where_it_may() {
    let (folder, root) = root();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    let there = folder.path().join("there");
    let everything = |kind: &str| {
        let name = folder.path().join(format!("new-{kind}"));
        [
            fs::write(&there, "x"),
            fs::write(&name, "x"),
            fs::create_dir(folder.path().join(format!("folder-{kind}"))),
            fs::rename(&there, folder.path().join("renamed")),
            std::os::unix::fs::symlink("x", folder.path().join(format!("link-{kind}"))),
        ]
    };
    assert!(everything("free").iter().all(Result::is_ok));
    fs::write(&there, "as it was").unwrap();
    for duty in DUTIES {
        confined(duty, &root, &own, || {
            for result in everything("confined") {
                assert!(result.is_err(), "{duty:?}");
            }
            assert!(fs::remove_file(&there).is_err(), "{duty:?}");
            for place in [&own, &folder.path().join("var/lib/dpkg-ima")] {
                fs::write(place.join("x.new"), "x").unwrap();
                fs::rename(place.join("x.new"), place.join("x")).unwrap();
            }
        });
        assert_eq!(fs::read(&there).unwrap(), b"as it was");
    }
}

#[test]
fn what_no_duty_needs_fails() {
    let (folder, root) = root();
    let target = folder.path().join("target");
    fs::create_dir(&target).unwrap();
    let nothing: Option<&str> = None;
    let mounted = || {
        Ok(mount(
            nothing,
            &target,
            Some("tmpfs"),
            MsFlags::empty(),
            nothing,
        )?)
    };
    let unix: fn(&Path) -> io::Result<()> = |path| std::os::unix::fs::chown(path, Some(1), None);
    let forbidden = || -> [(&str, io::Result<()>); 3] {
        [
            ("mount", mounted()),
            ("network", UdpSocket::bind("127.0.0.1:0").map(drop)),
            ("chown", unix(&target)),
        ]
    };
    for (what, result) in forbidden() {
        assert!(result.is_ok(), "{what}: {result:?}");
    }
    umount(&target).unwrap();
    for duty in DUTIES {
        confined(duty, &root, folder.path(), || {
            for (what, result) in forbidden() {
                let errno = result.err().and_then(|error| error.raw_os_error());
                assert_eq!(errno, Some(ENOSYS), "{duty:?} {what}");
            }
        });
    }
}

#[test]
fn what_every_duty_needs_works() {
    let (folder, root) = root();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    for duty in DUTIES {
        confined(duty, &root, folder.path(), || {
            // A thread, a child, a socket, a file, memory.
            thread::spawn(|| umask(Mode::from_bits_retain(0o22)))
                .join()
                .unwrap();
            assert!(Command::new("/bin/true").status().unwrap().success());
            let (one, _other) = UnixStream::pair().unwrap();
            assert_eq!(rustix::io::ioctl_fionread(&one), Ok(0));
            assert_eq!(fs::read(&file).unwrap(), b"content");
            assert_eq!(vec![1_u8; 64 << 20].len(), 64 << 20);
        });
    }
}

#[test]
fn a_file_of_any_user_can_be_read_and_labelled() {
    let (folder, root) = root();
    let file = folder.path().join("file");
    fs::write(&file, "content").unwrap();
    std::os::unix::fs::chown(&file, Some(12345), None).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
    for duty in [Duty::Guard, Duty::Sweep, Duty::SweepElsewhere] {
        confined(duty, &root, folder.path(), || {
            let opened = fs::File::open(&file).unwrap();
            opened.set_xattr("security.ima", b"any").unwrap();
        });
    }
}
