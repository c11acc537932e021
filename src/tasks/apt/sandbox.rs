//! The user as whom apt's methods speak with servers.

use std::fs;

use nix::unistd::{Gid, Uid};

/// How that user's line of /etc/passwd begins.
const SANDBOX_USER: &str = "_apt:";

/// That user, who has no rights: where root has apt fetch something, the folder for it is theirs, so that apt gives up its own
/// rights to fill it. From /etc/passwd itself: the helper is linked without what looks users up. None where there is no such
/// user, or where we are not root.
#[must_use]
pub fn sandbox_user() -> Option<(Uid, Gid)> {
    if !Uid::effective().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with(SANDBOX_USER))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    let (user, group) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some((Uid::from_raw(user), Gid::from_raw(group)))
}
