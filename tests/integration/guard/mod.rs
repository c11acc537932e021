//! What a user, a package or a filesystem can do to the guard and so to everybody's opens.

mod attacks;
mod control_group;
mod filesystems;
mod starting;
