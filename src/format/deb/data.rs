//! data.tar: a stream of entries, none of which is held.
//!
//! SPEC: dpkg reads it by itself (`tar_extractor` in `lib/dpkg/tarfn.c`, `tarobject` in
//! `src/main/archives.c`): v7, ustar, and of GNU's the long names and numbers; only files have content.

use std::io::{self, BufReader, Read, Seek};

use super::block::components;
use super::data_tar::{ARCHIVE, DECOMPRESSING, DataEntries, DataEntry, DataEntryType};
use super::{DebError, Layout};
use crate::format::package_path::{PackagePath, PathError};

/// Most entries that data.tar may have. The largest in Debian have about 100,000 files.
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

/// An entry, as far as it matters to the files that are signed.
#[derive(Debug)]
pub enum DataItem {
    /// A regular file; its content is passed with it.
    File(DataFile),
    /// A further name of an entry before it. That there is such an entry is not checked here.
    HardLink {
        /// The further name.
        path: PackagePath,
        /// The earlier name.
        target: PackagePath,
    },
    /// A device or pipe: it carries no signature, but may be hard-linked.
    Device(PackagePath),
    /// A folder or symlink: it carries no signature and cannot be hard-linked.
    Other(PackagePath),
}

/// Calls `visit` for every entry of data.tar in its order, for a file with its content, which need not
/// be read. The archive is read to its end, so that a damaged tail is noticed.
///
/// # Errors
/// If data.tar cannot be decompressed, has more than [`DATA_ENTRIES_MAX`] entries, or holds what dpkg would
/// refuse, such as PAX headers; and those of `visit`, which end the walk.
pub fn walk<E: From<DebError>>(
    file: &mut (impl Read + Seek),
    layout: &Layout,
    mut visit: impl FnMut(DataItem, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let content = layout.data_member()?.content(file)?;
    let input = BufReader::with_capacity(1 << 16, content);
    let decoder = layout
        .data
        .decoder(input)
        .map_err(DebError::io(DECOMPRESSING))?;
    let mut entries = DataEntries::new(decoder);
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
    io::copy(&mut entries.into_inner(), &mut io::sink()).map_err(DebError::io(DECOMPRESSING))?;
    Ok(())
}

/// The item that an entry is; none for the archive's root.
fn parse(entry: &DataEntry) -> Result<Option<DataItem>, DebError> {
    let raw = &entry.name;
    let refuse = |what: &str| DebError::tar(ARCHIVE, raw, what);
    if raw.contains(&b'\n') {
        return Err(refuse("a name with a line feed, which dpkg does not take"));
    }
    // To dpkg `usr//bin` and `./././usr/./bin` are other names, and unpacked to the same place.
    let path = match PackagePath::new(&components(raw).collect::<Vec<_>>().join(&b'/')) {
        Ok(path) => path,
        Err(PathError::Empty) if entry.kind == DataEntryType::Folder => return Ok(None),
        Err(error) => return Err(refuse(&error.to_string())),
    };
    if path.is_reserved() {
        return Err(refuse("a package may not ship files under /DEBIAN"));
    }
    Ok(Some(match entry.kind {
        DataEntryType::File => DataItem::File(DataFile {
            path,
            mode: entry.mode,
            size: entry.size,
        }),
        DataEntryType::HardLink => {
            let target = link_target(&entry.link)?;
            DataItem::HardLink { path, target }
        }
        DataEntryType::Symlink if entry.link.is_empty() => {
            return Err(refuse("a symlink to nothing"));
        }
        DataEntryType::Device => DataItem::Device(path),
        DataEntryType::Symlink | DataEntryType::Folder => DataItem::Other(path),
    }))
}

/// The path that a hard link names. dpkg compares names byte by byte, so only slashes and dots at the start go.
///
/// SPEC: `path_skip_slash_dotslash`.
fn link_target(link: &[u8]) -> Result<PackagePath, DebError> {
    let mut name = link;
    while let Some(rest) = name.strip_prefix(b"/").or_else(|| name.strip_prefix(b"./")) {
        name = rest;
    }
    PackagePath::new(name).map_err(|error| DebError::tar(ARCHIVE, link, error.to_string()))
}
