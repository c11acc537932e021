//! `dpkg-ima why`: what the kernel refused, why, and what helps.

mod policy_told;
mod run;
mod sources;
mod told;

pub(super) use run::run;
