//! A package's life, from installation to purge, with the real dpkg and apt: which labels its files have after each step.
//!
//! `life` tells the whole of it, once for each way to get there. The other modules let only the helper's sweep do the
//! work, in a root without our hooks, to show what it does by itself.

mod at_once;
mod conffiles;
mod guarded;
mod life;
mod memory;
mod names;
mod places;
mod recovery;
mod room;
mod shared_content;
