//! Every regular file beneath a root, on real filesystems, looked at by all cores. Never follows a
//! symlink, and holds no list of what it met: whoever walks takes what it needs of each file.

mod candidate;
mod folders;
mod met;

pub use candidate::Candidate;
pub use folders::walk;
pub use met::{Identity, Met};
