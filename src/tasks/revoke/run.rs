//! The order of writes.

use nix::unistd::sync;

use super::aside::put_aside;
use super::named::{NamedKey, RevokeError};
use super::survey::{Depth, Survey, survey};
use crate::dpkg::DatabaseLock;
use crate::guard::{Request, request};
use crate::keys::held::HeldKeys;
use crate::keys::ima_keyring::{Unloaded, unload};
use crate::keys::signing::system_keys;
use crate::labelling::Labeller;
use crate::machine::root::Root;
use crate::signatures::{Store, all_in_memory};

/// A key about to be revoked. dpkg does not start meanwhile.
pub struct Revocation<'a> {
    root: &'a Root,
    key: NamedKey,
    held: HeldKeys,
    store: Store,
    _lock: Option<DatabaseLock>,
}

/// A key that is revoked.
#[derive(Debug)]
pub struct Revoked {
    /// What became of its files.
    pub survey: Survey,
    /// Whether the kernel has let it go; none for a system that is not running.
    pub kernel: Option<Unloaded>,
}

impl<'a> Revocation<'a> {
    /// Reads what signatures are known. With `writes`, dpkg's lock is taken.
    ///
    /// # Errors
    /// If dpkg is running, or its database cannot be read.
    pub fn prepare(root: &'a Root, key: NamedKey, writes: bool) -> Result<Self, RevokeError> {
        let lock = match writes {
            true => DatabaseLock::take(root)?,
            false => None,
        };
        let held = system_keys(root).revoking([key.id]);
        let store = all_in_memory(root, &held)?;
        Ok(Self {
            root,
            key,
            held,
            store,
            _lock: lock,
        })
    }

    /// What would become of the files; nothing is written.
    ///
    /// # Errors
    /// If the root cannot be read.
    pub fn plan(&self) -> Result<Survey, RevokeError> {
        self.walk(Depth::Look)
    }

    /// Revokes the key. Files that could not be written are among the failures; the same command tries them again.
    ///
    /// # Errors
    /// If a step could not be done; what was done before stays, and the same command goes on from there.
    pub fn carry_out(&self) -> Result<Revoked, RevokeError> {
        let replaced = self.walk(Depth::Replace)?.replaced;
        sync();
        put_aside(self.root, &self.key)?;
        // Before a label goes: a guard that does not know would write it again at the next open.
        self.tell_guard();
        let mut survey = self.walk(Depth::Strip)?;
        sync();
        survey.replaced += replaced;
        let is_running = self.root.is_running_system();
        let kernel = is_running.then(|| unload(self.key.id)).transpose()?;
        self.tell_guard();
        Ok(Revoked { survey, kernel })
    }

    /// Has a guard read anew which keys are held.
    fn tell_guard(&self) {
        let is_running = self.root.is_running_system();
        let told = is_running.then(|| request(&Request::StoreChanged));
        if let Some(Err(error)) = told {
            log::debug!("{error}"); // Without a guard there is no one to tell.
        }
    }

    fn walk(&self, depth: Depth) -> Result<Survey, RevokeError> {
        let (store, held) = (&self.store, &self.held);
        survey(self.root, self.key.id, Labeller { store, held }, depth)
    }
}
