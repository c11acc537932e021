//! `keys revoke`: a key counts no more on this machine, and neither does anything that it alone has signed.
//!
//! # The order of writes
//! A crash at any point leaves a machine that boots or that the same command finishes:
//!
//! 1. Labels by the key give way to signatures by keys that stay, and are on disk. Nothing is lost yet.
//! 2. The certificates go to `/etc/keys/ima-revoked`, each by one rename. From here on no file gets a label by the key: not by
//!    the guard, a sweep or `relabel`; and the key is not loaded at boot, by an old initramfs neither. The file is what tells
//!    the command, run again, what it has left to do; moved back, it undoes the revocation.
//! 3. What labels by the key are left are taken off, and the disk is synced.
//! 4. The key is taken out of the kernel, if the kernel lets it go.
//!
//! Verdicts that the kernel has made are kept with the inode, and a label that changes drops them. So what was stripped is
//! refused from then on. What is mapped and runs goes on. Files that the walk cannot reach (on mounts that are left out, or
//! read-only) are refused once their inodes are evicted.
//!
//! | file | what |
//! |---|---|
//! | `named` | the key that is meant, and its certificates |
//! | `survey` | which files lose their labels, and which get another; and the writing of that |
//! | `needed` | what the next boot needs |
//! | `aside` | moves the certificates |
//! | `run` | the order of writes |

mod aside;
mod named;
mod needed;
mod run;
mod survey;

pub use named::{NamedKey, RevokeError, named_key};
pub use run::{Revocation, Revoked};
pub use survey::{LosingFile, Survey};
