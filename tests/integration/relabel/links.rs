//! A user who exchanges a folder of theirs for a link, over and over, while it runs.

use std::fs;
use std::os::unix::fs::{chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{DebBuilder, Machine, label_of};

const USER: u32 = 12345;
const PROGRAM: &str = "#!/bin/sh\necho hi\n";
const ROUNDS: usize = 100;

/// A service's folder, which its user may change, as that user's package ships it.
fn machine() -> (Machine, PathBuf) {
    let machine = Machine::without_hooks();
    let deb = DebBuilder::new("service", "1").file("/srv/service/bin/tool", PROGRAM, 0o755);
    machine.install(deb);
    let folder = machine.chroot.at("/srv/service");
    chown(&folder, Some(USER), Some(USER)).unwrap();
    (machine, folder)
}

/// A file that the user may not write to, with the content of the package's.
fn victim(machine: &Machine) -> PathBuf {
    let folder = machine.chroot.at("/root/private");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("tool"), PROGRAM).unwrap();
    folder.join("tool")
}

/// What the user makes: a link of theirs to the folder with the file.
fn link(target: &Path, at: &Path) {
    symlink(target, at).unwrap();
    lchown(at, Some(USER), Some(USER)).unwrap();
}

#[test]
fn a_link_of_the_users_is_not_followed() {
    let (machine, folder) = machine();
    let victim = victim(&machine);
    fs::rename(folder.join("bin"), folder.join("away")).unwrap();
    link(Path::new("/root/private"), &folder.join("bin"));
    let relabelled = machine.relabel().exits(2);
    relabelled.says("symlink of user 12345, which is not followed");
    assert_eq!(label_of(&victim), None);
    // Verify looks where relabel does.
    let verified = machine.verify(&["service"]).exits(2);
    verified.says("symlink of user 12345, which is not followed");
    // The control: a link of root's is an administrator's choice.
    lchown(folder.join("bin"), Some(0), Some(0)).unwrap();
    machine.relabel().ok();
    assert!(label_of(&victim).is_some(), "the link led nowhere");
    machine.verify(&["service"]).ok();
}

#[test]
fn nor_one_that_is_swapped_in_while_it_runs() {
    let (machine, folder) = machine();
    let victim = victim(&machine);
    let (bin, spare) = (folder.join("bin"), folder.join("spare"));
    link(Path::new("/root/private"), &spare);
    let stop = AtomicBool::new(false);
    let mut done = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                exchange(&bin, &spare);
            }
        });
        for _ in 0..ROUNDS {
            done += usize::from(machine.relabel().outcome().code() == Some(0));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        label_of(&victim),
        None,
        "a file that is not the package's was touched"
    );
    assert!(
        done > 0 && done < ROUNDS,
        "{done} of {ROUNDS} met the folder"
    );
}

/// renameat2(2) with RENAME_EXCHANGE: at every moment one of them is there.
fn exchange(a: &Path, b: &Path) {
    let flags = nix::fcntl::RenameFlags::RENAME_EXCHANGE;
    let here = nix::fcntl::AT_FDCWD;
    nix::fcntl::renameat2(here, a, here, b, flags).unwrap();
}

/// As in a container whose users are shifted: what is root's there is somebody else's here.
#[test]
fn the_root_may_be_somebody_elses() {
    let machine = Machine::without_hooks();
    machine.install(DebBuilder::new("a", "1").file("/usr/bin/a", PROGRAM, 0o755));
    let root = machine.chroot.path();
    chown(root, Some(USER), Some(USER)).unwrap();
    let bin = machine.chroot.at("/bin");
    lchown(&bin, Some(USER), Some(USER)).unwrap();
    machine.install(DebBuilder::new("b", "1").file("/bin/b", "#!/bin/sh\n: b\n", 0o755));
    machine.relabel().ok();
    machine.ensure_labelled("b");
}
