//! The helper's run after dpkg: labels what the lists of installed packages name and the disk lacks.
//!
//! A sweep remembers which lists it has dealt with, so that a run after one package was changed costs one
//! package's work.

mod log;
mod run;

pub use run::{Scope, sweep};
