//! The signatures that are known: those of every list that was seen, found by size and digest.
//!
//! The store keeps what dpkg forgets (the scripts of a removed package, the list before an upgrade), tells
//! which lists were dealt with, and answers without being loaded: its segments are mapped, sorted
//! and searched where they lie. Only the sizes of contents are in memory. A segment is written once, beside its place, and renamed. All of it
//! can be lost: the lists in dpkg's `info` folder are then read again.
//!
//! # The order of writes
//! A sweep may end at any point, by a power cut too, and the next one has to find what it left. So, in this order:
//!
//! 1. `pending`: the packages whose files are still to be labelled, of earlier sweeps and of new lists;
//! 2. segments with the signatures of new lists: from here on these lists are no longer new, and `pending` alone
//!    says that their files have no labels;
//! 3. the labels, and a sync of the files;
//! 4. `pending` anew, with what could not be labelled; without the file nothing is left;
//! 5. a merge of the segments, if there are many: first the merged one in the place of the last, then the others go.
//!
//! Each file is synced before it is renamed to its name, and the folder after that, so that no later step is on disk
//! without the earlier.
//!
//! # Readers and writers
//! A writer of the state folder (of segments, or of `pending`) holds the [`Lock`] from before it reads what the change
//! rests on, dpkg's `info` folder included, until the change is written.
//! A reader of segments need not wait for the lock: [`Store::open`] reads anew when a segment that it saw in
//! the folder is gone, and a merge leaves every signature in some segment at each moment.

mod announced;
mod build;
mod fetched;
mod layout;
mod learn;
mod lock;
mod merge;
mod pending;
mod segment;
mod segment_file;
mod settle;
mod sizes;
mod state;
mod store;
#[cfg(test)]
mod tests;

pub use announced::Announced;
pub use build::Builder;
pub use fetched::FetchedLists;
pub use learn::{all_in_memory, learn};
pub(crate) use learn::{new_lists, take_in, take_into_memory};
pub use lock::{Lock, StoreError};
pub(crate) use pending::PendingPackages;
pub use segment::{KNOWN_SIGNATURES_MAX, KnownSignature, Segment, SegmentError};
pub use settle::{ForgedList, Verifying};
pub use state::{STATE, state_folder};
pub use store::Store;
