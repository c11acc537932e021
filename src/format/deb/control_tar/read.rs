//! The members of control.tar, as GNU tar unpacks them and dpkg then takes them.
//!
//! SPEC: dpkg-deb runs `tar -x` (`extracthalf`); dpkg opens every member (`dir_sync_contents`) and moves it
//! to its database (`pkg_infodb_update`). GNU tar: list.c and extract.c.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;

use super::DebError;
use super::block::{BLOCK, Block, Field, components, gnu_number, text};
use super::pax::Pax;
use crate::format::imasigs::{self, LIST_MAX, Reader};

/// Most bytes of everything but the signature list, headers counted in. The largest there is, md5sums,
/// has about 100 bytes a file of the package.
pub const MEMBERS_MAX: u64 = 32 << 20;

/// Largest control.tar that we read, decompressed, in bytes: the longest list, and everything else.
pub const CONTROL_MAX: u64 = LIST_MAX + MEMBERS_MAX;

/// Most entries; Debian's packages have about ten.
const ENTRIES_MAX: usize = 4096;

/// SPEC: `MAXCONTROLFILENAME`; a name with a dot is dropped before that is looked at.
const NAME_MAX: usize = 100;
/// SPEC: `NAME_MAX` of the kernel.
const DOTTED_NAME_MAX: usize = 255;

/// SPEC: `MAXSYMLINKS` of the kernel.
const LINKS_MAX: usize = 40;

/// For messages.
pub(super) const ARCHIVE: &str = "control.tar";
const DOING: &str = "cannot decompress control.tar";

/// A control archive that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct ControlTar {
    tar: Vec<u8>,
    entries: Vec<Entry>,
    /// Where each member is among the entries.
    names: HashMap<Vec<u8>, usize>,
}

/// A stretch of the archive: headers, content and padding of one entry.
#[derive(Clone, Debug)]
struct Entry {
    whole: Range<usize>,
    /// None for the archive's root, or the label of a volume.
    member: Option<Member>,
}

#[derive(Clone, Debug)]
struct Member {
    name: Vec<u8>,
    body: Body,
    mtime: u64,
}

/// What a member is.
#[derive(Clone, Debug)]
enum Body {
    File(Range<usize>),
    /// Of the entry with that number.
    HardLink(usize),
    Symlink(Vec<u8>),
}

/// Where a member leads in the end.
enum Target {
    Content(Range<usize>),
    /// Out of the archive, to something of the machine.
    Outside,
}

impl ControlTar {
    /// Reads a decompressed archive.
    ///
    /// # Errors
    /// What tar or dpkg refuses, or what a limit forbids.
    pub(super) fn read(input: impl Read) -> Result<Self, DebError> {
        let mut input = input.take(CONTROL_MAX + 1);
        let mut reader = TarReader {
            input: &mut input,
            read: Self::default(),
            others: 0,
        };
        while let Some(entry) = reader.entry()? {
            reader.enter(entry)?;
        }
        let read = reader.read;
        // tar reads on to the end, so that what is damaged behind its own end is noticed.
        std::io::copy(&mut input, &mut std::io::sink()).map_err(DebError::io(DOING))?;
        if input.limit() == 0 {
            return Err(DebError::ControlTooLarge(CONTROL_MAX));
        }
        read.ensure_links_lead_somewhere()?;
        if read.member(b"control").is_none() {
            return Err(DebError::Missing("control"));
        }
        Ok(read)
    }

    /// The content of the file that a member is or, being a link, leads to; none if it leads out of the archive.
    pub(super) fn member(&self, name: &[u8]) -> Option<&[u8]> {
        match self.target(*self.names.get(name)?) {
            Ok(Target::Content(content)) => Some(&self.tar[content]),
            Ok(Target::Outside) | Err(_) => None,
        }
    }

    /// All entries but the list, as they are.
    pub(super) fn all_but_list(&self) -> impl Iterator<Item = &[u8]> {
        let others = self.entries.iter().filter(|entry| !entry.is_list());
        others.map(|entry| &self.tar[entry.whole.clone()])
    }

    /// The latest modification time of any member but the list.
    pub(super) fn mtime(&self) -> u64 {
        let others = self.entries.iter().filter(|entry| !entry.is_list());
        let members = others.filter_map(|entry| entry.member.as_ref());
        members.map(|member| member.mtime).max().unwrap_or(0)
    }

