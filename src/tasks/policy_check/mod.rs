//! `dpkg-ima policy check`: what a policy would refuse on this system, found without loading it.
//!
//! It looks at every file by itself: who may execute, map or load it, what the policy then demands,
//! and whether its label would do. It does not follow what programs do: an interpreter reads its script
//! as data, and what a program makes at run time is not there yet.

mod access;
mod collect;
mod judge;

pub use collect::Collected;
pub use judge::{Judge, Judged, Sureness};
