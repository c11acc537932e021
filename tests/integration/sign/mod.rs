//! `dpkg-ima sign` over pools: which files it takes, and what it leaves as it was.

mod members;
mod owner;
mod pool;
