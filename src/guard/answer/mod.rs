//! Answers the opens that wait.
//!
//! The event reader adds each open to [`Pending`], in the class that `lane` gives it. Workers take opens from the
//! queue of their lane, take in a list or label a file, set an ignore mark on the file (`ignore`), and allow the
//! open. A worker may hang in the kernel: `crew` knows which ones make progress, and the overseer answers and
//! hires in place of the others.

mod crew;
mod ignore;
mod lane;
mod open;
mod overseer;
mod pending;
mod queue;
mod worker;

pub(super) use ignore::ignore_until_changed;
pub(super) use lane::Class;
pub(super) use open::PendingOpen;
pub(super) use overseer::{BusySince, oversee, start_crew};
pub(super) use pending::Pending;
pub(super) use worker::Answerer;
