//! The entries of data.tar, read from its blocks as dpkg does.
//!
//! SPEC: `tar_header_decode`, `tar_gnu_long` and `tar_extractor` in `lib/dpkg/tarfn.c`.

use std::io::{self, Read};

use super::DebError;
use super::block::{BLOCK, Block, Field, c_string, dpkg_number, octal_number};
use crate::format::imasigs::escaped;

/// The archive's name in messages.
pub(super) const ARCHIVE: &str = "data.tar";
pub(super) const DECOMPRESSING: &str = "cannot decompress data.tar";

/// Longest name and link that are read, in bytes. SPEC: `PATH_MAX`; the kernel makes no longer ones.
const LONG_MAX: usize = 4096;

/// Longest GNU record, in bytes. SPEC: `tar_gnu_long` counts in an `int`: of a longer one it reads nothing, or a part.
const RECORD_MAX: u64 = i32::MAX as u64;

/// The header of an entry, with the long name and link that GNU records before it gave.
pub(super) struct DataEntry {
    pub(super) kind: DataEntryType,
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    /// Permission bits, with setuid and setgid.
    pub(super) mode: u32,
    /// Length of its content in bytes: 0 for everything but a file, whatever the header says.
    pub(super) size: u64,
}

/// The type of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DataEntryType {
    File,
    HardLink,
    Symlink,
    /// A device or pipe.
    Device,
    Folder,
}

/// Reads the entries in their order.
pub(super) struct DataEntries<R> {
    input: R,
}

impl<R: Read> DataEntries<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input }
    }

    /// The input, from behind the last entry.
    pub(super) fn into_inner(self) -> R {
        self.input
    }

    /// The next entry; none at the end. To dpkg the end is a header that is not well-formed and has no name, such
    /// as zeroes, or the end of the input between two blocks.
    pub(super) fn next(&mut self) -> Result<Option<DataEntry>, DebError> {
        let (mut long_name, mut long_link) = (None, None);
        while let Some(block) = self.block()? {
            let name = block.name();
            let size = match ensure_sound(&block) {
                Ok(size) => size,
                Err(_) if name.is_empty() => return Ok(None),
                Err(what) => return Err(DebError::tar(ARCHIVE, &name, what)),
            };
            match block.kind() {
                _ if name.is_empty() => return Err(unnamed()),
                b'L' | b'K' if size > RECORD_MAX => {
                    let what = "a long name of a size that dpkg does not take";
                    return Err(DebError::tar(ARCHIVE, &name, what));
                }
                b'L' => long_name = Some(self.long(size)?),
                b'K' => long_link = Some(self.long(size)?),
                _ => {
                    let name = long_name.unwrap_or(name);
                    let link = long_link.unwrap_or_else(|| block.link().to_vec());
                    return entry(&block, name, link, size).map(Some);
                }
            }
        }
        Ok(None)
    }

    /// The content of the entry that was just read. [`ContentReader::finish`] must be called before the next
    /// [`Self::next`].
    pub(super) fn content<'a>(&'a mut self, entry: &'a DataEntry) -> ContentReader<'a, R> {
        ContentReader {
            input: &mut self.input,
            name: &entry.name,
            left: entry.size,
            padding: entry.size.next_multiple_of(BLOCK as u64) - entry.size,
        }
    }

    fn block(&mut self) -> Result<Option<Block>, DebError> {
        match Block::read(&mut self.input).map_err(DebError::io(DECOMPRESSING))? {
            Ok(block) => Ok(Some(block)),
            Err(0) => Ok(None),
            Err(_) => Err(DebError::tar(ARCHIVE, b"", "cut off within a header")),
        }
    }

    /// Reads the name that a GNU record holds: up to a NUL, if it has one. The record may be of any size; no more is
    /// held of it than a name may have.
    fn long(&mut self, size: u64) -> Result<Vec<u8>, DebError> {
        let mut name = Vec::new();
        for _ in 0..size.div_ceil(BLOCK as u64) {
            let Some(block) = self.block()? else { break };
            if name.len() <= LONG_MAX {
                name.extend_from_slice(block.bytes());
            }
        }
        name.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let name = c_string(&name);
        if name.len() > LONG_MAX {
            let what = format!("a name of more than {LONG_MAX} bytes");
            return Err(DebError::tar(ARCHIVE, &name[..64], what));
        }
        Ok(name.to_vec())
    }
}

/// Checks what dpkg checks of every header. Returns the size that it states.
fn ensure_sound(block: &Block) -> Result<u64, &'static str> {
    let number = |field| dpkg_number(block.field(field));
    let id = |field| number(field).and_then(|id| u32::try_from(id).ok());
    let size = number(Field::Size).and_then(|size| u64::try_from(size).ok());
    let size = size.ok_or("a size that dpkg does not take")?;
    number(Field::Mtime).ok_or("a time that dpkg does not take")?;
    id(Field::Uid).ok_or("an owner that dpkg does not take")?;
    id(Field::Gid).ok_or("a group that dpkg does not take")?;
    if octal_number(block.field(Field::Checksum)) != Some(block.sum()) {
        return Err("a header whose checksum is wrong");
    }
    Ok(size)
}

fn entry(block: &Block, name: Vec<u8>, link: Vec<u8>, size: u64) -> Result<DataEntry, DebError> {
    if name.is_empty() {
        return Err(unnamed());
    }
    let kind = match block.kind() {
        0 | b'0' => DataEntryType::File,
        b'1' => DataEntryType::HardLink,
        b'2' => DataEntryType::Symlink,
        b'3' | b'4' | b'6' => DataEntryType::Device,
        b'5' => DataEntryType::Folder,
        b'x' | b'g' => {
            let what = "a PAX header, which dpkg does not take";
            return Err(DebError::tar(ARCHIVE, &name, what));
        }
        other => {
            let what = format!(
                "an entry of type '{}', which dpkg does not take",
                other.escape_ascii()
            );
            return Err(DebError::tar(ARCHIVE, &name, what));
        }
    };
    // dpkg takes a mode that is no number for 0. Of one that does not fit, every bit is assumed.
    let mode = dpkg_number(block.field(Field::Mode)).unwrap_or(0);
    Ok(DataEntry {
        kind,
        name,
        link,
        mode: u32::try_from(mode).unwrap_or(u32::MAX) & 0o7777,
        size: if kind == DataEntryType::File { size } else { 0 },
    })
}

fn unnamed() -> DebError {
    DebError::tar(ARCHIVE, b"", "an entry without a name")
}

/// Reads the content of a file. If the archive ends before the content does, that is an error.
pub(super) struct ContentReader<'a, R> {
    input: &'a mut R,
    name: &'a [u8],
    left: u64,
    padding: u64,
}

impl<R: Read> Read for ContentReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.take(self.left).read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            let what = format!("'{}' is cut off", escaped(self.name));
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

impl<R: Read> ContentReader<'_, R> {
    /// Reads on to the next header: the rest of the content and its padding.
    pub(super) fn finish(mut self) -> Result<(), DebError> {
        io::copy(&mut self, &mut io::sink()).map_err(DebError::io(DECOMPRESSING))?;
        self.left = std::mem::take(&mut self.padding);
        io::copy(&mut self, &mut io::sink()).map_err(DebError::io(DECOMPRESSING))?;
        Ok(())
    }
}
