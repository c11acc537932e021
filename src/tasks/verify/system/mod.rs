//! The whole system: every file that a list names, and every executable file that none names.
//!
//! Neither the lists nor the disk are held in memory. First each list is verified, entry by entry, and
//! the identities of the files that it names are kept; then the disk is walked for executable files
//! with other identities; then those are traced to packages, and verified by themselves. Files have
//! many names, by diversions, hard links and merged /usr, but one identity.
//!
//! | file | what |
//! |---|---|
//! | `run` | the steps, in order |
//! | `unread` | the entries of all lists, in batches |
//! | `listed` | the verdicts on their files |
//! | `programs` | executable files that none names |
//! | `unlisted` | the verdicts on those |
//! | `owners` | the packages whose those are |
//! | `owner_of` | the same for a few files, of which `why` asks |
//! | `report` | the findings and the progress, as the caller receives them |

mod listed;
mod owner_of;
mod owners;
mod programs;
mod report;
mod run;
mod unlisted;
mod unread;

pub(in crate::tasks) use owner_of::owners_of;
pub use report::{Advance, SystemEvent, SystemFinding};
pub use run::verify_system;
