//! `dpkg-ima sign`: a signature list for each package, added or replaced.
//!
//! One walk over data.tar gives the digests, and rayon's pool signs each once while the walk goes on. The package is then
//! written beside its place, with owner, group and mode of the one that it replaces, and renamed. data.tar is never held
//! in memory.
//!
//! In order: `plan` finds the packages, `run` spreads them over threads, `package` signs one with `signatures`, and it is
//! `written`: `output` puts it at its place with what stays of the file that it `replaced`; `unfinished` is what it is until then.
//!
//! A whole pool is signed into another folder, the `signed_pool`, in an `incremental` way: the folder's `journal` remembers from
//! which packages it was made. With `--detached` the packages stay as they are, and their lists go into a tree in the same way:
//! `detached_plan` gives each package its place there, and `detached` is the tree as such a folder.
//!
//! `made` is what was made of a package, and `recorded` what journals say of it. With `--status` nothing is made: a `view` of the
//! folder tells what the next run would find up to date, and `status` adds that up.
//!
//! With `--archive` the packages are not here: `archive` has some of them fetched while others are signed.
//!
//! `dpkg-ima resign` needs digests only, which lists have: `resign_plan` finds lists and packages, `resign` exchanges their
//! signatures, as a `key_exchange` says.
//!
//! `dpkg-ima strip` takes lists out of packages again: `strip`.
//!
//! Where the key is elsewhere, `digests` writes down what is to be signed, and `sign_digests` signs that beside the key, each
//! into a `text_file`. `dpkg-ima attach` is `sign` with those signatures in place of a key.

mod archive;
mod detached;
mod detached_plan;
mod digests;
mod error;
mod incremental;
mod journal;
mod key_exchange;
mod listener;
mod made;
mod output;
mod package;
mod plan;
mod recorded;
mod replaced;
mod resign;
mod resign_plan;
mod results;
mod run;
mod sign_digests;
mod signatures;
mod signed_package;
mod signed_pool;
mod status;
mod strip;
#[cfg(test)]
mod tests;
mod text_file;
mod unfinished;
mod view;
mod written;

pub use archive::{archive_plan, run_archive};
pub use detached::DetachedLists;
pub use digests::Digests;
pub use error::SignError;
pub use key_exchange::{KeyExchange, OldSignatures};
pub use listener::Listener;
pub use output::Destination;
pub use package::{Options, Signed};
pub use plan::{SigningJob, SigningPlan};
pub use replaced::Ownership;
pub use resign::Resigner;
pub use resign_plan::TreeLists;
pub use run::{run, run_incremental, run_resign};
pub use sign_digests::sign_digests;
pub use signed_pool::SignedPool;
pub use status::FolderStatus;
pub use strip::{Stripped, run_strip};
pub use text_file::TextFile;
pub use view::{FolderView, OutputState, StaleCause};
pub use written::Written;
