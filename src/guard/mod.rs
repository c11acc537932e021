//! The guard: a daemon that labels files while their opens wait, by fanotify(7) permission events.
//!
//! dpkg opens every `X.dpkg-new` again to sync it before it renames it. A label written while that open waits is on disk
//! together with the content, before the file has its final name. Programs and libraries that other processes open or
//! executes wait too. A file of a size that no list names is not hashed, and a file that was looked at once makes no more
//! events until it changes.
//!
//! # An event
//! The event reader (`events`) reads it, decides by the file's status and path (`decide`), finds out who the opener is
//! (`opener`), and takes its cost off the users' budget (`budget`). Most opens are allowed here. The others wait in a
//! queue (`answer`) until a worker has hashed the file, looked its digest up (`known`) and written its label.
//!
//! # What bounds an attack
//! Every open on the machine goes through the event reader, so its work for one event is bounded, and it touches no
//! file. A filesystem that hangs may hold workers for ever, so the overseer answers in their place and hires
//! others. An open waits at most 10 seconds, and a user's at most half a second for its turn. An open that finds no room
//! in the queue, or is beyond the budget, is allowed without a label: the kernel appraises the file as it is. If all else
//! fails, the watchdog kills the guard and allows the opens.
//!
//! # The files
//! | file | what |
//! |---|---|
//! | `protocol` | requests and answers, the socket, what a guard tells its starter |
//! | `start` | in a hook: finds the caller, joins the guard or starts one |
//! | `serve`, `threads` | the guard's process: sets up, runs the threads, ends |
//! | `private`, `resources`, `control_group`, `appraisal`, `filesystems` | its folder, limits, control group, kind of policy, marks |
//! | `requests` | the main thread: hooks' requests, the followed processes, the last sweep |
//! | `events`, `decide`, `opener`, `budget` | the event reader, and how it decides |
//! | `answer` | queue, workers, overseer |
//! | `known` | the signatures that are known |
//! | `watchdog` | the process that kills a guard that stalls, and answers in its place |
//! | `process` | other processes, and this program run once more |

mod answer;
mod appraisal;
mod budget;
mod control_group;
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
