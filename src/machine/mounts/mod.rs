//! The mounts, as `/proc/self/mountinfo` lists them: no filesystem is touched to read it.

mod left_out;
mod parse;

pub use left_out::{LeftOut, LeftOutMount};
pub use parse::{Mounted, on_disk};

/// Where the kernel lists the mounts that this process sees.
pub const MOUNTINFO: &str = "/proc/self/mountinfo";
