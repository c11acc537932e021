//! `dpkg-ima policy check`: what a policy would refuse on this system, found without loading it.
//!
//! Each file is judged by itself: who may execute, map or load it, what the policy then demands, and whether its label
//! would do. What programs do is not followed: an interpreter reads its script as data, and what a program makes at run
//! time is not there yet. What becomes of programs that are no package's is told by the filesystems that they are on.

mod access;
mod appraised;
mod check;
mod places;

pub use appraised::AppraisedFiles;
pub use check::{Certainty, PolicyCheck, Refusal};
pub use places::{PLACES, Treatment, Treatments};
