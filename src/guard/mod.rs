//! The guard: whoever opens a file waits until it is labelled.
//!
//! dpkg opens every `X.dpkg-new` again to sync it before it renames it, so a label written while that
//! open waits is on disk with the content, before the file has its final name. Execs and library
//! loads by anyone else wait too. A size that no list names is not even hashed, and a file once
//! decided is not asked about again until it changes.
//!
//! # What holds whoever attacks
//! Every open on the machine goes through one thread, the reader, so that thread does nothing that grows
//! with input and touches no file: it lets go what no list can match, and queues the rest. Workers hash
//! and label; a frozen filesystem may hold them for ever, so the overseer answers in their place and
//! hires others. An open waits 10 seconds at most, and half a second at most for its turn, unless it is
//! dpkg's. What finds no room, or costs more than files of others than root may cost (`budget`), goes on
//! without a label, and the kernel is the judge.
//!
//! | file | what |
//! |---|---|
//! | `start` | finds the caller, joins the guard that runs or starts one |
//! | `serve` | the guard's own process: sets up, serves, ends |
//! | `resources` | descriptors and priority |
//! | `reader` | sorts opens; never opens a file itself |
//! | `decide` | what to do about an open; pure |
//! | `opener` | who opens a file |
//! | `budget` | what files that others than root may write can cost; pure |
//! | `queue` | who is served next; pure |
//! | `crew` | which workers get on; pure |
//! | `work` | all that waits, shared by the threads |
//! | `worker` | takes in lists, hashes and labels |
//! | `overseer` | answers what waits too long, and replaces who hangs |
//! | `knowledge` | the signatures that are known now |
//! | `unpacking` | those of packages that dpkg is unpacking |
//! | `control` | obeys requests, and knows when to end |
//! | `callers` | those who send requests |
//! | `followed` | the processes that work on packages |
//! | `client` | how hooks talk to it |
//! | `private` | the folder of its socket, which only root can reach |
//! | `filesystems` | what to watch |
//! | `policy` | which kind of policy the kernel has, by trying |
//! | `watchdog` | ends a guard that stalls |

mod budget;
mod callers;
mod client;
mod control;
mod crew;
mod decide;
mod filesystems;
mod followed;
mod knowledge;
mod opener;
mod overseer;
mod policy;
mod private;
mod queue;
mod reader;
mod resources;
mod serve;
mod start;
mod unpacking;
mod watchdog;
mod work;
mod worker;

pub use client::{Request, request};
pub use serve::{ServeError, open_log, serve};
pub use start::{Followed, StartError, join_or_start};
pub use watchdog::watch_parent;

/// Where the guard has its socket, lock and log: on a tmpfs that only root can reach.
const FOLDER: &str = "/run/dpkg-ima";

/// What the guard writes to its starter when all is in place.
const READY: &[u8] = b"ready\n";
