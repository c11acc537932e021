//! Keeps owner, group, mode and access control list of a file that another one replaces.
//!
//! Those who could read the package before can read it afterwards, and nobody else. Attributes about the old content,
//! such as a label or a checksum, are not kept, and neither are its times.

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use nix::libc::{ENODATA, EOPNOTSUPP, O_NOFOLLOW, O_NONBLOCK};
use xattr::FileExt;

use super::error::SignError;
use crate::machine::error::SystemError;

/// SPEC: acl(5): the access ACL, in the form in which the kernel hands it out.
const ACL: &str = "system.posix_acl_access";
const PERMISSIONS: u32 = 0o7777;
/// Set-user-ID. It is kept only with the owner.
const SET_USER_ID: u32 = 0o4000;

/// Whether the owner of a file stayed when it was replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// The owner is the same, or no file was replaced.
    #[default]
    Kept,
    /// The signer is the owner now: only root can give files away.
    Lost,
}

/// A regular file that is about to be replaced.
#[derive(Debug)]
pub(super) struct Replaced {
    device: u64,
    inode: u64,
    /// The number of its hard links.
    names: u64,
    owner: u32,
    group: u32,
    mode: u32,
    acl: Option<Vec<u8>>,
}

impl Replaced {
    /// Examines the file at `place`; none if that is no regular file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) fn at(place: &Path) -> Result<Option<Self>, SystemError> {
        match place.symlink_metadata() {
            Ok(there) if there.is_file() => {}
            _ => return Ok(None),
        }
        let error = || SystemError::at("open", place);
        let file = File::options()
            .read(true)
            .custom_flags(O_NOFOLLOW | O_NONBLOCK)
            .open(place)
            .map_err(error())?;
        Ok(Some(Self::of(&file).map_err(error())?))
    }

    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            names: metadata.nlink(),
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & PERMISSIONS,
            acl: without_unsupported(file.get_xattr(ACL))?.flatten(),
        })
    }

    /// Whether it is that file, and has other hard links, which keep the old content.
    pub(super) fn has_other_names(&self, file: &Metadata) -> bool {
        self.names > 1 && (file.dev(), file.ino()) == (self.device, self.inode)
    }

    /// Whether it is still at `place`.
    pub(super) fn is_at(&self, place: &Path) -> bool {
        let same = |there: Metadata| (there.dev(), there.ino()) == (self.device, self.inode);
        place.symlink_metadata().is_ok_and(same)
    }

    /// Gives a new file, which only its owner can read so far, the owner, group, mode and list of this one.
    ///
    /// # Errors
    /// If the group, the mode or the list cannot be given. Where only the owner cannot, the result says so.
    pub(super) fn give_to(&self, file: &File, place: &Path) -> Result<Ownership, SignError> {
        let ownership = self.give_away(file).map_err(|source| SignError::Group {
            group: self.group,
            source,
        })?;
        let mode = match ownership {
            Ownership::Kept => self.mode,
            Ownership::Lost => self.mode & !SET_USER_ID,
        };
        self.permit(file, mode)
            .map_err(SystemError::at("set the permissions of", place))?;
        Ok(ownership)
    }

    fn give_away(&self, file: &File) -> io::Result<Ownership> {
        let new = file.metadata()?;
        if (new.uid(), new.gid()) == (self.owner, self.group) {
            return Ok(Ownership::Kept);
        }
        match fchown(file, Some(self.owner), Some(self.group)) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            done => return done.map(|()| Ownership::Kept),
        }
        if new.gid() != self.group {
            fchown(file, None, Some(self.group))?;
        }
        Ok(if new.uid() == self.owner {
            Ownership::Kept
        } else {
            Ownership::Lost
        })
    }

    /// Comes after the owner: chown(2) clears the set-user-ID and set-group-ID bits.
    fn permit(&self, file: &File, mode: u32) -> io::Result<()> {
        // SECURITY: the new file has its folder's default list, whose entries would come into force with the mode.
        without_unsupported(file.remove_xattr(ACL))?;
        file.set_permissions(Permissions::from_mode(mode))?;
        match &self.acl {
            Some(acl) => file.set_xattr(ACL, acl),
            None => Ok(()),
        }
    }
}

/// None if the file has no such attribute, or its filesystem no attributes.
fn without_unsupported<T>(answer: io::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.raw_os_error(), Some(ENODATA | EOPNOTSUPP)) => Ok(None),
        Err(error) => Err(error),
    }
}
