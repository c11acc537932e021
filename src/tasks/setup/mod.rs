//! `dpkg-ima setup`: from an installed dpkg-ima to a machine that enforces, in two boots; and back with `--undo`.
//!
//! Each step says what is, what is to be and how it is undone, before anything is changed. The order is a matter of safety:
//! a kernel without `ima_appraise=log` enforces a policy as soon as it has one, so the command line comes before the policy,
//! and `--undo` takes the policy away first.
//!
//! What a changed file was, and what was written to it, is kept in `/var/lib/dpkg-ima/setup` before it is changed. So a run
//! that was killed can be run again or undone, and what somebody else has changed since is told from what setup wrote.
//!
//! | file | what |
//! |---|---|
//! | `run` `undo` | the steps in their order, and their way back |
//! | `step` `item` `site` | what a step is, what it says, and what all of them look at |
//! | `checks` `certificates` `labels` `trial` `policy` `initramfs` | one step each |
//! | `grub` `systemd_boot` `by_hand` | the step "command line", for each boot loader |
//! | `images` | the initramfs images, as initramfs-tools or dracut makes them |
//! | `kept` `managed_file` | what changed files were |
//! | `appraise` `tool` | the kernel's parameter, and the programs that are run |

mod appraise;
mod by_hand;
mod certificates;
mod checks;
mod error;
mod grub;
mod images;
mod initramfs;
mod item;
mod kept;
mod labels;
mod managed_file;
mod policy;
mod run;
mod site;
mod step;
mod systemd_boot;
mod tool;
mod trial;
mod undo;

pub use appraise::Appraise;
pub use error::SetupError;
pub use item::{Item, ItemState};
pub use managed_file::ManagedFile;
pub use run::Setup;
pub use site::SetupOptions;
pub use undo::{Undo, Undone};
