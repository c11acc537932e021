//! Every regular file beneath a root, on real filesystems, looked at by several threads. Never follows a
//! symlink, and holds no list of what it met: whoever walks takes what it needs of each file.

mod folders;
mod identity;
mod program;
mod walked;

pub use folders::walk;
pub use identity::{Identities, Identity};
pub use program::ProgramFile;
pub use walked::WalkedFile;
