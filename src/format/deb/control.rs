//! control.tar: small, so it is held whole; members are found in it, and one can be replaced.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use tar::{EntryType, Header};

use super::block::BLOCK;
use super::control_tar::ControlTar;
use super::{Compression, DebError, Layout};
use crate::format::deb822::Paragraph;
use crate::format::imasigs::{self, List, Parser};
use crate::format::text::Text;

/// The members that are executed, by dpkg or by debconf.
pub const SCRIPTS: [&str; 5] = ["config", "postinst", "postrm", "preinst", "prerm"];

/// Latest time that eleven octal digits can say, in seconds: the year 2242.
const MTIME_MAX: u64 = (1 << 33) - 1;
/// GNU tar pads an archive to a record of twenty blocks.
const RECORD: u64 = 20 * BLOCK as u64;

/// A control archive, decompressed.
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
        let member = layout.control_member()?;
        file.seek(SeekFrom::Start(member.offset))
            .map_err(DebError::io("cannot read"))?;
        let input = BufReader::new(file.take(member.size));
        let decoder = layout.control.decoder(input);
        let decoder = decoder.map_err(DebError::io("cannot decompress control.tar"))?;
        let tar = ControlTar::read(decoder)?;
        Ok(Self { tar })
    }

    /// The content of a member; if that is a link, of the file it leads to. None also for a link that leads
    /// out of the archive: it is the machine's, not the package's, what is there.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        self.tar.member(name.as_bytes())
    }

    /// A one-line field of the member `control`, such as `Package`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Text> {
        Paragraph::new(self.member("control")?).field(name)
    }

    /// The package's signature list, if it has one.
    ///
    /// # Errors
    /// [`DebError::List`] if that is not well-formed.
    pub fn list(&self) -> Result<Option<List>, DebError> {
        let list = self.member(imasigs::MEMBER).map(List::read_from);
        Ok(list.transpose()?)
    }

    /// The entries of the list, none of which is held; none if it has no list.
    ///
    /// # Errors
    /// [`DebError::List`] if that does not begin as one; what is wrong further on comes as an entry.
    pub fn entries(&self) -> Result<Option<Parser<&[u8]>>, DebError> {
        let list = self.member(imasigs::MEMBER).map(Parser::new);
        Ok(list.transpose()?)
    }

    /// Writes the archive with that list in place of the one it had, or added as the last member.
    /// Every other member keeps its bytes; the list gets the latest of their times, and root as owner.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_with(
        &self,
        list: &List,
        compression: Compression,
        output: impl Write,
    ) -> io::Result<()> {
        compression.compress(output, |out| {
            let mut written = 0;
            for entry in self.tar.all_but_list() {
                out.write_all(entry)?;
                written += entry.len() as u64;
            }
            written += write_list_member(list, self.tar.mtime(), out)?;
            // Two blocks of zeroes end the archive.
            let end = (written + 2 * BLOCK as u64).next_multiple_of(RECORD);
            io::copy(&mut io::repeat(0).take(end - written), out).map(drop)
        })
    }
}

/// Header, content and padding of the list; returns how many bytes that was.
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
