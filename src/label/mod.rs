//! Putting the right signature on the right content: by digest, never by path.

mod file;
mod rank;

pub use file::{FromStart, LabelError, Labeller, Outcome, digest_of};
pub use rank::{Decision, decide};
