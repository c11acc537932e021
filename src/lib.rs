//! IMA signatures on Debian packages, from the moment dpkg unpacks them.
//!
//! The program `dpkg-ima` signs packages and checks them; `dpkg-ima-helper` is run by apt, dpkg and a
//! dpkg trigger, and writes each signature to `security.ima`. Both are thin: what they do is here.
//!
//! # The map
//! Imports point down this table only, and never in a circle between files; `tests/lib/layers` checks both.
//!
//! | folders | what |
//! |---|---|
//! | `cli` [`helper`] | command lines: arguments, reports, exit codes |
//! | [`tasks`] | what is asked for: `sign`, `verify`, `relabel` and the others |
//! | [`guard`] | the daemon: whoever opens a file waits until it is labelled |
//! | [`labelling`] | the files of packages, and their labels |
//! | [`signatures`] | every signature that is known, by size and digest |
//! | [`dpkg`] [`keys`] [`contents`] | dpkg's database; keys, certificates and keyrings; what a .deb holds |
//! | [`machine`] | filesystems, attributes, events, and what a process may do |
//! | [`format`] | bytes and types: no paths, no machine |
//!
//! # Security
//! The kernel decides what runs. This program only has to put the right signature on the right
//! content, and does it by digest: it hashes the content of an open descriptor, looks the digest up,
//! and writes what it finds to that same descriptor. So a list from an untrusted package cannot make
//! anything run, and no path needs to be trusted. What is read is bounded by named limits.

#[cfg(feature = "cli")]
pub mod cli;
pub mod contents;
pub mod dpkg;
pub mod format;
pub mod guard;
pub mod helper;
pub mod keys;
pub mod labelling;
pub mod machine;
pub mod signatures;
pub mod tasks;
