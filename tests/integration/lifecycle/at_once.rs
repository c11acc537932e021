//! Sweeps, guards and dpkg at once: what one of them notes while another waits for the lock is not lost.

use std::path::PathBuf;
use std::thread::{sleep, spawn};
use std::time::Duration;

use dpkg_ima::keys::held::HeldKeys;
use dpkg_ima::machine::root::Root;
use dpkg_ima::signatures::{Lock, learn};

use crate::support::{DebBuilder, Run, System, TestKey, label_of, scratch};

const STATE: &str = "/var/lib/dpkg-ima";
/// A sweep reads what it has to know in less.
const WELL_BEGUN: Duration = Duration::from_millis(500);

fn program(name: &str) -> String {
    format!("/usr/bin/{name}")
}

fn signed(name: &str) -> (tempfile::TempDir, PathBuf) {
    let (plain, folder) = (scratch(), scratch());
    let deb = DebBuilder::with_program(name, "1");
    let deb = TestKey::shared().signed(&deb.build(plain.path()), folder.path());
    (folder, deb)
}

fn sweep(system: &System) -> Run {
    let run = Run::helper().arg("sweep").arg("--root");
    run.arg(system.root())
}

/// A guard that starts takes the list of a package into the store, and leaves its files to the next sweep; that
/// one has begun already.
#[test]
fn what_becomes_pending_while_a_sweep_waits_is_labelled() {
    let system = System::new();
    system.trust(TestKey::shared());
    let ((_first, first), (_second, second)) = (signed("first"), signed("second"));
    system.dpkg(&[], &first);
    sweep(&system).ok();
    let root = Root::open(system.root()).unwrap();
    let lock = Lock::take(&root).unwrap();
    let waiting = sweep(&system);
    let waiting = spawn(move || waiting.ok());
    sleep(WELL_BEGUN);
    system.dpkg(&[], &second);
    drop(lock);
    learn(&root, &HeldKeys::default()).unwrap();
    waiting.join().unwrap();
    let pending = system.at(STATE).join("pending");
    assert!(!pending.exists(), "{:?}", std::fs::read_to_string(&pending));
    sweep(&system).ok();
    for name in ["first", "second"] {
        assert!(label_of(&system.at(&program(name))).is_some(), "{name}");
    }
}

/// The control: what a guard learns is left to the next sweep, and that alone remembers it.
#[test]
fn what_a_guard_learns_is_pending() {
    let system = System::new();
    let (_folder, deb) = signed("first");
    system.dpkg(&[], &deb);
    let root = Root::open(system.root()).unwrap();
    assert_eq!(learn(&root, &HeldKeys::default()).unwrap().len(), 1);
    let pending = std::fs::read_to_string(system.at(STATE).join("pending")).unwrap();
    assert_eq!(pending, "first\n");
    assert_eq!(label_of(&system.at(&program("first"))), None);
    sweep(&system).ok();
    assert!(label_of(&system.at(&program("first"))).is_some());
}

/// While another sweep is at work, a guard does not keep dpkg waiting for the store: it goes on without the lock.
#[test]
fn a_guard_does_not_wait_for_a_long_sweep() {
    let system = System::new();
    let (_folder, deb) = signed("first");
    system.dpkg(&[], &deb);
    let root = Root::open(system.root()).unwrap();
    let lock = Lock::take(&root).unwrap();
    assert_eq!(learn(&root, &HeldKeys::default()).unwrap().len(), 1);
    drop(lock);
    assert!(!system.at(STATE).join("pending").exists());
}
