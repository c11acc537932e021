//! The guard: whoever opens a file waits until it is labelled.
//!
//! dpkg opens every `X.dpkg-new` again to sync it before it renames it, so a label written while that
//! open waits is on disk with the content, before the file has its final name. Execs and library
//! loads by anyone else wait too. A size that no list names is not even hashed, and a file once
//! decided is not asked about again until it changes.
//!
//! | file | what |
//! |---|---|
//! | `start` | finds the caller, joins the guard that runs or starts one |
//! | `serve` | the guard's own process: sets up, serves, ends |
//! | `reader` | answers opens; never opens a file itself |
//! | `decide` | what to do about an open; pure |
//! | `knowledge` | the signatures that are known now |
//! | `control` | requests, and the processes that are followed |
//! | `client` | how hooks talk to it |
//! | `filesystems` | what to watch |
//! | `policy` | which kind of policy the kernel has, by trying |
//! | `watchdog` | ends a guard that stalls |

mod client;
mod control;
mod decide;
mod filesystems;
mod knowledge;
mod policy;
mod reader;
mod serve;
mod start;
mod watchdog;

pub use client::{Request, request};
pub use serve::{ServeError, open_log, serve};
pub use start::{Followed, StartError, join_or_start};
pub use watchdog::watch_parent;

/// Where the guard has its socket, lock and log: on a tmpfs that only root can reach.
const FOLDER: &str = "/run/dpkg-ima";

/// What the guard writes to its starter when all is in place.
const READY: &[u8] = b"ready\n";
