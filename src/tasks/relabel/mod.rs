//! `relabel`: gives the files of installed packages the labels that they lack, after a restore that lost
//! them, or on a system that was installed before its packages were signed.
//!
//! It may be killed at any moment: each label is written whole, a list is kept only after the files of its
//! package were labelled, and the next run begins where this one was.
//!
//! | file | what |
//! |---|---|
//! | `plan` | what is to be done, and the doing |
//! | `named` | the packages that are meant |
//! | `offered` | the .debs of `--from` that are worth opening |
//! | `from` `worth` | which of them has the list for a package; what a list is worth |
//! | `ask_sources` `answers` | lists for the others from the sources of /etc/dpkg-ima.toml, and what came of it |
//! | `skipped` | .debs that are not used, and why |
//! | `adopt` | keeps their lists where dpkg would have put them |
//! | `relabelled` `remedy` | the result, and what to do about it |

mod adopt;
mod answers;
mod ask_sources;
mod error;
mod from;
mod named;
mod offered;
mod plan;
mod relabelled;
mod remedy;
mod skipped;
mod worth;

pub use answers::SourceAnswers;
pub use error::RelabelError;
pub use from::DebProgress;
pub use offered::PassedOver;
pub use plan::{Plan, RelabelOptions};
pub use relabelled::{Notice, Relabelled};
pub use remedy::remedy;
pub use skipped::{SkipReason, SkippedDeb};
