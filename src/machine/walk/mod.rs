//! Every regular file beneath a root, on real filesystems, looked at by several threads. Never follows a
//! symlink, and holds no list of what it met: whoever walks takes what it needs of each file.

mod candidate;
mod folders;
mod identity;
mod met;

pub use candidate::Candidate;
pub use folders::walk;
pub use identity::{Identities, Identity};
pub use met::Met;
