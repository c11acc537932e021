//! `dpkg-ima why`: what the kernel refused, why, and what helps.

mod asked;
mod follow;
mod policy_told;
mod run;
mod sources;
mod tell;
mod told;
mod told_times;

pub(super) use run::run;
