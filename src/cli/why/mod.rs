//! `dpkg-ima why`: what the kernel refused, why, and what helps.

mod run;
mod sources;
mod told;

pub(super) use run::run;
