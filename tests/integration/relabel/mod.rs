//! `dpkg-ima relabel`: after a restore, for the first time, in a rescue shell.

mod bar;
mod from;
mod interrupted;
mod labels;
mod links;
mod names;
mod troubles;
