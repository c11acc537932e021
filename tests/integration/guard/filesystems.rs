//! A filesystem that does not answer.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Guarded, Mount, Named, Run, label_of};

const CONTENT: &[u8] = b"a program";
/// Longest that anybody may wait for a file of another filesystem.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Longest that anybody may wait for anything.
const PROMISED: Duration = Duration::from_secs(15);

/// Longest that anybody may wait for a guard that was stopped.
const KILLED: Duration = Duration::from_secs(25);

/// A filesystem that is frozen as long as the value lives.
struct Frozen<'a>(&'a Path);

impl<'a> Frozen<'a> {
    fn freeze(path: &'a Path) -> Self {
        Run::new("fsfreeze").arg("-f").arg(path).ok();
        Self(path)
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        Run::new("fsfreeze").arg("-u").arg(self.0).ok();
        // Who hung there lets go of it.
        thread::sleep(Duration::from_millis(500));
    }
}

fn time_to_read(path: &Path) -> Duration {
    let begin = Instant::now();
    let cat = Run::new("timeout").args(["60", "cat"]);
    assert_eq!(cat.arg(path).ok().bytes(), CONTENT);
    begin.elapsed()
}

/// Labels cannot be written there, and whoever tries hangs in the kernel. More files are opened than there are workers.
#[test]
fn a_frozen_filesystem_holds_only_its_own_files_and_those_not_for_ever() {
    let guarded = Guarded::knowing(&[Named::Content(CONTENT)]);
    let there = guarded.at("/frozen");
    let mount = Mount::small(&there, 64 << 10);
    let here = guarded.at("/usr/bin/program");
    fs::write(&here, CONTENT).unwrap();
    let files: Vec<_> = (0..6)
        .map(|number| there.join(number.to_string()))
        .collect();
    files
        .iter()
        .for_each(|file| fs::write(file, CONTENT).unwrap());
    guarded.stop();
    guarded.start();

    let frozen = Frozen::freeze(&there);
    thread::scope(|scope| {
        let begin = Instant::now();
        let hanging: Vec<_> = files
            .iter()
            .map(|file| scope.spawn(|| time_to_read(file)))
            .collect();
        thread::sleep(Duration::from_millis(300));
        assert!(time_to_read(&here) < AT_ONCE, "{}", guarded.log());
        assert!(label_of(&here).is_some(), "{}", guarded.log());
        guarded.ensure_on();
        for file in hanging {
            assert!(file.join().unwrap() < PROMISED, "{}", guarded.log());
        }
        assert!(
            begin.elapsed() > Duration::from_secs(1),
            "nothing was frozen"
        );
    });
    guarded.ensure_on();
    // A guard whose workers hang in the kernel lets go of everybody when it ends.
    guarded.stop();
    fs::write(&here, CONTENT).unwrap();
    assert!(time_to_read(&here) < AT_ONCE);
    drop(frozen);
    drop(mount);
}

/// A process that is killed keeps its descriptors as long as one of its threads hangs in the kernel.
#[test]
fn a_guard_that_is_killed_while_a_worker_hangs_lets_everybody_go() {
    let guarded = Guarded::knowing(&[Named::Content(CONTENT)]);
    let there = guarded.at("/frozen");
    let mount = Mount::small(&there, 64 << 10);
    let frozen_file = there.join("program");
    let here = ["one", "other"].map(|name| guarded.at("/usr/bin").join(name));
    for file in here.iter().chain([&frozen_file]) {
        fs::write(file, CONTENT).unwrap();
    }
    guarded.stop();
    guarded.start();

    let frozen = Frozen::freeze(&there);
    thread::scope(|scope| {
        let hanging = scope.spawn(|| time_to_read(&frozen_file));
        thread::sleep(Duration::from_secs(1));
        guarded.signal("STOP");
        // It waits for the watchdog, which waits for 17 seconds.
        let waited = time_to_read(&here[0]);
        assert!(waited < KILLED, "{waited:?}\n{}", guarded.log());
        assert!(waited > AT_ONCE, "the guard was not stopped");
        assert_eq!(label_of(&here[0]), None);
        // Nobody waits any more, though the guard cannot end.
        assert!(time_to_read(&here[1]) < AT_ONCE, "{}", guarded.log());
        assert!(hanging.join().unwrap() < KILLED, "{}", guarded.log());
    });
    drop(frozen);
    drop(mount);
}
