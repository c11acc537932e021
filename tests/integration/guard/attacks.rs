//! What an unprivileged user can do. Each of these held every open on the machine, or ended the guard.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::support::{DebBuilder, Guarded, Named, Outcome, Run, scratch};

/// The attacker.
const MALLORY: u32 = 65_533;
/// Somebody else.
const ALICE: u32 = 65_532;
/// Longest that somebody else may wait, in milliseconds. What is promised is a second, on a machine that has nothing
/// else to do; `tests/bench/flood` measures that. The attacks took 14 seconds and more.
const WAIT_MAX: u64 = 3_000;

/// How many opens failed, and how long the longest took in milliseconds.
#[track_caller]
fn figures(outcome: &Outcome) -> (u64, u64) {
    let text = outcome.stdout();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["failed", failed, "longest", longest] => {
            (failed.parse().unwrap(), longest.parse().unwrap())
        }
        _ => panic!("no figures\n{outcome}"),
    }
}

/// Nobody was refused, nobody waited for long.
#[track_caller]
fn ensure_unharmed(outcome: &Outcome) {
    let (failed, longest) = figures(outcome);
    assert_eq!(failed, 0, "\n{outcome}");
    assert!(longest < WAIT_MAX, "\n{outcome}");
}

#[test]
fn a_lease_holds_nobody_else() {
    let guarded = Guarded::knowing(&[]);
    ensure_unharmed(&guarded.attack(MALLORY, &["leased", "leased"]).ok());
    guarded.ensure_on();
}

#[test]
fn more_opens_at_once_than_descriptors() {
    let guarded = Guarded::knowing(&[Named::Size(400_000_000), Named::Size(3_000)]);
    for size in ["400000000", "3000"] {
        let outcome = guarded.attack(MALLORY, &["at_once", "1300", size]).ok();
        assert_eq!(figures(&outcome).0, 0, "\n{outcome}");
        guarded.ensure_on();
    }
}

#[test]
fn a_file_of_a_listed_size_is_not_hashed_whatever_its_size() {
    let guarded = Guarded::knowing(&[Named::Size(1 << 40)]);
    let outcome = guarded
        .attack(MALLORY, &["at_once", "20", "1099511627776"])
        .ok();
    ensure_unharmed(&outcome);
    guarded.ensure_on();
}

/// What Mallory does at the same time, by how many processes, with files of which size.
const FLOODS: [[&str; 3]; 5] = [
    ["rewrite", "60", "4000000"],
    ["huge", "10", "1099511627776"],
    ["grow", "4", "4000000"],
    ["fifos", "1", "0"],
    ["execs", "4", "0"],
];

/// A package of 60 files, each of 77 bytes.
fn package(folder: &Path) -> PathBuf {
    let deb = (0..60).fold(DebBuilder::new("example", "1.0"), |deb, number| {
        let path = format!("/usr/share/example/{number}");
        deb.file(&path, format!("{number:077}"), 0o644)
    });
    deb.build(folder)
}

/// Dpkg is followed, as by its hooks, and what it writes is of a listed size: the guard hashes it.
#[test]
fn users_who_flood_hold_neither_dpkg_nor_each_other() {
    let sizes = [4_000_000, 1 << 40, 77];
    let guarded = Guarded::knowing(&sizes.map(Named::Size));
    let folder = scratch();
    let deb = package(folder.path());
    fs::create_dir_all(guarded.at("/var/lib/dpkg/updates")).unwrap();
    thread::scope(|scope| {
        let guarded = &guarded;
        let flood = |[what, processes, size]: [&'static str; 3]| {
            let flood = move || {
                let arguments = ["flood", what, processes, "30", size];
                guarded.attack(MALLORY, &arguments).ok()
            };
            scope.spawn(flood)
        };
        let floods = FLOODS.map(flood);
        let alice = scope.spawn(|| guarded.attack(ALICE, &["probe", "10"]).ok());
        let dpkg = "chroot \"$0\" /helper guard --follow $$ && exec dpkg --root \"$0\" \"$@\"";
        let dpkg = Run::new("sh").args(["-c", dpkg]).arg(guarded.at("/"));
        dpkg.args(["--force-not-root", "--no-triggers", "-i"])
            .arg(&deb)
            .ok();
        // A flood that holds dpkg up holds it up to the end.
        for flood in &floods {
            assert!(!flood.is_finished(), "dpkg ended after a flood");
        }
        ensure_unharmed(&alice.join().unwrap());
        fs::write(guarded.at("/users/stop"), "").unwrap();
        for flood in floods {
            flood.join().unwrap();
        }
    });
    guarded.ensure_on();
}

#[test]
fn a_list_is_taken_from_dpkg_only() {
    let guarded = Guarded::knowing(&[]);
    let list = crate::support::list(&[Named::Size(9)]);
    let folder = guarded.at("/var/lib/dpkg/tmp.ci");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("imasigs"), &list).unwrap();
    Run::new("cat").arg(folder.join("imasigs")).ok();
    fs::remove_dir_all(&folder).unwrap();
    assert!(
        !guarded.log().contains("took in a list"),
        "{}",
        guarded.log()
    );

    let built = scratch();
    let deb = DebBuilder::new("example", "1.0")
        .control("imasigs", &list)
        .build(built.path());
    fs::create_dir_all(guarded.at("/var/lib/dpkg/updates")).unwrap();
    let dpkg = Run::new("dpkg").arg("--root").arg(guarded.at("/"));
    dpkg.args(["--force-not-root", "--no-triggers", "--unpack"])
        .arg(&deb)
        .ok();
    assert!(
        guarded.log().contains("took in a list"),
        "{}",
        guarded.log()
    );
}
