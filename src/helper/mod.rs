//! The program `dpkg-ima-helper`, which hooks and the trigger run, and people in a rescue shell.
//!
//! It runs within every `apt install` and must never make one fail, except where the configuration refuses a package.
//! Where it cannot label by its nature (a container, no CAP_SYS_ADMIN) it is silent and exits with 0.

mod args;
mod boot;
mod bounded_log;
mod daemon;
mod load;
mod log_output;
mod privilege;
mod relabel;
mod run;
mod sweep;

pub use run::main;
