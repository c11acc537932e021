//! The files that packages' signature lists name, and the labels (`security.ima`) that they get.
//!
//! A path only says where to look; the digest of what lies there decides which signature it gets. Every file is reached
//! by folders and links that only root can exchange ([`crate::machine::path_opener`]).
//!
//! | file | what |
//! |---|---|
//! | `request` | what is to be labelled, and whether labels are written |
//! | `run` | the threads of one labelling |
//! | `queue` | hands lists and batches of their entries to the threads |
//! | `list` | a package's list, read and cut into batches |
//! | `worker` | one thread: finds each entry's files and labels them |
//! | `standing` `placement` | where an entry's file is, and whether it may be missing or different; `verify` asks it too |
//! | `labeller` | one open file: hashes it, chooses, writes |
//! | `choice` | which of several signatures a file gets; pure |
//! | `rank` `digests` | what a signature is worth for a content, with a bound on the verifying |
//! | `remark` | signatures that were displaced or passed over |
//! | `outcome` `tally` `trouble` | results by file, added up, and what kept filesystems from their labels |
//! | `progress` | the events that a caller may follow |
//! | `verdict` `check` | what `verify` says of a file: its content and label against list and keys |
//! | `durable` | brings labels to disk |
//! | `sweep` | the helper's run after dpkg: labels what new lists name |

#[cfg(feature = "cli")]
mod check;
mod choice;
mod digests;
mod durable;
mod labeller;
mod list;
mod outcome;
mod placement;
mod progress;
mod queue;
mod rank;
mod remark;
mod request;
mod run;
mod standing;
pub mod sweep;
mod tally;
mod trouble;
#[cfg(feature = "cli")]
mod verdict;
mod worker;

#[cfg(feature = "cli")]
pub use check::verdict_on_file;
#[cfg(feature = "cli")]
pub(crate) use check::{check_list, check_listed, check_without_label, verdict_on_label};
pub use choice::{Decision, Ruling};
pub use labeller::{LabelError, Labeller};
pub use list::{DebList, ListSource, PackageList, SourceError};
pub use outcome::FileOutcome;
pub(crate) use placement::Placement;
pub use progress::{FileDone, Progress};
pub use remark::Remark;
pub use request::{Labelling, Mode};
pub(crate) use standing::PackageFiles;
#[cfg(feature = "cli")]
pub(crate) use standing::{OnDisk, Place, Standing};
pub use tally::Tally;
pub use trouble::{Affected, Trouble};
#[cfg(feature = "cli")]
pub(crate) use verdict::LabelCheck;
#[cfg(feature = "cli")]
pub use verdict::{LabelKey, Verdict};
