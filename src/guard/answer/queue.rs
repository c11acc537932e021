//! The queue of opens: which one is served next. Pure.
//!
//! dpkg and its descendants come first. Users take turns, so that a user who opens a thousand files waits for them,
//! and one who opens a single file does not. Small and large files wait apart, so that no user waits for another's
//! large file. Everything is bounded: an open that finds no room is given back, to be allowed at once.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::lane::{Class, Lane};
use crate::guard::opener::Opener;

/// The most opens of one user in a class.
const USER_MAX: usize = 64;
/// The most opens of dpkg, and the most lists.
const DPKG_MAX: usize = 256;

/// A fair queue: within a class, openers take turns.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    classes: BTreeMap<Class, Turns<T>>,
    /// The most files of all users together.
    room: usize,
}

impl<T> FairQueue<T> {
    /// `room`: the most files of users.
    pub(super) const fn new(room: usize) -> Self {
        Self {
            classes: BTreeMap::new(),
            room,
        }
    }

    /// Adds an item behind all others of its class and opener; returns it if there is no room. Lists need no room.
    pub(super) fn push(&mut self, class: Class, opener: Opener, item: T) -> Option<T> {
        let most = match opener {
            Opener::Dpkg => DPKG_MAX,
            // Lists are root's: other users take no room from them.
            Opener::User(_) if class == Class::List || self.has_room() => USER_MAX,
            Opener::User(_) => return Some(item),
        };
        let turns = self.classes.entry(class).or_default();
        turns.push(opener, most, item)
    }

    /// Takes out the item that a lane serves next.
    pub(super) fn pop(&mut self, lane: Lane) -> Option<T> {
        let mut classes = lane.classes().iter();
        classes.find_map(|class| self.classes.get_mut(class)?.pop())
    }

    /// Whether [`Self::pop`] would find an item for the lane.
    pub(super) fn has_for(&self, lane: Lane) -> bool {
        lane.classes().iter().any(|class| self.count(*class) > 0)
    }

    /// Takes out the items that leave; all others keep their order.
    pub(super) fn remove(&mut self, leaves: impl Fn(&T) -> bool) -> Vec<T> {
        let turns = self.classes.values_mut();
        turns.flat_map(|turns| turns.remove(&leaves)).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.classes.values().flat_map(Turns::iter)
    }

    fn has_room(&self) -> bool {
        self.count(Class::Small) + self.count(Class::Large) < self.room
    }

    fn count(&self, class: Class) -> usize {
        self.classes.get(&class).map_or(0, |turns| turns.count)
    }
}

/// Items of openers who take turns.
#[derive(Debug)]
struct Turns<T> {
    /// Each opener with items once, the next one first.
    order: VecDeque<Opener>,
    waiting: HashMap<Opener, VecDeque<T>>,
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
    /// Returns the item if the opener has `most` items already.
    fn push(&mut self, opener: Opener, most: usize, item: T) -> Option<T> {
        let own = self.waiting.entry(opener).or_default();
        if own.len() >= most {
            return Some(item);
        }
        if own.is_empty() {
            self.order.push_back(opener);
        }
        own.push_back(item);
        self.count += 1;
        None
    }

    fn pop(&mut self) -> Option<T> {
        let opener = self.order.pop_front()?;
        let own = self.waiting.get_mut(&opener)?;
        let item = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&opener);
        } else {
            self.order.push_back(opener);
        }
        self.count -= 1;
        item
    }

    fn remove(&mut self, leaves: impl Fn(&T) -> bool) -> Vec<T> {
        let mut gone = Vec::new();
        for own in self.waiting.values_mut() {
            let (out, stay) = own.drain(..).partition(&leaves);
            *own = stay;
            gone.extend::<VecDeque<T>>(out);
        }
        self.waiting.retain(|_, own| !own.is_empty());
        self.order
            .retain(|opener| self.waiting.contains_key(opener));
        self.count -= gone.len();
        gone
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.waiting.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::answer::lane::LARGE;

    const ROOM: usize = 200;

    const LIST: (Class, Opener) = (Class::List, Opener::Dpkg);
    const DPKG: (Class, Opener) = (Class::Dpkg, Opener::Dpkg);

    const fn user(user: u32, size: u64) -> (Class, Opener) {
        let opener = Opener::User(user);
        (Class::of_file(opener, size), opener)
    }

    fn filled(items: &[((Class, Opener), u32)]) -> FairQueue<u32> {
        let mut queue = FairQueue::new(ROOM);
        for (place, item) in items {
            assert_eq!(push(&mut queue, *place, *item), None);
        }
        queue
    }

    fn push(queue: &mut FairQueue<u32>, place: (Class, Opener), item: u32) -> Option<u32> {
        queue.push(place.0, place.1, item)
    }

    /// A container's root can run a dpkg, or something of that name.
    #[test]
    fn lists_of_others_wait_for_their_turn_and_not_for_room() {
        let mut queue = FairQueue::new(0);
        let others = (Class::List, Opener::User(0));
        let refused = (0..1_000).filter_map(|item| push(&mut queue, others, item));
        assert_eq!(refused.count(), 1_000 - USER_MAX);
        assert_eq!(push(&mut queue, LIST, 2_000), None);
        assert_eq!(all(&mut queue, Lane::Lists)[..3], [0, 2_000, 1]);
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
            (DPKG, 1),
            (user(0, 1), 30),
        ]);
        assert_eq!(all(&mut queue, Lane::Small), [1, 10, 20, 30, 11, 12]);
        assert_eq!(queue.iter().count(), 0);
        assert!(!queue.has_for(Lane::Any));
    }

    #[test]
    fn each_lane_takes_what_is_its() {
        let items = [
            (LIST, 1),
            (DPKG, 2),
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
        for ((class, opener), item) in items {
            for lane in Lane::ALL {
                let taken = filled(&[((class, opener), item)]).pop(lane);
                assert_eq!(taken.is_some(), class.lanes().contains(&lane), "{lane:?}");
            }
        }
    }

    #[test]
    fn who_opens_much_is_turned_away_and_nobody_else() {
        let mut queue = FairQueue::new(ROOM);
        let refused = (0..1_000).filter_map(|item| push(&mut queue, user(1, 1), item));
        assert_eq!(refused.count(), 1_000 - USER_MAX);
        assert_eq!(push(&mut queue, user(2, 1), 1), None);
        for other in 3..1_000 {
            push(&mut queue, user(other, LARGE + 1), 1);
        }
        assert_eq!(queue.iter().count(), ROOM);
        assert_eq!(push(&mut queue, user(5_000, 1), 7), Some(7));
        let refused = (0..1_000).filter_map(|item| push(&mut queue, DPKG, item));
        assert_eq!(refused.count(), 1_000 - DPKG_MAX);
        assert_eq!(push(&mut queue, LIST, 1), None);
    }

    #[test]
    fn what_waited_too_long_leaves_and_the_rest_keeps_its_turn() {
        let mut queue = filled(&[
            (user(1, 1), 10),
            (user(2, 1), 20),
            (user(1, 1), 11),
            (user(3, LARGE + 1), 30),
            (DPKG, 1),
            (LIST, 2),
        ]);
        let mut gone = queue.remove(|item| [10, 20, 30, 2].contains(item));
        gone.sort_unstable();
        assert_eq!(gone, [2, 10, 20, 30]);
        assert_eq!(all(&mut queue, Lane::Any), [1, 11]);
        assert_eq!(push(&mut queue, user(2, 1), 21), None);
        assert_eq!(all(&mut queue, Lane::Any), [21]);
    }
}
