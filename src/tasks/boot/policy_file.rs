//! The files that hold a policy for the next boot.

use std::path::Path;

use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The policy that is loaded at boot, beneath the root. It exists only if the administrator wants it.
pub const POLICY: &str = "etc/dpkg-ima/policy";
/// The policy that systemd loads by itself, beneath the root.
pub const SYSTEMD_POLICY: &str = "etc/ima/ima-policy";
/// Largest policy file that is read, in bytes.
const POLICY_MAX: u64 = 1 << 20;

/// The text of [`POLICY`]; none if there is no such file.
///
/// # Errors
/// If it cannot be read, or is larger than 1 MiB.
pub fn read_policy(root: &Root) -> Result<Option<Vec<u8>>, SystemError> {
    root.read(Path::new(POLICY), POLICY_MAX)
}
