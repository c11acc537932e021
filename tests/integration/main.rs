//! Integration tests: the built programs against the real dpkg, apt and evmctl. Nothing here is mocked, and nothing is skipped:
//! a test that lacks root or a tool fails and says so. `tests/run` prepares a machine.
//!
//! One binary with a module per topic, so that it links once and a Debian root is made once.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    reason = "all of it is test code; .clippy.toml allows it in functions marked #[test] only"
)]

#[cfg(test)]
mod announce;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod colours;
#[cfg(test)]
mod completion;
#[cfg(test)]
mod confinement;
#[cfg(test)]
mod dead_mounts;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod fuzz_corpus;
#[cfg(test)]
mod guard;
mod hooks;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod key_change;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod local;
#[cfg(test)]
mod packages;
mod packaging;
#[cfg(test)]
mod policy;
mod real_packages;
#[cfg(test)]
mod relabel;
#[cfg(test)]
mod repositories;
#[cfg(test)]
mod security;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod sign;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod special_files;
mod support;
#[cfg(test)]
mod token;
#[cfg(test)]
mod try_package;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod verify_system;
#[cfg(test)]
mod why;
