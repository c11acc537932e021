//! The private store: every signature of every list that was seen, found by size and digest.
//!
//! It keeps what dpkg forgets (the scripts of a removed package, the list before an upgrade), tells
//! which lists were dealt with, and answers without being loaded: its segments are mapped, sorted
//! and searched where they lie. A segment is written once, beside its place, and renamed. All of it
//! can be lost: what is in dpkg's `info` folder is simply read again.
//!
//! # Who may read, and when
//! Whoever changes what is kept in the state folder (the segments, the note of what is pending) holds the
//! [`Lock`] from before he reads what the change rests on, dpkg's `info` folder included, until it is written.
//! Who only reads segments need not wait for the lock: [`Store::open`] reads anew when a segment that it saw in
//! the folder is gone, and whoever merges sees to it that all signatures are there at each moment.

mod announced;
mod build;
mod learn;
mod lock;
mod pending;
mod segment;
mod settle;
mod state;
mod store;
#[cfg(test)]
mod tests;

pub use announced::Announced;
pub use build::Builder;
pub use learn::{all_in_memory, learn};
pub(crate) use learn::{new_lists, take_in, take_into_memory};
pub use lock::{Lock, StoreError};
pub(crate) use pending::Pending;
pub use segment::{KNOWN_SIGNATURES_MAX, KnownSignature, Segment, SegmentError};
pub use settle::{ForgedList, Verifying};
pub use state::{STATE, state_folder};
pub use store::Store;
