//! Putting the right signature on the right content: by digest, never by path.

mod file;
mod judge;
mod rank;
mod remark;

pub use file::{LabelError, Labelled, Labeller, Listed, Outcome};
pub use rank::{Decision, Ruling};
pub use remark::Remark;
