//! A walk over every regular file beneath a root, on filesystems that keep files, by several threads. It follows no
//! symlink, and holds no list of files: the caller takes what it needs of each.

mod folders;
mod identity;
mod opened;
mod program;
mod walked;

pub use folders::walk;
pub use identity::{Identities, Identity};
pub use program::ProgramFile;
pub use walked::WalkedFile;
