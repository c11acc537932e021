//! The rights that a privileged process of the helper keeps once it has started: it reads what strangers made
//! (lists, archives, files of every user), so an attacker must gain as little as possible from a fault in it.
//!
//! | step | afterwards |
//! |---|---|
//! | `writes` (Landlock, Linux 5.13) | it can write, make, rename and remove only beneath the state folder and its own folder in /run |
//! | `capabilities` | it has those of its [`Duty`], for good: the bounding set is as small |
//! | no_new_privs | nothing that it executes gains anything |
//! | `calls` (seccomp) | it can make only the system calls that it needs, and of sockets only local ones |
//!
//! The purpose of each capability:
//!
//! | capability | who | why |
//! |---|---|---|
//! | CAP_SYS_ADMIN | guard, sweep | the kernel demands it to write `security.ima`, and to have permission events |
//! | the same | watchdog | and to remove the marks of filesystems, where a guard cannot any more |
//! | CAP_DAC_READ_SEARCH | guard, sweep, load | files and folders that only a service's user may read are packages' files too; filesystems mounted beneath them |
//! | CAP_SYS_RESOURCE | guard, sweep, load | a label takes a block: from the reserve, where that is another user's, and beyond the quota of the file's owner. The guard's number of descriptors |
//! | CAP_DAC_OVERRIDE | sweep of another root | there the state folder may lie in folders of a shifted user |
//!
//! The watchdog may signal the guard because both run as root. Children (the last sweep,
//! the watchdog) inherit all of it and narrow it further.
//!
//! An attacker who takes such a process over can still write and remove labels, which keeps signed programs from
//! running but lets no unsigned one run; and, by root's user id, add keys to `_ima` where the kernel leaves that
//! keyring to root.
//!
//! Where the kernel lacks one of the steps, or a container forbids it, the others are taken and it is logged: a file
//! without its label is worse than a process with more rights.

mod calls;
mod capabilities;
mod duty;
mod error;
#[cfg(test)]
mod tests;
mod writes;

pub use duty::{Duty, confine};
pub use error::ConfineError;