    /// SPEC: path_resolution(7), in a folder that holds nothing but the members.
    fn target(&self, mut number: usize) -> Result<Target, &'static str> {
        let mut links = 0;
        loop {
            let member = self.entries.get(number).and_then(|it| it.member.as_ref());
            match &member.ok_or("a link to nothing")?.body {
                Body::File(content) => return Ok(Target::Content(content.clone())),
                Body::HardLink(of) => number = *of,
                Body::Symlink(_) if links == LINKS_MAX => return Err("a link in a circle"),
                Body::Symlink(path) => {
                    links += 1;
                    let mut parts = components(path);
                    if path.starts_with(b"/") || components(path).any(|part| part == b"..") {
                        return Ok(Target::Outside);
                    }
                    number = match (parts.next(), parts.next()) {
                        (Some(name), None) if !path.ends_with(b"/") => {
                            *self.names.get(name).ok_or("a link to nothing")?
                        }
                        _ => return Err("a link to nothing"),
                    };
                }
            }
        }
    }

    /// dpkg opens every member, so that a link to nothing ends the installation.
    fn ensure_links_lead_somewhere(&self) -> Result<(), DebError> {
        for (number, entry) in self.entries.iter().enumerate() {
            if let Some(member) = &entry.member {
                self.target(number)
                    .map_err(|what| DebError::tar(ARCHIVE, &member.name, what))?;
            }
        }
        Ok(())
    }
}

impl Entry {
    fn is_list(&self) -> bool {
        let member = self.member.as_ref();
        member.is_some_and(|member| member.name == imasigs::MEMBER.as_bytes())
    }
}

/// What comes before the header of an entry, and changes it.
#[derive(Default)]
struct Over {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Pax,
}

struct TarReader<R> {
    input: R,
    read: ControlTar,
    /// Bytes that are not the list's content.
    others: u64,
}

impl<R: Read> TarReader<R> {
    /// The next entry; none at the end.
    fn entry(&mut self) -> Result<Option<Entry>, DebError> {
        let start = self.read.tar.len();
        let mut over = Over::default();
        while let Some(block) = self.header()? {
            let refuse = |what| DebError::tar(ARCHIVE, &block.name(), what);
            let size = || {
                let size = gnu_number(block.field(Field::Size));
                size.and_then(|size| u64::try_from(size).ok())
                    .ok_or_else(|| refuse("a size that tar does not take"))
            };
            match block.kind() {
                b'L' => over.name = Some(self.record(size()?)?),
                b'K' => over.link = Some(self.record(size()?)?),
                b'x' | b'X' => {
                    let records = self.content(&block.name(), size()?)?;
                    over.pax = Pax::default();
                    over.pax.read(&self.read.tar[records]).map_err(refuse)?;
                }
                b'g' => {
                    let records = self.content(&block.name(), size()?)?;
                    let mut global = Pax::default();
                    global.read(&self.read.tar[records]).map_err(refuse)?;
                    if global.is_about_members() {
                        return Err(refuse("a PAX header that renames all members behind it"));
                    }
                }
                _ => {
                    let size = over.pax.size.map_or_else(size, Ok)?;
                    let member = self.member(&block, over, size)?;
                    let whole = start..self.read.tar.len();
                    return Ok(Some(Entry { whole, member }));
                }
            }
        }
        self.read.tar.truncate(start);
        Ok(None)
    }

    /// The next header; none at the end: a block of zeroes, or less than a block.
    fn header(&mut self) -> Result<Option<Block>, DebError> {
        let block = Block::read(&mut self.input).map_err(DebError::io(DOING))?;
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
        self.read.tar.extend_from_slice(block.bytes());
        Ok(Some(block))
    }

    /// The member that a header begins, with its content; none if it begins none.
    fn member(&mut self, block: &Block, over: Over, size: u64) -> Result<Option<Member>, DebError> {
        let path = over.pax.name.or(over.name).unwrap_or_else(|| block.name());
        let link = over.pax.link.or(over.link);
        let link = link.unwrap_or_else(|| block.link().to_vec());
        let refuse = |what| DebError::tar(ARCHIVE, &path, what);
        let mtime = ensure_sound(block).map_err(refuse)?;
        if block.kind() == b'V' {
            self.content(&path, size)?;
            return Ok(None);
        }
        if over.pax.sparse {
            return Err(refuse(SPARSE));
        }
        let mut parts = components(&path);
        let (name, more) = (parts.next(), parts.next());
        if is_folder(block.kind(), &path) && name.is_none() {
            return Ok(None);
        }
        let name = name.filter(|_| more.is_none() && !is_folder(block.kind(), &path));
        let name = name.ok_or_else(|| refuse("a folder, which dpkg does not take there"))?;
        ensure_name(name).map_err(refuse)?;
        let body = match block.kind() {
            b'1' => Body::HardLink(self.hard_link(&link).map_err(refuse)?),
            b'2' if link.is_empty() => return Err(refuse("a link to nothing")),
            b'2' => Body::Symlink(link),
            b'3' | b'4' | b'6' => return Err(refuse("a device or pipe, which is no control file")),
            b'M' => return Err(refuse("a part of a file, which tar does not take")),
            b'S' => return Err(refuse(SPARSE)),
            // To tar any type that it does not know is a regular file.
            _ => Body::File(self.content(name, size)?),
        };
        let name = name.to_vec();
        Ok(Some(Member { name, body, mtime }))
    }

