//! The queue of opens: which one is served next. Pure.
//!
//! dpkg and its descendants come first. Users take turns, so that a user who opens a thousand files waits for them, and one
//! who opens a single file does not. Small and large files wait apart, so that no user waits for another's large file.
//! Everything is bounded: an open that finds no room is given back, to be allowed at once.

use std::collections::{HashMap, VecDeque};

use super::lane::{Class, LARGE, Lane};
use crate::guard::opener::Opener;

/// The most opens of one user.
const USER_MAX: usize = 64;
/// The most opens of dpkg, and the most lists.
const DPKG_MAX: usize = 256;

/// A fair queue: first come, first served among dpkg's opens and among lists; round robin among users.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    lists: VecDeque<T>,
    dpkg: VecDeque<T>,
    small: Turns<T>,
    large: Turns<T>,
    /// The most files of all users together.
    room: usize,
}

impl<T> FairQueue<T> {
    /// `room`: the most files of users.
    pub(super) fn new(room: usize) -> Self {
        Self {
            lists: VecDeque::new(),
            dpkg: VecDeque::new(),
            small: Turns::default(),
            large: Turns::default(),
            room,
        }
    }

    /// Adds an item behind all others of its class and user; returns it if there is no room.
    pub(super) fn push(&mut self, class: Class, item: T) -> Option<T> {
        let first_come = match class {
            Class::Lists => &mut self.lists,
            Class::Files(Opener::Dpkg, _) => &mut self.dpkg,
            Class::Files(Opener::User(user), size) => {
                if self.small.count + self.large.count >= self.room {
                    return Some(item);
                }
                let turns = if size <= LARGE {
                    &mut self.small
                } else {
                    &mut self.large
                };
                return turns.push(user, item);
            }
        };
        if first_come.len() >= DPKG_MAX {
            return Some(item);
        }
        first_come.push_back(item);
        None
    }

    /// Takes out the item that a lane serves next.
    pub(super) fn pop(&mut self, lane: Lane) -> Option<T> {
        match lane {
            Lane::Lists => self.lists.pop_front(),
            Lane::Dpkg => self.dpkg.pop_front(),
            Lane::Small => self.dpkg.pop_front().or_else(|| self.small.pop()),
            Lane::Any => {
                let first = self.dpkg.pop_front().or_else(|| self.large.pop());
                first.or_else(|| self.small.pop())
            }
        }
    }

    /// Whether [`Self::pop`] would find an item for the lane.
    pub(super) fn has_for(&self, lane: Lane) -> bool {
        let dpkg = !self.dpkg.is_empty();
        let (small, large) = (self.small.count > 0, self.large.count > 0);
        match lane {
            Lane::Lists => !self.lists.is_empty(),
            Lane::Dpkg => dpkg,
            Lane::Small => dpkg || small,
            Lane::Any => dpkg || small || large,
        }
    }

    /// Takes out the items that leave; all others keep their order.
    pub(super) fn remove(&mut self, leaves: impl Fn(&T) -> bool) -> Vec<T> {
        let mut gone = Vec::new();
        for first_come in [&mut self.lists, &mut self.dpkg] {
            take_out(first_come, &leaves, &mut gone);
        }
        self.small.remove(&leaves, &mut gone);
        self.large.remove(&leaves, &mut gone);
        gone
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let first_come = self.lists.iter().chain(&self.dpkg);
        first_come.chain(self.small.iter()).chain(self.large.iter())
    }
}

/// Items of users who take turns.
#[derive(Debug)]
struct Turns<T> {
    /// Each user with items once, the next one first.
    order: VecDeque<u32>,
    waiting: HashMap<u32, VecDeque<T>>,
    count: usize,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self {
            order: VecDeque::new(),
            waiting: HashMap::new(),
            count: 0,
        }
    }
}

impl<T> Turns<T> {
    fn push(&mut self, user: u32, item: T) -> Option<T> {
        let own = self.waiting.entry(user).or_default();
        if own.len() >= USER_MAX {
            return Some(item);
        }
        if own.is_empty() {
            self.order.push_back(user);
        }
        own.push_back(item);
        self.count += 1;
        None
    }

