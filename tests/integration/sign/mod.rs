//! `dpkg-ima sign` over pools: which files it takes, and what it leaves as it was.

mod archive;
mod cache;
mod detached;
mod incremental;
mod keep;
mod members;
mod memory;
mod owner;
mod pkcs12;
mod pool;
mod resign;
mod status;
mod strip;
mod summary;
mod two_steps;

pub use detached::lists;