    /// The entry that a hard link names, which must be there already.
    fn hard_link(&self, link: &[u8]) -> Result<usize, &'static str> {
        let mut parts = components(link);
        let number = match (parts.next(), parts.next()) {
            (Some(name), None) => self.read.names.get(name),
            _ => None,
        };
        let number = *number.ok_or("a hard link to no member before it")?;
        match self.read.entries.get(number) {
            Some(entry) if !entry.is_list() => Ok(number),
            _ => Err("a hard link to the signature list, which is to be replaced"),
        }
    }

    /// Reads a GNU record, which holds a name up to a NUL, if it has one.
    fn record(&mut self, size: u64) -> Result<Vec<u8>, DebError> {
        let content = self.content(b"././@LongLink", size)?;
        Ok(text(&self.read.tar[content]).to_vec())
    }

    /// Reads content and padding; returns where the content is.
    fn content(&mut self, name: &[u8], size: u64) -> Result<Range<usize>, DebError> {
        let start = self.read.tar.len();
        let is_list = name == imasigs::MEMBER.as_bytes();
        if !is_list {
            self.count(size)?;
        } else if size > LIST_MAX {
            return Err(DebError::ControlTooLarge(CONTROL_MAX));
        }
        let padded = size.next_multiple_of(BLOCK as u64);
        self.append(padded.min(BLOCK as u64))?;
        if is_list {
            // Before all of it is read: a list must begin as one.
            Reader::new(&self.read.tar[start..])?;
        }
        self.append(padded.saturating_sub(BLOCK as u64))?;
        let length = (self.read.tar.len() - start) as u64;
        if length != padded {
            return Err(DebError::tar(ARCHIVE, name, "cut off"));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(start..start.saturating_add(size))
    }

    fn append(&mut self, length: u64) -> Result<(), DebError> {
        let mut input = self.input.by_ref().take(length);
        let read = input.read_to_end(&mut self.read.tar);
        read.map(drop).map_err(DebError::io(DOING))
    }

    /// SECURITY: before it is allocated.
    fn count(&mut self, size: u64) -> Result<(), DebError> {
        self.others = self.others.saturating_add(size);
        if self.others > MEMBERS_MAX {
            return Err(DebError::MembersTooLarge(MEMBERS_MAX));
        }
        Ok(())
    }

    fn enter(&mut self, entry: Entry) -> Result<(), DebError> {
        let number = self.read.entries.len();
        if number == ENTRIES_MAX {
            return Err(DebError::TooManyEntries(ARCHIVE, ENTRIES_MAX));
        }
        if let Some(member) = &entry.member {
            let before = self.read.names.insert(member.name.clone(), number);
            if before.is_some() {
                let what = "the member is there twice";
                return Err(DebError::tar(ARCHIVE, &member.name, what));
            }
        }
        self.read.entries.push(entry);
        Ok(())
    }
}

const SPARSE: &str = "a sparse file, whose content lies elsewhere than it says";

/// What tar checks of the header of an entry; returns the modification time.
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

/// Folders, also those of before POSIX, whose name ends in a slash.
fn is_folder(kind: u8, path: &[u8]) -> bool {
    match kind {
        b'5' | b'D' => true,
        b'1'..=b'4' | b'6' => false,
        _ => path.ends_with(b"/"),
    }
}

fn ensure_name(name: &[u8]) -> Result<(), &'static str> {
    let max = if name.contains(&b'.') {
        DOTTED_NAME_MAX
    } else {
        NAME_MAX
    };
    if name.len() > max || name == b".." {
        return Err("a member name that dpkg does not take");
    }
    Ok(())
}
