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
//! | command lines | `cli`, [`helper`] | arguments, reports, exit codes |
//! | tasks | [`announce`] [`guard`] [`sweep`] | what a user asks for |
//! | decisions | [`label`] | which signature a file gets; pure but for the one write |
//! | system | [`attribute`] [`config`] [`dpkg`] [`fanotify`] [`folder`] [`keyring`] [`root`] [`store`] [`system`] | the machine |
//! | formats | [`deb`] [`imasigs`] [`package_path`] [`signature`] | bytes and types, no machine |
//!
//! # Security
//! The kernel decides what runs. This program only has to put the right signature on the right
//! content, and does it by digest: it hashes the content of an open descriptor, looks the digest up,
//! and writes what it finds to that same descriptor. So a list from an untrusted package cannot make
//! anything run, and no path needs to be trusted. What is read is bounded by named limits.

pub mod announce;
pub mod attribute;
pub mod config;
pub mod deb;
pub mod dpkg;
pub mod fanotify;
pub mod folder;
pub mod guard;
pub mod helper;
pub mod imasigs;
pub mod keyring;
pub mod label;
pub mod package_path;
mod raw;
pub mod root;
pub mod signature;
pub mod store;
pub mod sweep;
pub mod system;

/// The command line of `dpkg-ima`.
#[cfg(feature = "cli")]
pub mod cli {
    /// Runs the program.
    #[must_use]
    pub fn main() -> std::process::ExitCode {
        std::process::ExitCode::from(2)
    }
}
