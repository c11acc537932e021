//! `dpkg-ima status`: whether this machine is ready to enforce, in the order in which things must work.
//!
//! Each line says good, not or unknown, with the reason and the next step; `conclusion` says the one that is next. Nothing on
//! the machine is changed.

mod conclusion;
mod enforcement;
mod filesystems;
mod installed;
mod kernel;
mod keys;
mod line;
mod next_boot;
mod programs;
mod revoked;
mod run;
mod scripts;
mod topic;

pub use conclusion::Conclusion;
pub use kernel::{KernelConfig, options as kernel_options};
pub use line::{Readiness, StatusLine};
pub use next_boot::would_not_boot;
pub use run::status;
pub use topic::Topic;
