//! Answers the opens that wait: workers take in lists, hash files and label them; the overseer answers
//! whatever waits too long.

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
pub(super) use worker::{Answerer, path_of};
