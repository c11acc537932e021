//! `dpkg-ima why`: what the kernel refused, why, and what helps.
//!
//! The kernel's audit says which file it refused and gives a cause of one word. The rest is found out here: whose file it
//! is, what its package's list says of it, and whether its label verifies by the keys that are held. Since the record was
//! written a file may have been labelled, changed or removed, so a refusal has two halves: what the kernel said then, and how the
//! file stands now. The command that helps follows from the second.
//!
//! | file | what |
//! |---|---|
//! | `source` | reads journal, auditd's log and the kernel's ring buffer |
//! | `refusals` | groups records by file and cause |
//! | `storm` | the same for records as they come |
//! | `inspect` | looks at the file of a record: label, package, list, keys |
//! | `judge` | what labels and signatures are worth, by the keys |
//! | `standing_now` | what is found there, as a value |
//! | `reason` | why, in words; pure |
//! | `remedy` | the command that helps; pure |
//! | `policy_now` | the policy: the kernel's, or its file |
//! | `deciding_rule` | the rules of it that look at the file; pure |
//! | `effect` | whether the file was refused, or would have been |
//! | `another` | whether a record is of another file than the one that is there now; pure |
//! | `original` | where a list names the content of a copied file |

mod another;
mod deciding_rule;
mod effect;
mod inspect;
mod judge;
mod original;
mod policy_now;
mod reason;
mod refusals;
mod remedy;
mod source;
mod standing_now;
mod storm;

pub use deciding_rule::{DecidingRule, deciding_rules};
pub use effect::{Effect, Enforcement};
pub use inspect::{Asked, Inspector, inspected};
pub use policy_now::{PolicyNow, PolicyPlace};
pub use reason::{Reason, reasons};
pub use refusals::{Refusals, Refused};
pub use remedy::{Remedy, remedy};
pub use source::{Following, Heard, Period, PeriodError, Reading, RecordSource, read_all};
pub use standing_now::{FileNow, LabelNow, ListNow, ListedContent, SignatureNow};
pub use storm::{Due, Storm};
