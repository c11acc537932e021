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
//! | `protocol` | requests and their answers, the socket, what starter and guard tell each other |
//! | `start` | finds the caller, joins the guard that runs or starts one |
//! | `serve` | the guard's own process: sets up, serves, ends |
//! | `threads` | starts and ends the threads that answer |
//! | `filesystems`, `resources`, `private`, `appraisal` | what to watch; descriptors and priority; the socket's folder; the kind of policy |
//! | `requests` | the main thread: clients, the processes that are followed |
//! | `events` | the reader: sorts opens; never opens a file itself |
//! | `decide`, `opener`, `budget` | what to do about an open; who opens; what files of others than root may cost |
//! | `answer` | queue, workers and their overseer |
//! | `known` | the signatures that are known now |
//! | `watchdog` | ends a guard that stalls |
//! | `process` | /proc, and this program run once more |

mod answer;
mod appraisal;
mod budget;
mod decide;
mod events;
mod filesystems;
mod known;
mod opener;
mod private;
mod process;
mod protocol;
mod requests;
mod resources;
mod serve;
mod start;
mod threads;
mod watchdog;

pub use protocol::{Request, request};
pub use serve::{ServeError, open_log, serve};
pub use start::{StartError, ToFollow, join_or_start};
pub use watchdog::watch_parent;
