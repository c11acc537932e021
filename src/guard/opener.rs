//! The opener of a file: dpkg, which is served first, or a user, who takes turns with other users.
//!
//! What /proc says of a process that waits for the guard stays true until the guard answers, unless the process is
//! killed meanwhile. A mistake costs an opener its turn and nothing else.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::process::ProcessStat;

/// The user of a process that is gone or hidden: the kernel's number for no user.
const NOBODY: u32 = u32::MAX;
/// The name (proc_pid_comm(5)) of the process that unpacks packages.
const DPKG: &str = "dpkg";
/// How long an answer of [`Openers::is_dpkgs`] is kept. Process ids are not used again so soon.
const KEEP: Duration = Duration::from_secs(1);
/// The most answers that are kept.
const KEEP_MAX: usize = 1_024;
/// The most ancestors of a process that are looked at.
const DEPTH_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Opener {
    /// A followed process or a descendant of one, and root's: dpkg and maintainer scripts.
    Dpkg,
    /// Any other process of the user with this id.
    User(u32),
}

impl Opener {
    /// How loudly something is said that this opener makes happen, and that would be said of dpkg at that level.
    ///
    /// SECURITY: users can make it happen as often as they like, and the log lies in memory.
    pub(super) fn level(self, of_dpkg: log::Level) -> log::Level {
        match self {
            Self::Dpkg => of_dpkg,
            Self::User(_) => of_dpkg.max(log::Level::Debug),
        }
    }
}

/// The ids of the followed processes. The main thread changes the set; the event reader reads it.
#[derive(Clone, Debug, Default)]
pub(super) struct FollowedIds(Arc<RwLock<HashSet<u32>>>);

impl FollowedIds {
    pub(super) fn add(&self, process: u32) {
        let mut processes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        processes.insert(process);
    }

    pub(super) fn remove(&self, process: u32) {
        let mut processes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        processes.remove(&process);
    }

    fn has(&self, process: u32) -> bool {
        let processes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        processes.contains(&process)
    }
}

/// Tells openers apart, and remembers what it found out.
#[derive(Debug)]
pub(super) struct Openers {
    following: FollowedIds,
    /// Root's processes: when they were looked up, and whether they are dpkg's.
    known: HashMap<u32, (Instant, bool)>,
}

impl Openers {
    pub(super) fn new(following: FollowedIds) -> Self {
        let known = HashMap::new();
        Self { following, known }
    }

    pub(super) fn of(&mut self, process: u32, now: Instant) -> Opener {
        match user_of(process) {
            0 if self.is_dpkgs(process, now) => Opener::Dpkg,
            user => Opener::User(user),
        }
    }

    fn is_dpkgs(&mut self, process: u32, now: Instant) -> bool {
        match self.known.get(&process) {
            Some((since, answer)) if now.saturating_duration_since(*since) < KEEP => {
                return *answer;
            }
            _ => {}
        }
        if self.known.len() >= KEEP_MAX {
            self.known.clear();
        }
        let parent = |process| ProcessStat::of(process).ok().map(|found| found.parent);
        let answer = is_beneath(process, |process| self.following.has(process), parent);
        self.known.insert(process, (now, answer));
        answer
    }
}

/// Whether that process is a dpkg that root runs, followed or not: one in a chroot is not. Root of a container that
/// shares our user ids can run one too, so this says nothing of its turn.
pub(super) fn is_dpkg(process: u32) -> bool {
    let name = fs::read_to_string(format!("/proc/{process}/comm"));
    user_of(process) == 0 && name.is_ok_and(|name| name.trim_end() == DPKG)
}

/// SPEC: proc(5): the folder of a process belongs to its effective user, whether it is dumpable or not.
fn user_of(process: u32) -> u32 {
    fs::metadata(format!("/proc/{process}")).map_or(NOBODY, |folder| folder.uid())
}

/// Whether a process or one of its ancestors is at the top.
fn is_beneath(
    process: u32,
    is_top: impl Fn(u32) -> bool,
    parent_of: impl Fn(u32) -> Option<u32>,
) -> bool {
    let ancestors = std::iter::successors(Some(process), |process| parent_of(*process));
    ancestors
        .take(DEPTH_MAX)
        .take_while(|process| *process > 0)
        .any(is_top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dpkg_makes_the_guard_speak_up() {
        use log::Level::{Debug, Info, Trace, Warn};
        for (of_dpkg, of_users) in [(Warn, Debug), (Info, Debug), (Debug, Debug), (Trace, Trace)] {
            assert_eq!(Opener::Dpkg.level(of_dpkg), of_dpkg);
            assert_eq!(Opener::User(0).level(of_dpkg), of_users);
        }
    }

    #[test]
    fn descent() {
        let parent = |process: u32| (process < 100).then_some(process / 2);
        let beneath = |process, top| is_beneath(process, |process| process == top, parent);
        assert!(beneath(9, 9));
        assert!(beneath(9, 4));
        assert!(beneath(9, 1));
        assert!(!beneath(9, 3));
        assert!(!beneath(9, 0));
        assert!(!beneath(200, 100), "gone meanwhile");
        assert!(
            !is_beneath(7, |process| process == 8, |_| Some(7)),
            "a loop ends"
        );
    }

    #[test]
    fn ourselves_and_our_children() {
        let own = std::process::id();
        let user = user_of(own);
        assert_eq!(user, fs::metadata("/proc/self").unwrap().uid());
        let following = FollowedIds::default();
        let now = Instant::now();
        assert_eq!(
            Openers::new(following.clone()).of(own, now),
            Opener::User(user)
        );
        following.add(own);
        let mut child = std::process::Command::new("sleep")
            .arg("9")
            .spawn()
            .unwrap();
        let found = Openers::new(following.clone()).of(child.id(), now);
        child.kill().unwrap();
        child.wait().unwrap();
        let expected = if user == 0 {
            Opener::Dpkg
        } else {
            Opener::User(user)
        };
        assert_eq!(found, expected);
        assert_eq!(
            Openers::new(following.clone()).of(child.id(), now),
            Opener::User(NOBODY)
        );
        assert!(!is_dpkg(own));
    }

    #[test]
    fn answers_are_kept_for_a_while_only() {
        let own = std::process::id();
        let following = FollowedIds::default();
        let mut openers = Openers::new(following.clone());
        let now = Instant::now();
        assert!(!openers.is_dpkgs(own, now));
        following.add(own);
        assert!(!openers.is_dpkgs(own, now + KEEP / 2));
        assert!(openers.is_dpkgs(own, now + KEEP));
        following.remove(own);
        assert!(!openers.is_dpkgs(own, now + KEEP * 2));
    }
}
