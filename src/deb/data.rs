//! data.tar: streamed once, entry by entry, and never held.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use tar::EntryType;

use super::DebError;
use super::archive::Layout;
use crate::package_path::{PackagePath, PathError};

/// For messages.
const ARCHIVE: &str = "data.tar";

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
    /// One more name of a file that came before.
    HardLink {
        /// The further name.
        path: PackagePath,
        /// The name it came with.
        target: PackagePath,
    },
    /// A folder, symlink, device or pipe: nothing that carries a signature.
    Other(PackagePath),
}

/// Walks data.tar in its order and hands every entry over, a file with its content, which need not
/// be read. The archive is read to its end, so that a damaged tail is noticed.
///
/// # Errors
/// If it cannot be decompressed, or holds what dpkg would refuse (PAX headers among it), and
/// whatever `visit` returns.
pub fn walk<E: From<DebError>>(
    file: &mut (impl Read + Seek),
    layout: &Layout,
    mut visit: impl FnMut(DataItem, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "cannot decompress data.tar";
    let mut found = layout.members.iter();
    let member = found
        .find(|member| Layout::is_data(member.name.as_bytes()))
        .ok_or(DebError::Missing(ARCHIVE))?;
    file.seek(SeekFrom::Start(member.offset))
        .map_err(DebError::io("cannot read"))?;
    let input = BufReader::with_capacity(1 << 16, file.take(member.size));
    let decoder = layout.data.decoder(input).map_err(DebError::io(DOING))?;
    let mut archive = tar::Archive::new(decoder);
    let entries = archive.entries().map_err(DebError::io(DOING))?;
    for entry in entries {
        let mut entry = entry.map_err(DebError::io(DOING))?;
        if let Some(item) = parse(&mut entry)? {
            visit(item, &mut entry)?;
        }
    }
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(DebError::io(DOING))?;
    Ok(())
}

/// One entry; none for the archive's root.
fn parse<R: Read>(entry: &mut tar::Entry<'_, R>) -> Result<Option<DataItem>, DebError> {
    let raw = entry.path_bytes().into_owned();
    let refuse = |what: &str| DebError::tar(ARCHIVE, &raw, what);
    // SPEC: dpkg's reader knows v7, ustar and GNU only (lib/dpkg/tarfn.c).
    let extended = entry
        .pax_extensions()
        .map_err(DebError::io("cannot read data.tar"))?;
    if extended.is_some() {
        return Err(refuse("a PAX header, which dpkg does not take"));
    }
    let kind = entry.header().entry_type();
    let path = match PackagePath::new(&raw) {
        Ok(path) => path,
        Err(PathError::Empty) if kind.is_dir() => return Ok(None),
        Err(error) => return Err(DebError::path(ARCHIVE, &raw, error)),
    };
    if path.is_reserved() {
        return Err(refuse("a package may not ship files under /DEBIAN"));
    }
    let mode = entry
        .header()
        .mode()
        .map_err(DebError::io("cannot read data.tar"))?;
    Ok(Some(match kind {
        EntryType::Regular | EntryType::Continuous => DataItem::File(DataFile {
            path,
            mode: mode & 0o7777,
            size: entry.size(),
        }),
        EntryType::Link => {
            let target = entry
                .link_name_bytes()
                .ok_or_else(|| refuse("a link to nothing"))?;
            let target = PackagePath::new(&target)
                .map_err(|error| DebError::path(ARCHIVE, &target, error))?;
            DataItem::HardLink { path, target }
        }
        EntryType::Directory
        | EntryType::Symlink
        | EntryType::Char
        | EntryType::Block
        | EntryType::Fifo => DataItem::Other(path),
        _ => return Err(refuse("an entry of a type that dpkg does not take")),
    }))
}
