//! Hooks that start a guard while another one is starting or ending.

use std::process::Command;
use std::time::Duration;

use crate::support::Guarded;

/// Longer than guards once waited for each other, in seconds.
const LONG: u64 = 4;

/// A guard that reads many new lists has the lock and no socket yet.
#[test]
fn a_hook_waits_for_a_guard_that_takes_long_to_start() {
    let guarded = Guarded::knowing(&[]);
    guarded.stop();
    let mut slow = Command::new("flock")
        .arg(guarded.at("/run/dpkg-ima/lock"))
        .args(["sleep", &LONG.to_string()])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    guarded.start();
    assert!(slow.wait().unwrap().success());
    guarded.ensure_on();
}
