//! IMA policies: rules as types, the mistakes that the kernel refuses, and what rules demand of an access.
//!
//! SPEC: Documentation/ABI/testing/ima_policy, and `ima_parse_rule()` and `ima_validate_rule()` in
//! security/integrity/ima/ima_policy.c, as of Linux 6.1, the oldest kernel that we support. Words that only newer
//! kernels know are refused, and so are a few that kernels take but nobody can mean, and words that need a kernel which is
//! built in another way than Debian's.

mod access;
mod answer;
mod condition;
mod error;
mod hook;
mod line;
mod mask;
mod rule;
mod rules;
mod words;

pub use access::{Access, Subject};
pub use answer::Answer;
pub use condition::{Comparison, Condition, Id, Matching};
pub use error::{LINE_MAX, Mistake, PolicyError};
pub use hook::Hook;
pub use mask::Mask;
pub use rule::{Action, Demand, Rule};
pub use rules::Policy;
