//! `dpkg-ima-helper boot`: loads the keys, then the policy, before anything runs that the policy would appraise.
//!
//! It runs at the end of the initramfs or, where neither initramfs-tools nor dracut made one, as an early unit of systemd.
//! Nothing happens unless the administrator has put a policy at [`POLICY`]. A policy that would refuse the files that boot the
//! machine is not loaded, for Debian's kernels keep a policy until they are restarted; the kernel parameter `dpkg_ima=force` has
//! it loaded all the same, and with `dpkg_ima=off` nothing is loaded.
//!
//! The policy is not at `/etc/ima/ima-policy`: systemd loads that file by itself, before any unit, whether keys are
//! there or not.

mod files;
#[cfg(feature = "cli")]
mod image_maker;
#[cfg(feature = "cli")]
mod image_sources;
#[cfg(feature = "cli")]
mod images;
mod load;
mod parameter;
mod policy_file;
mod preflight;
mod run;

#[cfg(feature = "cli")]
pub(super) use files::boot_files;
#[cfg(feature = "cli")]
pub(super) use image_maker::ImageMaker;
#[cfg(feature = "cli")]
pub(super) use image_sources::newer_than;
#[cfg(feature = "cli")]
pub use images::{OutdatedImages, images_to_make};
#[cfg(feature = "cli")]
pub(super) use images::{images, outdated_images};
pub use load::{LoadError, has_its_policy};
pub use parameter::Parameter;
pub use policy_file::{POLICY, SYSTEMD_POLICY, read_policy};
pub use preflight::{BootObstacle, obstacles};
pub use run::{BootError, BootOptions, Booted, boot};
