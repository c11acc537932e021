//! The control archive: its members, the signature list among them, and how it is written with another list.

use std::io::{self, BufReader, Read, Seek, Write};

use tar::{EntryType, Header};

use super::block::BLOCK;
use super::control_tar::ControlTar;
use super::{Compression, DebError, Layout};
use crate::format::deb822::Paragraph;
use crate::format::imasigs::{self, List, Parser};
use crate::format::text::Text;

/// The members that dpkg or debconf executes.
pub const SCRIPTS: [&str; 5] = ["config", "postinst", "postrm", "preinst", "prerm"];

/// Latest time that eleven octal digits can say, in seconds: the year 2242.
const MTIME_MAX: u64 = (1 << 33) - 1;
/// GNU tar pads an archive to a record of twenty blocks.
const RECORD: u64 = 20 * BLOCK as u64;

/// A control archive, decompressed and held whole.
#[derive(Clone, Debug)]
pub struct Control {
    tar: ControlTar,
}

impl Control {
    /// Reads the control archive of a .deb that was scanned.
    ///
    /// # Errors
    /// If it cannot be decompressed, is over a limit such as [`super::CONTROL_MAX`], or holds what dpkg
    /// refuses.
    pub fn read(file: &mut (impl Read + Seek), layout: &Layout) -> Result<Self, DebError> {
        let content = layout.control_member()?.content(file)?;
        let decoder = layout.control.decoder(BufReader::new(content));
        let decoder = decoder.map_err(DebError::io("cannot decompress control.tar"))?;
        let tar = ControlTar::read(decoder)?;
        Ok(Self { tar })
    }

    /// The content of a member; if that is a link, of the file it leads to. None if there is no such member, or if it
    /// is a link out of the archive: what is there belongs to the machine, not to the package.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        self.tar.member(name.as_bytes())
    }

    /// The value of a field of the member `control`, such as `Package`, if that is on one line.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Text> {
        Paragraph::new(self.member("control")?).field(name)
    }

    /// The package's signature list; none if it has none.
    ///
    /// # Errors
    /// [`DebError::List`] if it is not well-formed.
    pub fn list(&self) -> Result<Option<List>, DebError> {
        let list = self.member(imasigs::MEMBER).map(List::read_from);
        Ok(list.transpose()?)
    }

    /// The entries of the signature list, one by one, so that they need not be held; none if there is no list.
    ///
    /// # Errors
    /// [`DebError::List`] if it does not begin as a list. A mistake further on is an item of the iterator.
    pub fn entries(&self) -> Result<Option<Parser<&[u8]>>, DebError> {
        let list = self.member(imasigs::MEMBER).map(Parser::new);
        Ok(list.transpose()?)
    }

    /// Whether there is a signature list, well-formed or not.
    #[must_use]
    pub fn has_list(&self) -> bool {
        self.tar.has_list()
    }

    /// Writes the archive with that list as its last member, in place of the one it had; or without any. Every other member
    /// keeps its bytes; the list gets the latest of their times, and root as owner.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_with(
        &self,
        list: Option<&List>,
        compression: Compression,
        output: impl Write,
    ) -> io::Result<()> {
        compression.compress(output, |out| {
            let mut written = 0;
            for entry in self.tar.all_but_list() {
                out.write_all(entry)?;
                written += entry.len() as u64;
            }
            if let Some(list) = list {
                written += write_list_member(list, self.tar.mtime(), out)?;
            }
            // Two blocks of zeroes end the archive.
            let end = (written + 2 * BLOCK as u64).next_multiple_of(RECORD);
            io::copy(&mut io::repeat(0).take(end - written), out).map(drop)
        })
    }
}

/// Writes header, content and padding of the list. Returns how many bytes that was.
fn write_list_member(list: &List, mtime: u64, out: &mut dyn Write) -> io::Result<u64> {
    let size = list.written_len();
    out.write_all(list_header(size, mtime)?.as_bytes())?;
    let mut out = out;
    list.write_to(&mut out)?;
    let padded = size.next_multiple_of(BLOCK as u64);
    io::copy(&mut io::repeat(0).take(padded - size), &mut out)?;
    Ok(BLOCK as u64 + padded)
}

/// The header of the list, in GNU's dialect like those that dpkg-deb writes.
fn list_header(size: u64, mtime: u64) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    // `Header::set_path` would leave out the `./`.
    let path = format!("./{}", imasigs::MEMBER);
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_size(size);
    header.set_mtime(mtime.min(MTIME_MAX));
    header.set_cksum();
    Ok(header)
}

#[cfg(test)]
mod tests;