    fn pop(&mut self) -> Option<T> {
        let user = self.order.pop_front()?;
        let own = self.waiting.get_mut(&user)?;
        let item = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&user);
        } else {
            self.order.push_back(user);
        }
        self.count -= 1;
        item
    }

    fn remove(&mut self, leaves: &impl Fn(&T) -> bool, gone: &mut Vec<T>) {
        let before = gone.len();
        for own in self.waiting.values_mut() {
            take_out(own, leaves, gone);
        }
        self.waiting.retain(|_, own| !own.is_empty());
        self.order.retain(|user| self.waiting.contains_key(user));
        self.count -= gone.len() - before;
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.values().flatten()
    }
}

fn take_out<T>(from: &mut VecDeque<T>, leaves: &impl Fn(&T) -> bool, gone: &mut Vec<T>) {
    let (out, stay): (VecDeque<T>, VecDeque<T>) =
        std::mem::take(from).into_iter().partition(leaves);
    *from = stay;
    gone.extend(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 200;

    fn user(user: u32, size: u64) -> Class {
        Class::Files(Opener::User(user), size)
    }

    fn dpkg() -> Class {
        Class::Files(Opener::Dpkg, 1)
    }

    fn filled(items: &[(Class, u32)]) -> FairQueue<u32> {
        let mut queue = FairQueue::new(ROOM);
        for (class, item) in items {
            assert_eq!(queue.push(*class, *item), None);
        }
        queue
    }

    fn all(queue: &mut FairQueue<u32>, lane: Lane) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop(lane)).collect()
    }

    #[test]
    fn dpkg_first_then_users_in_turn() {
        let mut queue = filled(&[
            (user(1, 1), 10),
            (user(1, 1), 11),
            (user(1, 1), 12),
            (user(2, 1), 20),
            (dpkg(), 1),
            (user(0, 1), 30),
        ]);
        assert_eq!(all(&mut queue, Lane::Small), [1, 10, 20, 30, 11, 12]);
        assert_eq!(queue.iter().count(), 0);
        assert!(!queue.has_for(Lane::Any));
    }

    #[test]
    fn each_lane_takes_what_is_its() {
        let items = [
            (Class::Lists, 1),
            (dpkg(), 2),
            (user(1, LARGE), 3),
            (user(1, LARGE + 1), 4),
        ];
        for (lane, expected) in [
            (Lane::Lists, &[1][..]),
            (Lane::Dpkg, &[2]),
            (Lane::Small, &[2, 3]),
            (Lane::Any, &[2, 4, 3]),
        ] {
            let mut queue = filled(&items);
            assert!(queue.has_for(lane));
            assert_eq!(all(&mut queue, lane), expected, "{lane:?}");
            assert!(!queue.has_for(lane));
        }
        for (class, item) in items {
            for lane in Lane::ALL {
                let taken = filled(&[(class, item)]).pop(lane);
                assert_eq!(taken.is_some(), class.lanes().contains(&lane), "{lane:?}");
            }
        }
    }

    #[test]
    fn who_opens_much_is_turned_away_and_nobody_else() {
        let mut queue = FairQueue::new(ROOM);
        let refused = (0..1_000).filter_map(|item| queue.push(user(1, 1), item));
        assert_eq!(refused.count(), 1_000 - USER_MAX);
        assert_eq!(queue.push(user(2, 1), 1), None);
        for other in 3..1_000 {
            queue.push(user(other, LARGE + 1), 1);
        }
        assert_eq!(queue.iter().count(), ROOM);
        assert_eq!(queue.push(user(5_000, 1), 7), Some(7));
        let refused = (0..1_000).filter_map(|item| queue.push(dpkg(), item));
        assert_eq!(refused.count(), 1_000 - DPKG_MAX);
        assert_eq!(queue.push(Class::Lists, 1), None);
    }

    #[test]
    fn what_waited_too_long_leaves_and_the_rest_keeps_its_turn() {
        let mut queue = filled(&[
            (user(1, 1), 10),
            (user(2, 1), 20),
            (user(1, 1), 11),
            (user(3, LARGE + 1), 30),
            (dpkg(), 1),
            (Class::Lists, 2),
        ]);
        let mut gone = queue.remove(|item| [10, 20, 30, 2].contains(item));
        gone.sort_unstable();
        assert_eq!(gone, [2, 10, 20, 30]);
        assert_eq!(all(&mut queue, Lane::Any), [1, 11]);
        assert_eq!(queue.push(user(2, 1), 21), None);
        assert_eq!(all(&mut queue, Lane::Any), [21]);
    }
}
