//! The members of a control.tar that was read, and where links among them lead.

use std::collections::HashMap;
use std::ops::Range;

use super::limits::ENTRIES_MAX;
use crate::format::deb::DebError;
use crate::format::deb::block::components;
use crate::format::imasigs;

/// The archive's name in messages.
pub(super) const ARCHIVE: &str = "control.tar";

/// SPEC: `MAXSYMLINKS` of the kernel.
const LINKS_MAX: usize = 40;

/// A decompressed control.tar, with its entries as ranges of its bytes.
#[derive(Clone, Debug, Default)]
pub(in crate::format::deb) struct ControlTar {
    pub(super) bytes: Vec<u8>,
    entries: Vec<ControlEntry>,
    /// The index of each member's entry.
    names: HashMap<Vec<u8>, usize>,
}

/// The headers, content and padding of one entry.
#[derive(Clone, Debug)]
pub(super) struct ControlEntry {
    pub(super) whole: Range<usize>,
    /// None for the archive's root, or the label of a volume.
    pub(super) member: Option<ControlMember>,
}

#[derive(Clone, Debug)]
pub(super) struct ControlMember {
    pub(super) name: Vec<u8>,
    pub(super) body: Body,
    pub(super) mtime: u64,
}

/// What a member is.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// A file, with the range of its content.
    File(Range<usize>),
    /// A hard link to the member of that entry.
    HardLink(usize),
    /// A symlink, with the path it holds.
    Symlink(Vec<u8>),
}

/// Where a member leads when all links are followed.
enum Resolved {
    Content(Range<usize>),
    /// A path outside the archive.
    Outside,
}

impl ControlTar {
    /// The content of the file that a member is or, being a link, leads to; none if it leads out of the archive.
    pub(in crate::format::deb) fn member(&self, name: &[u8]) -> Option<&[u8]> {
        match self.resolve(*self.names.get(name)?) {
            Ok(Resolved::Content(content)) => Some(&self.bytes[content]),
            Ok(Resolved::Outside) | Err(_) => None,
        }
    }

    /// Whether the signature list is among the members.
    pub(in crate::format::deb) fn has_list(&self) -> bool {
        self.names.contains_key(imasigs::MEMBER.as_bytes())
    }

    /// All entries but the signature list, each with headers, content and padding as they are.
    pub(in crate::format::deb) fn all_but_list(&self) -> impl Iterator<Item = &[u8]> {
        let others = self.entries.iter().filter(|entry| !entry.is_list());
        others.map(|entry| &self.bytes[entry.whole.clone()])
    }

    /// The latest modification time of any member but the signature list, in seconds since 1970.
    pub(in crate::format::deb) fn mtime(&self) -> u64 {
        let others = self.entries.iter().filter(|entry| !entry.is_list());
        let members = others.filter_map(|entry| entry.member.as_ref());
        members.map(|member| member.mtime).max().unwrap_or(0)
    }

    /// Adds an entry whose bytes are there already.
    pub(super) fn enter(&mut self, entry: ControlEntry) -> Result<(), DebError> {
        let number = self.entries.len();
        if number == ENTRIES_MAX {
            return Err(DebError::TooManyEntries(ARCHIVE, ENTRIES_MAX));
        }
        if let Some(member) = &entry.member {
            let before = self.names.insert(member.name.clone(), number);
            if before.is_some() {
                let what = "the member is there twice";
                return Err(DebError::tar(ARCHIVE, &member.name, what));
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// The entry that a hard link names, which must be before it.
    pub(super) fn hard_linked(&self, link: &[u8]) -> Result<usize, &'static str> {
        let mut parts = components(link);
        let number = match (parts.next(), parts.next()) {
            (Some(name), None) => self.names.get(name),
            _ => None,
        };
        let number = *number.ok_or("a hard link to no member before it")?;
        match self.entries.get(number) {
            Some(entry) if !entry.is_list() => Ok(number),
            _ => Err("a hard link to the signature list, which is to be replaced"),
        }
    }

    /// Checks what makes dpkg give up: a link to nothing, as it opens every member, and that there is no `control`.
    pub(super) fn ensure_installable(&self) -> Result<(), DebError> {
        for (number, entry) in self.entries.iter().enumerate() {
            if let Some(member) = &entry.member {
                self.resolve(number)
                    .map_err(|what| DebError::tar(ARCHIVE, &member.name, what))?;
            }
        }
        if self.member(b"control").is_none() {
            return Err(DebError::Missing("control"));
        }
        Ok(())
    }

    /// SPEC: path_resolution(7), in a folder that holds nothing but the members.
    fn resolve(&self, mut number: usize) -> Result<Resolved, &'static str> {
        let mut links = 0;
        loop {
            let member = self.entries.get(number).and_then(|it| it.member.as_ref());
            match &member.ok_or("a link to nothing")?.body {
                Body::File(content) => return Ok(Resolved::Content(content.clone())),
                Body::HardLink(of) => number = *of,
                Body::Symlink(_) if links == LINKS_MAX => return Err("a link in a circle"),
                Body::Symlink(path) => {
                    links += 1;
                    let mut parts = components(path);
                    if path.starts_with(b"/") || components(path).any(|part| part == b"..") {
                        return Ok(Resolved::Outside);
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
}

impl ControlEntry {
    fn is_list(&self) -> bool {
        let member = self.member.as_ref();
        member.is_some_and(|member| member.name == imasigs::MEMBER.as_bytes())
    }
}
