//! Signatures of the .debs that apt is about to unpack: segments beside the store, for the guard alone. Files and not
//! memory, so that the guard of an upgrade of everything stays small.

use std::path::Path;
use std::sync::Arc;

use super::segment_file::{SegmentFile, open_segment};
use super::{Lock, STATE, Segment};
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// How they are named, followed by the id of the process that wrote them.
const PREFIX: &str = "announced.";

/// The announced segments of a machine.
#[derive(Debug)]
pub struct Announced;

impl Announced {
    /// Writes a segment, and returns its name, by which the guard finds it.
    ///
    /// # Errors
    /// If it cannot be written; nothing is left of it then.
    pub fn save(lock: &Lock, segment: &[u8]) -> Result<String, SystemError> {
        let name = format!("{PREFIX}{}", std::process::id());
        lock.folder().replace(&name, segment)?;
        Ok(name)
    }

    /// Maps the segment of that name; none if it is not there or damaged, or the name is not one of [`Self::save`].
    ///
    /// # Errors
    /// If it is there and cannot be opened.
    pub fn open(root: &Root, name: &str) -> Result<Option<Arc<Segment>>, SystemError> {
        let number = name
            .strip_prefix(PREFIX)
            .filter(|number| number.parse::<u32>().is_ok());
        let folder = root.open_folder(Path::new(STATE))?;
        match (number, folder) {
            (Some(_), Some(folder)) => match open_segment(&folder, name)? {
                SegmentFile::Segment(segment) => Ok(Some(Arc::new(segment))),
                SegmentFile::Damaged | SegmentFile::Gone => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Removes all announced segments. To be called when no guard uses them any more.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn remove_all(root: &Root) -> Result<(), SystemError> {
        let Some(folder) = root.open_folder(Path::new(STATE))? else {
            return Ok(());
        };
        for name in folder.names()? {
            let name = String::from_utf8_lossy(&name);
            if name.starts_with(PREFIX) {
                folder.remove(&name)?;
            }
        }
        Ok(())
    }
}
