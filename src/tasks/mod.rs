//! What a user, apt, dpkg or systemd asks for: one file or folder for each.

pub mod announce;
pub mod apt;
pub mod boot;
pub mod fetch;
#[cfg(feature = "cli")]
pub mod keygen;
#[cfg(feature = "cli")]
pub mod keys;
#[cfg(feature = "cli")]
pub mod policy_check;
pub mod relabel;
#[cfg(feature = "cli")]
pub mod show;
#[cfg(feature = "cli")]
pub mod sign;
#[cfg(feature = "cli")]
pub mod status;
#[cfg(feature = "cli")]
pub mod target;
#[cfg(feature = "cli")]
pub mod tree;
#[cfg(feature = "cli")]
pub mod verify;
#[cfg(feature = "cli")]
pub mod why;
