//! The machine: filesystems, attributes, events, and the rights of this process.
//!
//! Every path beneath a root is opened by [`root`] or [`path_opener`], which say whose links are followed.

pub mod appraise_mode;
pub mod attribute;
mod closer;
pub mod config;
pub mod confine;
pub mod content;
mod descent;
#[cfg(feature = "cli")]
pub mod ended;
pub mod error;
pub mod fanotify;
pub mod folder;
pub(crate) mod fs_magic;
#[cfg(feature = "cli")]
pub mod loaded_modules;
#[cfg(feature = "cli")]
pub mod mapped;
pub mod mounts;
pub(crate) mod opening;
pub mod path_opener;
#[cfg(feature = "cli")]
pub mod private_memory;
pub mod program;
pub mod replacements;
pub mod root;
pub mod roots_own;
pub(crate) mod sys;
#[cfg(feature = "cli")]
pub mod walk;
pub mod warn_once;
