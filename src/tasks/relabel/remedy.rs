//! What an administrator can do where the kernel refuses labels.

use crate::machine::attribute::WriteError;

/// A hint for the error; none where no general remedy is known.
#[must_use]
pub const fn remedy(error: WriteError) -> Option<&'static str> {
    match error {
        WriteError::Unsupported => Some(
            "move the files to ext4, xfs or btrfs, or leave that filesystem out of the policy (dont_appraise fsmagic=NUMBER)",
        ),
        WriteError::NoSpace => {
            Some("make room on the filesystem (a label may take 4 KiB), then run this again")
        }
        WriteError::ReadOnly => {
            Some("mount it writable (mount -o remount,rw), then run this again")
        }
        WriteError::NotPermitted => Some(
            "run this as root outside of containers; lsattr shows immutable files, chattr -i unlocks them",
        ),
        WriteError::Refused => Some(
            "boot with a kernel, or a policy, that takes this hash algorithm, or sign with another",
        ),
        WriteError::Other(_) => None,
    }
}
