//! IMA signatures on Debian packages, from the moment dpkg unpacks them.
//!
//! The program `dpkg-ima` signs packages and checks them; `dpkg-ima-helper` is run by apt, dpkg and a
//! dpkg trigger, and writes each signature to `security.ima`. Both are thin: what they do is here.
//!
//! # The map
//! Imports point down only.
//!
//! | layer | modules | what |
//! |---|---|---|
//! | command lines | `cli` [`helper`] | arguments, reports, exit codes |
//! | tasks | [`announce`] [`boot`] [`guard`] `keygen` `policy_check` [`relabel`] `show` `sign` `status` [`sweep`] `verify` | what a user asks for |
//! | shared by tasks | [`labelling`] | the files of packages, and their labels |
//! | decisions | `contents` [`label`] `target` | which files matter; which signature a file gets; what a user means |
//! | keys | `keys` | who signs, and whom we trust |
//! | system | [`attribute`] [`certificates`] [`config`] [`confine`] [`dpkg`] [`fanotify`] [`folder`] [`kernel_keyring`] [`keyring`] [`mounts`] [`places`] [`root`] [`store`] [`system`] `walk` | the machine |
//! | formats | [`apt`] [`deb`] [`imasigs`] [`package_path`] [`policy`] [`signature`] [`text`] | bytes and types, no machine |
//!
//! # Security
//! The kernel decides what runs. This program only has to put the right signature on the right
//! content, and does it by digest: it hashes the content of an open descriptor, looks the digest up,
//! and writes what it finds to that same descriptor. So a list from an untrusted package cannot make
//! anything run, and no path needs to be trusted. What is read is bounded by named limits.

pub mod announce;
pub mod apt;
pub mod attribute;
pub mod boot;
pub mod certificates;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod confine;
#[cfg(feature = "cli")]
pub mod contents;
pub mod deb;
mod descent;
pub mod dpkg;
pub mod fanotify;
pub mod folder;
pub mod guard;
pub mod helper;
pub mod imasigs;
pub mod kernel_keyring;
#[cfg(feature = "cli")]
pub mod keygen;
pub mod keyring;
#[cfg(feature = "cli")]
pub mod keys;
pub mod label;
pub mod labelling;
pub mod mounts;
mod opening;
pub mod package_path;
pub mod places;
pub mod policy;
#[cfg(feature = "cli")]
pub mod policy_check;
mod raw;
pub mod relabel;
pub mod root;
#[cfg(feature = "cli")]
pub mod show;
#[cfg(feature = "cli")]
pub mod sign;
pub mod signature;
#[cfg(feature = "cli")]
pub mod status;
pub mod store;
pub mod sweep;
pub mod system;
#[cfg(feature = "cli")]
pub mod target;
pub mod text;
#[cfg(feature = "cli")]
pub mod verify;
#[cfg(feature = "cli")]
pub mod walk;
