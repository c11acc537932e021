//! A .deb with another signature list: everything else is copied.

use std::io::{Read, Seek, Write};

use super::archive::Layout;
use super::{Control, DebError};
use crate::imasigs::{List, MEMBER};

/// How a member's name begins that signs the package itself: debsigs' `_gpgorigin`, dpkg-sig's `_gpgbuilder`.
///
/// SPEC: debsigs(1p), and dpkg-sig(1): over debian-binary, control.tar and data.tar.
const SIGNATURE: &str = "_gpg";

/// A package that is to be written with another list.
#[derive(Clone, Copy, Debug)]
pub struct Rewrite<'a> {
    layout: &'a Layout,
    control: &'a Control,
    list: &'a List,
    /// Whether it has that very list already, so that control.tar is copied as it is.
    is_same: bool,
}

/// What becomes of the members that [`Rewrite::voided`] names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voided {
    /// They are copied as they are.
    #[default]
    Keep,
    /// They are left out.
    Drop,
}

impl<'a> Rewrite<'a> {
    /// The package of that layout and control archive, which were read from one file, with that list.
    #[must_use]
    pub fn new(layout: &'a Layout, control: &'a Control, list: &'a List) -> Self {
        let old = control.member(MEMBER);
        Self {
            layout,
            control,
            list,
            is_same: old.is_some_and(|old| list.is_written_as(old)),
        }
    }

    /// The members that sign a control.tar which the package will not have any more.
    #[must_use]
    pub fn voided(&self) -> Vec<String> {
        if self.is_same {
            return Vec::new();
        }
        let names = self.layout.members.iter().map(|member| &member.name);
        let signatures = names.filter(|name| name.starts_with(SIGNATURE));
        signatures.cloned().collect()
    }

    /// Writes the package. Every member but control.tar is copied byte for byte, data.tar above all; control.tar keeps
    /// its compression, and all its bytes if the list is the one it has. The same input gives the same output.
    ///
    /// # Errors
    /// If the input cannot be read any more, or the output cannot be written.
    pub fn write(
        &self,
        input: &mut (impl Read + Seek),
        output: &mut impl Write,
        voided: Voided,
    ) -> Result<(), DebError> {
        let read = || DebError::io("cannot read");
        let write = || DebError::io("cannot write the signed package");
        let control = self.new_control()?;
        let left_out = |name: &[u8]| {
            voided == Voided::Drop && !self.is_same && name.starts_with(SIGNATURE.as_bytes())
        };
        input.rewind().map_err(read())?;
        // The headers were all checked by `Layout::scan`, so the crate sees none that it stumbles on.
        let mut archive = ar::Archive::new(input);
        let mut builder = ar::Builder::new(output);
        while let Some(entry) = archive.next_entry() {
            let mut entry = entry.map_err(read())?;
            let header = entry.header().clone();
            let name = header.identifier();
            let written = match &control {
                _ if left_out(name) => Ok(()),
                Some(control) if Layout::is_control(name) => {
                    let header = resized(&header, control.len() as u64);
                    builder.append(&header, control.as_slice())
                }
                _ => builder.append(&header, &mut entry),
            };
            written.map_err(write())?;
        }
        let output = builder.into_inner().map_err(write())?;
        output.flush().map_err(write())
    }

    /// control.tar with the list, compressed; none if that is the one it has.
    fn new_control(&self) -> Result<Option<Vec<u8>>, DebError> {
        if self.is_same {
            return Ok(None);
        }
        let mut compressed = Vec::new();
        self.control
            .write_with(self.list, self.layout.control, &mut compressed)
            .map_err(DebError::io("cannot compress control.tar"))?;
        Ok(Some(compressed))
    }
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
