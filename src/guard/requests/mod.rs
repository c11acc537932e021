//! The guard's main thread: obeys what hooks request, and ends the guard when nobody needs it.

mod clients;
mod followed;
mod last_sweep;
mod main_thread;

pub(super) use main_thread::MainThread;
