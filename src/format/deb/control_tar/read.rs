//! Reads a control.tar, header by header. [`super::members`] has what was read.

use std::io::{self, Read};
use std::ops::Range;

use super::limits::{CONTROL_MAX, MEMBERS_MAX};
use super::members::{ARCHIVE, Body, ControlEntry, ControlMember, ControlTar};
use crate::format::deb::DebError;
use crate::format::deb::block::{BLOCK, Block, Field, c_string, components, gnu_number};
use crate::format::deb::pax::Pax;
use crate::format::imasigs::{self, LIST_MAX, Parser};

const DECOMPRESSING: &str = "cannot decompress control.tar";

/// Longest name of a member without a dot. SPEC: `MAXCONTROLFILENAME`.
const NAME_MAX: usize = 100;
/// Longest name with a dot, which dpkg drops before it looks at the length. SPEC: `NAME_MAX` of the kernel.
const DOTTED_NAME_MAX: usize = 255;

const SPARSE: &str = "a sparse file, whose content lies elsewhere than it says";

impl ControlTar {
    /// Reads a decompressed archive.
    ///
    /// # Errors
    /// What tar or dpkg refuses, or what a limit forbids.
    pub(in crate::format::deb) fn read(input: impl Read) -> Result<Self, DebError> {
        let mut input = input.take(CONTROL_MAX + 1);
        let mut reader = TarReader {
            input: &mut input,
            tar: Self::default(),
            others: 0,
        };
        while let Some(entry) = reader.entry()? {
            reader.tar.enter(entry)?;
        }
        let tar = reader.tar;
        // GNU tar reads on behind the archive's end: what is damaged there fails the installation too.
        io::copy(&mut input, &mut io::sink()).map_err(DebError::io(DECOMPRESSING))?;
        if input.limit() == 0 {
            return Err(DebError::ControlTooLarge(CONTROL_MAX));
        }
        tar.ensure_installable()?;
        Ok(tar)
    }
}

/// What GNU records and PAX headers before an entry say of it, in place of its header.
#[derive(Default)]
struct Overrides {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Pax,
}

struct TarReader<R> {
    input: R,
    tar: ControlTar,
    /// Bytes so far that are not the signature list's content.
    others: u64,
}

impl<R: Read> TarReader<R> {
    /// The next entry; none at the end.
    fn entry(&mut self) -> Result<Option<ControlEntry>, DebError> {
        let start = self.tar.bytes.len();
        let mut overrides = Overrides::default();
        while let Some(block) = self.header()? {
            let refuse = |what| DebError::tar(ARCHIVE, &block.name(), what);
            let size = || {
                let size = gnu_number(block.field(Field::Size));
                size.and_then(|size| u64::try_from(size).ok())
                    .ok_or_else(|| refuse("a size that tar does not take"))
            };
            match block.kind() {
                b'L' => overrides.name = Some(self.long_name(size()?)?),
                b'K' => overrides.link = Some(self.long_name(size()?)?),
                b'x' | b'X' => {
                    let records = self.content(&block.name(), size()?)?;
                    overrides.pax = Pax::parse(&self.tar.bytes[records]).map_err(refuse)?;
                }
                b'g' => {
                    let records = self.content(&block.name(), size()?)?;
                    let global = Pax::parse(&self.tar.bytes[records]).map_err(refuse)?;
                    if global.is_about_members() {
                        return Err(refuse("a PAX header that renames all members behind it"));
                    }
                }
                _ => {
                    let size = overrides.pax.size.map_or_else(size, Ok)?;
                    let member = self.member(&block, overrides, size)?;
                    let whole = start..self.tar.bytes.len();
                    return Ok(Some(ControlEntry { whole, member }));
                }
            }
        }
        self.tar.bytes.truncate(start);
        Ok(None)
    }

    /// The next header; none at the end: a block of zeroes, or less than a block.
    fn header(&mut self) -> Result<Option<Block>, DebError> {
        let block = Block::read(&mut self.input).map_err(DebError::io(DECOMPRESSING))?;
        let Some(block) = block.ok().filter(|block| !block.is_zero()) else {
            return Ok(None);
        };
        let checksum = gnu_number(block.field(Field::Checksum));
        if ![block.sum(), block.signed_sum()]
            .map(Some)
            .contains(&checksum)
        {
            let what = "a header whose checksum is wrong";
            return Err(DebError::tar(ARCHIVE, &block.name(), what));
        }
        self.count(BLOCK as u64)?;
        self.tar.bytes.extend_from_slice(block.bytes());
        Ok(Some(block))
    }

