//! What a machine depends on its keys for.
//!
//! | file | what |
//! |---|---|
//! | `dependents` | how many files and packages depend on each key; pure |
//! | `count` | counts them by the labels on disk |
//! | `names` | what people call a key: the file of its certificate |

mod count;
mod dependents;
mod names;

pub use count::{Counted, count_dependents};
pub use dependents::{Dependents, KeyDependents, Share};
pub use names::KeyNames;
