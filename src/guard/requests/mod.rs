//! The guard's main thread: obeys the requests of hooks, and ends the guard when no process needs it any more.
//!
//! The guard stays as long as it follows a process. Files of an ended process that no sweep covers are swept first,
//! by a child process, while the guard still answers.

mod clients;
mod followed;
mod last_sweep;
mod main_thread;

pub(super) use main_thread::MainThread;
