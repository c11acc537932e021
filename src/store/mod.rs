//! The private store: every signature of every list that was seen, found by size and digest.
//!
//! It keeps what dpkg forgets (the scripts of a removed package, the list before an upgrade), tells
//! which lists were dealt with, and answers without being loaded: its segments are mapped, sorted
//! and searched where they lie. A segment is written once, beside its place, and renamed. All of it
//! can be lost: what is in dpkg's `info` folder is simply read again.

mod announced;
mod build;
mod folder;
mod segment;

pub use announced::Announced;
pub use build::Builder;
pub use folder::{Lock, Store, StoreError};
pub use segment::{Candidate, Segment, SegmentError};

/// Beneath the root; its parent is there wherever dpkg is.
pub const STATE: &str = "var/lib/dpkg-ima";
