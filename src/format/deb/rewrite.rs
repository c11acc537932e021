//! Writes a .deb with another signature list or without one, and copies the rest.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use super::ar_header::{HEADER_LEN, NAME, unpadded};
use super::{Control, DebError, Layout, Member};
use crate::format::imasigs::{List, MEMBER};

/// The fields of an ar header that dpkg-deb does not read.
const MTIME: Range<usize> = 16..28;
const UID: Range<usize> = 28..34;
const GID: Range<usize> = 34..40;
const MODE: Range<usize> = 40..48;

/// The mode that dpkg-deb gives every member; time and owner are zero.
const DPKG_MODE: u32 = 0o100_644;

const WRITING: &str = "cannot write the package";

/// How the names of members begin that sign the package itself: debsigs' `_gpgorigin`, dpkg-sig's `_gpgbuilder`.
///
/// SPEC: debsigs(1p), and dpkg-sig(1): over debian-binary, control.tar and data.tar.
const SIGNATURE: &str = "_gpg";

/// A package, and the list that it is to be written with.
#[derive(Clone, Copy, Debug)]
pub struct Rewrite<'a> {
    layout: &'a Layout,
    control: &'a Control,
    list: Option<&'a List>,
    /// Whether the package has that very list, or none as it is to have none, so that control.tar is copied as it is.
    is_same: bool,
}

/// What to do with the members that [`Rewrite::voided`] names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voided {
    /// Copy them as they are.
    #[default]
    Keep,
    /// Leave them out.
    Drop,
}

impl<'a> Rewrite<'a> {
    /// The package with that layout and control archive, which must be of one file, and its new list; with none, the list that
    /// it has is taken out.
    #[must_use]
    pub fn new(layout: &'a Layout, control: &'a Control, list: Option<&'a List>) -> Self {
        let is_same = match list {
            Some(list) => {
                let old = control.member(MEMBER);
                old.is_some_and(|old| list.is_written_as(old))
            }
            None => !control.has_list(),
        };
        Self {
            layout,
            control,
            list,
            is_same,
        }
    }

    /// The members that sign the package as it was. They do not verify for the rewritten one; none if that is the same.
    #[must_use]
    pub fn voided(&self) -> Vec<String> {
        if self.is_same {
            return Vec::new();
        }
        let names = self.layout.members.iter().map(|member| &member.name);
        let signatures = names.filter(|name| name.starts_with(SIGNATURE));
        signatures.cloned().collect()
    }

    /// Writes the package. control.tar keeps its compression, and all its bytes if the list is the one it has. The
    /// contents of all other members, data.tar above all, are copied byte for byte, and so is all that lies behind
    /// data.tar. The same input gives the same output.
    ///
    /// Headers and padding come out as dpkg-deb writes them: a time, owner, group or mode that is no plain number
    /// becomes dpkg-deb's own (0, 0, 0, 100644), and a missing last padding is added, without which dpkg 1.23
    /// refuses the file. A name stays as it is, with a slash at its end; a space within becomes an underscore.
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
        let mut archive = ar::Builder::new(&mut *output);
        let (members, behind) = split_behind_data(&self.layout.members);
        for member in members.iter().filter(|member| self.stays(member, voided)) {
            let mut header = header(input, member)?;
            let appended = match &control {
                Some(control) if Layout::is_control(member.name.as_bytes()) => {
                    header.set_size(control.len() as u64);
                    archive.append(&header, control.as_slice())
                }
                _ => archive.append(&header, input.by_ref().take(member.size)),
            };
            appended.map_err(DebError::io(WRITING))?;
        }
        // Raw: dpkg takes any bytes there, and the crate `ar` writes not every name.
        for member in behind.iter().filter(|member| self.stays(member, voided)) {
            let start = member.offset - HEADER_LEN;
            seek(input, start)?;
            copy(&mut input.by_ref().take(member.end() - start), output)?;
        }
        // Bytes behind the last member, which are no member: dpkg takes them.
        let end = self.layout.members.last().map_or(0, Member::end);
        seek(input, end)?;
        copy(input, output)?;
        output.flush().map_err(DebError::io(WRITING))
    }

    fn stays(&self, member: &Member, voided: Voided) -> bool {
        let is_void = !self.is_same && member.name.starts_with(SIGNATURE);
        !is_void || voided == Voided::Keep
    }

    /// control.tar with the new list, compressed; none if the old one is to be copied.
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

