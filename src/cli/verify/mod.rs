//! `dpkg-ima verify`: verdicts on named targets, or on the whole system.

mod bars;
mod by_key;
mod concern;
mod counts;
mod overview;
mod run;
mod system;
mod targets;
mod verifier;

pub(super) use run::run;
