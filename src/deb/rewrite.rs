//! A .deb with another signature list: everything else is copied.

use std::io::{Read, Seek, Write};

use super::archive::Layout;
use super::{Control, DebError};
use crate::imasigs::List;

/// Writes the package with that list. Every member but control.tar is copied byte for byte,
/// data.tar above all; control.tar keeps its compression. The same input gives the same output.
///
/// `layout` and `control` must have been read from the same `input`.
///
/// # Errors
/// If the input cannot be read any more, or the output cannot be written.
pub fn with_list(
    input: &mut (impl Read + Seek),
    layout: &Layout,
    control: &Control,
    list: &List,
    output: &mut impl Write,
) -> Result<(), DebError> {
    let read = || DebError::io("cannot read");
    let write = || DebError::io("cannot write the signed package");
    let mut compressed = Vec::new();
    control
        .write_with(list, layout.control, &mut compressed)
        .map_err(DebError::io("cannot compress control.tar"))?;

    input.rewind().map_err(read())?;
    // The headers were all checked by `Layout::scan`, so the crate sees none that it stumbles on.
    let mut archive = ar::Archive::new(input);
    let mut builder = ar::Builder::new(output);
    while let Some(entry) = archive.next_entry() {
        let mut entry = entry.map_err(read())?;
        let header = entry.header().clone();
        if Layout::is_control(header.identifier()) {
            let header = resized(&header, compressed.len() as u64);
            builder
                .append(&header, compressed.as_slice())
                .map_err(write())?;
        } else {
            builder.append(&header, &mut entry).map_err(write())?;
        }
    }
    builder
        .into_inner()
        .map_err(write())?
        .flush()
        .map_err(write())
}

/// The same header for a content of another length.
fn resized(header: &ar::Header, size: u64) -> ar::Header {
    let mut resized = ar::Header::new(header.identifier().to_vec(), size);
    resized.set_mtime(header.mtime());
    resized.set_uid(header.uid());
    resized.set_gid(header.gid());
    resized.set_mode(header.mode());
    resized
}
