//! `dpkg-ima status`: is this machine ready, in the order in which things must work.
//!
//! Each line is good, not, or unknown, with the reason and the next step. Nothing is changed.

mod enforcement;
mod filesystems;
mod installed;
mod kernel;
mod keys;
mod line;
mod next_boot;
mod programs;

pub use line::{Line, State};

use kernel::Config;

use crate::machine::root::Root;

/// The topic of the line that says whether the machine boots if it enforces.
pub const NEXT_BOOT: &str = "next boot";

/// Looks at the running system.
#[must_use]
pub fn status(root: &Root) -> Vec<Line> {
    let config = Config::of_running_kernel(root);
    let mut lines = vec![kernel::options(&config), kernel::command_line()];
    lines.push(enforcement::enforcement());
    lines.extend(keys::keyring(root));
    lines.push(kernel::algorithms(&config));
    lines.extend(filesystems::filesystems(root));
    lines.extend([installed::hooks(root), installed::guard()]);
    lines.extend([installed::policy(root), installed::initramfs(root)]);
    lines.push(programs::programs(root));
    lines.push(next_boot::next_boot(root));
    lines
}

/// Whether enforcing now would refuse something that boots the machine.
#[must_use]
pub fn would_not_boot(lines: &[Line]) -> bool {
    let boots = |line: &Line| line.topic == NEXT_BOOT && line.state == State::Not;
    lines.iter().any(boots)
}
