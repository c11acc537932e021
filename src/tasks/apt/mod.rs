//! apt's own programs, as those who let them fetch something run them: what they say, how large their files become, and
//! as whom they speak with servers.

mod messages;
mod process;
mod sandbox;

pub use messages::{failed, general, key};
pub use process::{limit_files, pid_of};
pub use sandbox::sandbox_user;
