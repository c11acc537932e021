//! `dpkg-ima sign --status`: how much of a tree of lists, or of a folder of signed packages, is up to date.

mod run;
mod told;

pub(super) use run::tell;
