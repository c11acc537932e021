//! All questions, in their order.

use super::enforcement::enforcement;
use super::filesystems::filesystems;
use super::installed;
use super::kernel::{self, KernelConfig};
use super::keys::keyring;
use super::line::StatusLine;
use super::next_boot::next_boot;
use super::programs::programs;
use super::revoked::revoked;
use super::scripts::scripts;
use crate::keys::signing::system_keys;
use crate::machine::root::Root;

/// Examines the running system, whose root is given.
#[must_use]
pub fn status(root: &Root) -> Vec<StatusLine> {
    let config = KernelConfig::of_running_kernel(root);
    let mut lines = vec![kernel::options(&config), kernel::command_line()];
    lines.push(enforcement(root));
    lines.extend(keyring(root));
    lines.extend(revoked(root));
    lines.push(kernel::algorithms(&config));
    lines.extend(filesystems(root));
    lines.extend([installed::hooks(root), installed::guard()]);
    lines.extend([installed::policy(root), installed::initramfs(root)]);
    let held = system_keys(root);
    lines.extend([programs(root, &held), next_boot(root, &held), scripts()]);
    lines
}
