//! `dpkg-ima-helper boot`: the keys, then the policy, before anything that the policy would look at.
//!
//! It runs at the end of the initramfs, or as an early unit of systemd where there is none of
//! initramfs-tools. Nothing happens unless the administrator put a policy at [`POLICY`]. A policy that
//! would refuse what boots the machine is not loaded, for on Debian's kernels it could never be taken
//! back; the kernel parameter `dpkg_ima=force` says to load it anyway, `dpkg_ima=off` to do nothing.
//!
//! Not `/etc/ima/ima-policy`: systemd loads that by itself, before any unit, and does not look at keys.

mod files;
mod parameter;
mod policy;
mod preflight;
mod run;

pub use files::{BootFile, boot_files};
pub use parameter::Parameter;
pub use policy::{LoadError, SECURITYFS, has_its_policy};
pub use preflight::{Obstacle, obstacles};
pub use run::{BootError, Booted, Options, boot};

/// The policy that is loaded at boot, beneath the root. It exists only if the administrator wants it.
pub const POLICY: &str = "etc/dpkg-ima/policy";
/// Where systemd looks for a policy of its own, beneath the root.
pub const SYSTEMD_POLICY: &str = "etc/ima/ima-policy";
/// Largest policy file that we read, in bytes.
pub const POLICY_MAX: u64 = 1 << 20;
