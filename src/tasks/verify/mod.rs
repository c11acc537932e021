//! `dpkg-ima verify`: a verdict for each file of a .deb, of an installed package, of the whole system,
//! or by itself.
//!
//! A verdict is a value. An error means that it could not be decided.

mod deb;
mod disk;
mod file;
mod installed;
mod system;
mod verdict;

pub use deb::verify_deb;
pub use file::verify_file;
pub use installed::verify_installed;
pub use system::{Progress, SystemFinding, Told, verify_system};
pub use verdict::{Content, Facts, Labelled, Owner, Verdict, decide};

use crate::format::ima::{Digest, KeyId, Signature};
use crate::keys::signing::{Check, Checker};

/// The verdict on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Raw: `./usr/bin/x` in a package, `/usr/bin/x` on disk.
    pub path: Vec<u8>,
    /// What is said of it.
    pub verdict: Verdict,
}

/// The key that a signature names, and what comes of checking it.
fn checked(checker: &mut Checker<'_>, signature: &Signature, digest: &Digest) -> (KeyId, Check) {
    (signature.key_id, checker.check(signature, digest))
}
