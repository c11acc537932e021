//! The command `dpkg-ima`: reads the command line, runs a task, reports, and returns the exit code.

mod archive;
mod args;
mod attach;
mod cache;
mod completion;
mod digests;
mod examples;
mod exit;
mod fetch;
mod generate;
mod growth;
mod keygen;
mod keys;
mod local;
mod looked;
mod man;
mod policy;
mod relabel;
mod report;
mod resign;
mod revoke;
mod run;
mod setup;
mod show;
mod sign;
mod sign_digests;
mod sign_status;
mod signing;
mod status;
mod strip;
mod tone;
mod usage;
mod verify;
mod why;
mod written;

pub use run::main;
