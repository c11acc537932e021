//! data.tar: streamed once, entry by entry, and never held.
//!
//! SPEC: dpkg reads it by itself (`tar_extractor` in `lib/dpkg/tarfn.c`, `tarobject` in
//! `src/main/archives.c`): v7, ustar, and of GNU's the long names and numbers; only files have content.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::DebError;
use super::archive::Layout;
use super::block::components;
use super::entries::{Entries, Entry, Kind};
use crate::format::package_path::{PackagePath, PathError};

/// For messages.
pub(super) const ARCHIVE: &str = "data.tar";

/// Most entries that a package may have. The largest in Debian have about 100,000 files.
pub const DATA_ENTRIES_MAX: usize = 1_000_000;

/// A regular file in a package.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// Where the package has it.
    pub path: PackagePath,
    /// Permission bits, with setuid and setgid.
    pub mode: u32,
    /// Length of the content in bytes.
    pub size: u64,
}

/// What a signer has to know of an entry.
#[derive(Debug)]
pub enum DataItem {
    /// A regular file; its content is handed over with it.
    File(DataFile),
    /// One more name of an entry that came before.
    HardLink {
        /// The further name.
        path: PackagePath,
        /// The name it came with.
        target: PackagePath,
    },
    /// A device or pipe: nothing that carries a signature, but it may have more names.
    Device(PackagePath),
    /// A folder or symlink: nothing that carries a signature or can be hard-linked.
    Other(PackagePath),
}

/// Walks data.tar in its order and hands every entry over, a file with its content, which need not
/// be read. The archive is read to its end, so that a damaged tail is noticed.
///
/// # Errors
/// If it cannot be decompressed, has more than [`DATA_ENTRIES_MAX`] entries, or holds what dpkg would
/// refuse (PAX headers among it), and whatever `visit` returns.
pub fn walk<E: From<DebError>>(
    file: &mut (impl Read + Seek),
    layout: &Layout,
    mut visit: impl FnMut(DataItem, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "cannot decompress data.tar";
    let member = layout.data_member()?;
    file.seek(SeekFrom::Start(member.offset))
        .map_err(DebError::io("cannot read"))?;
    let input = BufReader::with_capacity(1 << 16, file.take(member.size));
    let decoder = layout.data.decoder(input).map_err(DebError::io(DOING))?;
    let mut entries = Entries::new(decoder);
    let mut count = 0;
    while let Some(entry) = entries.next()? {
        count += 1;
        if count > DATA_ENTRIES_MAX {
            return Err(DebError::TooManyEntries(ARCHIVE, DATA_ENTRIES_MAX).into());
        }
        let item = parse(&entry)?;
        let mut content = entries.content(&entry);
        if let Some(item) = item {
            visit(item, &mut content)?;
        }
        content.finish()?;
    }
    io::copy(&mut entries.into_inner(), &mut io::sink()).map_err(DebError::io(DOING))?;
    Ok(())
}

/// What an entry is to a signer; none for the archive's root.
fn parse(entry: &Entry) -> Result<Option<DataItem>, DebError> {
    let raw = &entry.name;
    let refuse = |what: &str| DebError::tar(ARCHIVE, raw, what);
    if raw.contains(&b'\n') {
        return Err(refuse("a name with a line feed, which dpkg does not take"));
    }
    // To dpkg `usr//bin` and `./././usr/./bin` are other names, and unpacked to the same place.
    let path = match PackagePath::new(&components(raw).collect::<Vec<_>>().join(&b'/')) {
        Ok(path) => path,
        Err(PathError::Empty) if entry.kind == Kind::Folder => return Ok(None),
        Err(error) => return Err(DebError::path(ARCHIVE, raw, error)),
    };
    if path.is_reserved() {
        return Err(refuse("a package may not ship files under /DEBIAN"));
    }
    Ok(Some(match entry.kind {
        Kind::File => DataItem::File(DataFile {
            path,
            mode: entry.mode,
            size: entry.size,
        }),
        Kind::HardLink => {
            let target = link_target(&entry.link)?;
            DataItem::HardLink { path, target }
        }
        Kind::Symlink if entry.link.is_empty() => return Err(refuse("a symlink to nothing")),
        Kind::Device => DataItem::Device(path),
        Kind::Symlink | Kind::Folder => DataItem::Other(path),
    }))
}

/// dpkg finds the file by its name, letter by letter; only slashes and dots at its start do not matter.
///
/// SPEC: `path_skip_slash_dotslash`.
fn link_target(link: &[u8]) -> Result<PackagePath, DebError> {
    let mut name = link;
    while let Some(rest) = name.strip_prefix(b"/").or_else(|| name.strip_prefix(b"./")) {
        name = rest;
    }
    PackagePath::new(name).map_err(|error| DebError::path(ARCHIVE, link, error))
}
