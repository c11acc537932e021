//! The files of segments in the state folder: their names, and mapping them.

use super::Segment;
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::sys;

/// How the store's segments are named, followed by a number.
const PREFIX: &str = "signatures.";

pub(super) fn name_of(number: u64) -> String {
    format!("{PREFIX}{number}")
}

/// The number of a segment of the store; none if it is not the name of one: a leading zero makes another name.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_prefix(PREFIX)?.parse().ok()?;
    (name_of(number) == name).then_some(number)
}

/// What is in the state folder under the name of a segment.
#[derive(Debug)]
pub(super) enum SegmentFile {
    Segment(Segment),
    /// Not a segment, or not all of one.
    Damaged,
    /// No file has that name, or no longer.
    Gone,
}

/// Maps the segment of that name, be it of the store or an announced one.
pub(super) fn open_segment(folder: &Folder, name: &str) -> Result<SegmentFile, SystemError> {
    let Some(file) = folder.open_file(name)? else {
        return Ok(SegmentFile::Gone);
    };
    let path = folder.path().join(name);
    let metadata = file.metadata().map_err(SystemError::at("stat", &path))?;
    // SPEC: mmap(2): EINVAL for a length of 0.
    if metadata.len() == 0 {
        return Ok(SegmentFile::Damaged);
    }
    let map = sys::map(&file).map_err(SystemError::at("map", &path))?;
    let segment = Segment::from_map(map);
    Ok(segment.map_or(SegmentFile::Damaged, SegmentFile::Segment))
}
