//! `dpkg-ima sign`: a signature list for each package, added or replaced.
//!
//! One walk over data.tar gives the digests. Each is signed once, by the pool, while the walk goes
//! on; the package is then written beside its place and renamed, with
//! owner, group and mode of the one that it replaces. data.tar is never held.

mod error;
mod find;
mod output;
mod package;
mod replaced;
mod run;
mod signatures;

pub use error::SignError;
pub use find::{Job, Jobs, jobs};
pub use output::Destination;
pub use package::{Options, Signed};
pub use replaced::Owner;
pub use run::{Listener, run};
