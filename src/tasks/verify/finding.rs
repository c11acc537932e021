//! What `verify` finds.

use crate::labelling::{LabelKey, Verdict};

/// The verdict on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its path in raw bytes: `./usr/bin/x` in a package, `/usr/bin/x` on disk.
    pub path: Vec<u8>,
    /// What is said of it.
    pub verdict: Verdict,
    /// The key that its label names; of a package or a list, the key that the signature names.
    pub key: Option<LabelKey>,
}