    /// Reads the member that a header begins; none for the archive's root and the label of a volume.
    fn member(
        &mut self,
        block: &Block,
        overrides: Overrides,
        size: u64,
    ) -> Result<Option<ControlMember>, DebError> {
        let Overrides { name, link, pax } = overrides;
        let path = pax.name.or(name).unwrap_or_else(|| block.name());
        let link = pax.link.or(link);
        let link = link.unwrap_or_else(|| block.link().to_vec());
        let refuse = |what| DebError::tar(ARCHIVE, &path, what);
        let mtime = ensure_sound(block).map_err(refuse)?;
        if block.kind() == b'V' {
            self.content(&path, size)?;
            return Ok(None);
        }
        if pax.sparse {
            return Err(refuse(SPARSE));
        }
        let Some(name) = member_name(block.kind(), &path).map_err(refuse)? else {
            return Ok(None);
        };
        let body = match block.kind() {
            b'1' => Body::HardLink(self.tar.hard_linked(&link).map_err(refuse)?),
            b'2' if link.is_empty() => return Err(refuse("a link to nothing")),
            b'2' => Body::Symlink(link),
            b'3' | b'4' | b'6' => return Err(refuse("a device or pipe, which is no control file")),
            b'M' => return Err(refuse("a part of a file, which tar does not take")),
            b'S' => return Err(refuse(SPARSE)),
            // SPEC: to GNU tar an entry of a type that it does not know is a regular file.
            _ => Body::File(self.content(name, size)?),
        };
        let name = name.to_vec();
        Ok(Some(ControlMember { name, body, mtime }))
    }

    /// Reads the name, or the link, that a GNU record holds: up to a NUL, if it has one.
    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, DebError> {
        let content = self.content(b"././@LongLink", size)?;
        Ok(c_string(&self.tar.bytes[content]).to_vec())
    }

    /// Reads content and padding. Returns the range of the content in the archive.
    fn content(&mut self, name: &[u8], size: u64) -> Result<Range<usize>, DebError> {
        let start = self.tar.bytes.len();
        let is_list = name == imasigs::MEMBER.as_bytes();
        if !is_list {
            self.count(size)?;
        } else if size > LIST_MAX {
            return Err(DebError::ControlTooLarge(CONTROL_MAX));
        }
        let padded = size.next_multiple_of(BLOCK as u64);
        self.append(padded.min(BLOCK as u64))?;
        if is_list {
            // SECURITY: before all of it is read, so that no memory is taken for what does not begin as a list.
            Parser::new(&self.tar.bytes[start..])?;
        }
        self.append(padded.saturating_sub(BLOCK as u64))?;
        let length = (self.tar.bytes.len() - start) as u64;
        if length != padded {
            return Err(DebError::tar(ARCHIVE, name, "cut off"));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(start..start.saturating_add(size))
    }

    fn append(&mut self, length: u64) -> Result<(), DebError> {
        let mut input = self.input.by_ref().take(length);
        let read = input.read_to_end(&mut self.tar.bytes);
        read.map(drop).map_err(DebError::io(DECOMPRESSING))
    }

    /// SECURITY: called before so many bytes are read, so that a size is refused before its memory is taken.
    fn count(&mut self, size: u64) -> Result<(), DebError> {
        self.others = self.others.saturating_add(size);
        if self.others > MEMBERS_MAX {
            return Err(DebError::MembersTooLarge(MEMBERS_MAX));
        }
        Ok(())
    }
}

/// Checks what tar checks of an entry's header. Returns the modification time.
fn ensure_sound(block: &Block) -> Result<u64, &'static str> {
    let number = |field| gnu_number(block.field(field));
    number(Field::Mode).ok_or("a mode that tar does not take")?;
    let mtime = number(Field::Mtime).ok_or("a time that tar does not take")?;
    let [user, group] = block.has_names();
    if !user && number(Field::Uid).is_none() || !group && number(Field::Gid).is_none() {
        return Err("an owner that tar does not take");
    }
    Ok(u64::try_from(mtime).unwrap_or(0))
}

/// Whether it is a folder: by its type, or, in archives older than POSIX, by a slash at the end of its name.
fn is_folder(kind: u8, path: &[u8]) -> bool {
    match kind {
        b'5' | b'D' => true,
        b'1'..=b'4' | b'6' => false,
        _ => path.ends_with(b"/"),
    }
}

/// The name of the member at a path; none for the archive's root, which is a folder.
fn member_name(kind: u8, path: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let mut parts = components(path);
    let name = match (parts.next(), parts.next(), is_folder(kind, path)) {
        (None, _, true) => return Ok(None),
        (Some(name), None, false) => name,
        _ => return Err("a folder, which dpkg does not take there"),
    };
    let max = if name.contains(&b'.') {
        DOTTED_NAME_MAX
    } else {
        NAME_MAX
    };
    if name.len() > max || name == b".." {
        return Err("a member name that dpkg does not take");
    }
    Ok(Some(name))
}