/// The members up to data.tar, which dpkg reads, and those behind it, which it does not.
fn split_behind_data(members: &[Member]) -> (&[Member], &[Member]) {
    let is_data = |member: &Member| Layout::is_data(member.name.as_bytes());
    let data = members.iter().position(is_data);
    members.split_at(data.map_or(members.len(), |data| data + 1))
}

/// The header of a member as it is to be written. The input is left at the member's content.
fn header(input: &mut (impl Read + Seek), member: &Member) -> Result<ar::Header, DebError> {
    let mut bytes = [0; HEADER_LEN as usize];
    seek(input, member.offset - HEADER_LEN)?;
    input
        .read_exact(&mut bytes)
        .map_err(DebError::io("cannot read"))?;
    let mut header = ar::Header::new(name(&bytes[NAME]), member.size);
    header.set_mtime(number(&bytes[MTIME], 10).unwrap_or(0));
    header.set_uid(number(&bytes[UID], 10).unwrap_or(0));
    header.set_gid(number(&bytes[GID], 10).unwrap_or(0));
    header.set_mode(number(&bytes[MODE], 8).unwrap_or(DPKG_MODE));
    Ok(header)
}

/// A member's name without the spaces that pad it, and with an underscore for each space within: for such a name the
/// crate `ar` would write BSD's long form, which dpkg does not know. Only members that dpkg passes over have one.
fn name(field: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| if *byte == b' ' { b'_' } else { *byte };
    unpadded(field).iter().map(plain).collect()
}

/// The number in a field of digits, then spaces.
fn number<N: TryFrom<u64>>(field: &[u8], radix: u32) -> Option<N> {
    let digits = std::str::from_utf8(field).ok()?.trim_end_matches(' ');
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()?.try_into().ok()
}

fn seek(input: &mut impl Seek, to: u64) -> Result<(), DebError> {
    let sought = input.seek(SeekFrom::Start(to));
    sought.map(drop).map_err(DebError::io("cannot read"))
}

fn copy(input: &mut impl Read, output: &mut impl Write) -> Result<(), DebError> {
    let copied = io::copy(input, output);
    copied.map(drop).map_err(DebError::io(WRITING))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn written(field: &[u8; 48]) -> Vec<u8> {
        let bytes = [field, &b"3         `\n"[..], b"odd"].concat();
        let member = Member {
            name: String::new(),
            offset: HEADER_LEN,
            size: 3,
        };
        let mut input = Cursor::new(bytes);
        let header = header(&mut input, &member).unwrap();
        let mut archive = ar::Builder::new(Vec::new());
        archive.append(&header, input).unwrap();
        archive.into_inner().unwrap()
    }

    #[test]
    fn headers_as_dpkg_deb_writes_them() {
        for (input, output) in [
            (
                b"debian-binary   1700000000  0     0     100644  ",
                b"debian-binary   1700000000  0     0     100644  ",
            ),
            (
                b"data.tar.lzma/  999999999999999999999999100755  ",
                b"data.tar.lzma/  999999999999999999999999100755  ",
            ),
            (
                b"sixteen-letters-                                ",
                b"sixteen-letters-0           0     0     100644  ",
            ),
            (
                b"_a b c          yesterday   +1    -1    rw-r--r-",
                b"_a_b_c          0           0     0     100644  ",
            ),
            (
                b"_x\0/            \0\0\0\0\0\0\0\0\0\0\0\0 1    0x1   0000644 ",
                b"_x\0/            0           0     0     644     ",
            ),
        ] {
            let expected = [b"!<arch>\n", &output[..], b"3         `\nodd\n"].concat();
            let written = written(input);
            assert_eq!(written, expected, "{}", written.escape_ascii());
        }
    }
}
