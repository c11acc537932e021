//! A .deb with another signature list: everything else is copied.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::archive::{HEADER_LEN, Layout, MAGIC, Member, SIZE};
use super::{Control, DebError};
use crate::imasigs::{List, MEMBER};

/// What pads a member of odd length.
///
/// SPEC: ar.h; dpkg-deb takes any byte there, and none behind data.tar if that is the file's end.
const PADDING: &[u8] = b"\n";

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

    /// Writes the package. All but control.tar is copied byte for byte, data.tar above all; control.tar keeps its
    /// compression and its header but for the size, and all its bytes if the list is the one it has. A missing last
    /// padding is added, without which dpkg 1.23 refuses the file. The same input gives the same output.
    ///
    /// # Errors
    /// If the input cannot be read any more, or the output cannot be written.
    pub fn write(
        &self,
        input: &mut (impl Read + Seek),
        output: &mut impl Write,
        voided: Voided,
    ) -> Result<(), DebError> {
        let control = self.new_control()?;
        copy(&mut &MAGIC[..], output)?;
        for member in &self.layout.members {
            let name = member.name.as_bytes();
            let is_void = !self.is_same && name.starts_with(SIGNATURE.as_bytes());
            match &control {
                _ if is_void && voided == Voided::Drop => {}
                Some(control) if Layout::is_control(name) => {
                    let header = resized_header(input, member, control.len())?;
                    for part in [&header[..], control, &PADDING[..control.len() % 2]] {
                        copy(&mut &*part, output)?;
                    }
                }
                _ => copy_member(input, member, output)?,
            }
        }
        // What is behind the last member is none, and dpkg takes it.
        let end = self.layout.members.last().map_or(0, Member::end);
        seek(input, end)?;
        copy(input, output)?;
        output
            .flush()
            .map_err(DebError::io("cannot write the signed package"))
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

/// Header, content and padding, which may be missing at the end of the file.
fn copy_member(
    input: &mut (impl Read + Seek),
    member: &Member,
    output: &mut impl Write,
) -> Result<(), DebError> {
    let start = member.offset - HEADER_LEN;
    seek(input, start)?;
    let copied = copy(&mut input.by_ref().take(member.end() - start), output)?;
    if start + copied < member.end() {
        copy(&mut &*PADDING, output)?;
    }
    Ok(())
}

/// The header of a member, with another size in it.
fn resized_header(
    input: &mut (impl Read + Seek),
    member: &Member,
    size: usize,
) -> Result<[u8; HEADER_LEN as usize], DebError> {
    let mut header = [0; HEADER_LEN as usize];
    seek(input, member.offset - HEADER_LEN)?;
    input
        .read_exact(&mut header)
        .map_err(DebError::io("cannot read"))?;
    let width = SIZE.len();
    header[SIZE].copy_from_slice(format!("{size:<width$}").as_bytes());
    Ok(header)
}

fn seek(input: &mut impl Seek, to: u64) -> Result<(), DebError> {
    let sought = input.seek(SeekFrom::Start(to));
    sought.map(drop).map_err(DebError::io("cannot read"))
}

/// How many bytes that was.
fn copy(input: &mut impl Read, output: &mut impl Write) -> Result<u64, DebError> {
    io::copy(input, output).map_err(DebError::io("cannot write the signed package"))
}
