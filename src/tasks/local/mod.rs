//! `dpkg-ima sign --local` and `dpkg-ima forget`: programs that no package brought.
//!
//! Such a program gets its label at once, and an entry in the list of local programs, `/var/lib/dpkg-ima/local.imasigs`. That is
//! a list as packages have it, of which `dpkg` makes one of [`PackageName::local`](crate::dpkg::PackageName::local). So the
//! store, the guard, sweeps, `relabel`, `verify` and `why` know it without any more.
//!
//! | file | what |
//! |---|---|
//! | `sign` | signs files where they are |
//! | `forget` | takes their entries and labels away |
//! | `list` | the list, read and replaced under the lock |
//! | `path` | the path that an entry has for a file that a user names |
//! | `key` | whether this machine takes the signatures of a key |
//! | `file_state` | the state that a file was shown in |
//! | `unsigned` | the programs that `verify` finds unsigned, and no list names |
//! | `error` | why a program is not signed or forgotten |

mod error;
mod file_state;
mod forget;
mod key;
mod list;
mod path;
mod sign;
mod unsigned;

pub use error::LocalError;
pub use file_state::FileState;
pub use forget::forget_local;
pub use sign::{ToSign, sign_local};
pub use unsigned::{UnsignedProgram, Writers, unsigned_programs};

/// Receives each file that was named, as the user named it, and what became of it.
pub type ToldOfFile<'a> = &'a mut dyn FnMut(&std::path::Path, Result<(), LocalError>);
