//! The one walk over data.tar.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::select::{START_LEN, Selection};
use super::{Content, ContentsError, Found, Package};
use crate::format::deb::{self, DataFile, DataItem, DebError};
use crate::format::ima::{Digest, HashAlgorithm, Hasher};
use crate::format::imasigs::{ENTRIES_MAX, List};
use crate::format::package_path::PackagePath;

/// Which files are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// By what they are.
    pub selection: Selection,
    /// How they are hashed.
    pub algorithm: HashAlgorithm,
    /// Those of this list too, each hashed as its entry is.
    pub listed: &'a List,
}

/// The wanted files of data.tar, in its order, each name of a hard-linked one. `hashed` hears of
/// every digest as soon as it is known, so that signing need not wait for the archive's end.
///
/// # Errors
/// If data.tar cannot be read to its end, holds a path twice, a hard link to nothing, or more files that
/// are wanted than a list may have.
pub fn files(
    package: &mut Package,
    wanted: Wanted<'_>,
    mut hashed: impl FnMut(Digest),
) -> Result<Vec<Found>, ContentsError> {
    let mut also = HashSet::new();
    loop {
        let mut walk = Walk {
            wanted,
            also: &also,
            entries: HashMap::new(),
            files: Vec::new(),
            missed: HashSet::new(),
            found: Vec::new(),
        };
        deb::walk(&mut package.file, &package.layout, |item, content| {
            walk.visit(item, content, &mut hashed)
        })?;
        // Hardly ever: a file that the kernel loads by name, and whose first name was another. The
        // second walk misses nothing: all first names are known by then.
        if walk.missed.is_empty() {
            return Ok(walk.found);
        }
        also = walk.missed;
    }
}

/// Stands for a path: a million are held at once. Two paths with one name cannot be found, and would but
/// make the package refused.
type Name = [u8; 16];

fn name(path: &PackagePath) -> Name {
    let digest = Digest::of(HashAlgorithm::Sha256, path.as_bytes());
    let mut name = Name::default();
    name.copy_from_slice(&digest.as_bytes()[..size_of::<Name>()]);
    name
}

/// Which of the files of data.tar, in its order.
type FileNumber = u32;

/// What an entry of data.tar is to the entries after it.
#[derive(Clone, Copy)]
enum Kind {
    /// A file, by its first or a further name.
    File(FileNumber),
    /// A device or pipe.
    Device,
    /// A folder or symlink.
    Other,
}

struct Walk<'a> {
    wanted: Wanted<'a>,
    /// Files that are wanted by a later name.
    also: &'a HashSet<FileNumber>,
    entries: HashMap<Name, Kind>,
    /// Where among those that were found each file is, if its content was hashed.
    files: Vec<Option<u32>>,
    /// What should have been in `also`.
    missed: HashSet<FileNumber>,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn visit(
        &mut self,
        item: DataItem,
        content: &mut dyn Read,
        hashed: &mut impl FnMut(Digest),
    ) -> Result<(), ContentsError> {
        match item {
            DataItem::File(file) => {
                let number = u32::try_from(self.files.len()).unwrap_or(FileNumber::MAX);
                let content = self.hash(&file, number, content)?;
                if let Some(content) = content {
                    hashed(content.digest);
                }
                let found = u32::try_from(self.found.len()).ok();
                self.files.push(content.and(found));
                self.enter(file.path, content, Kind::File(number))
            }
            DataItem::HardLink { path, target } => {
                let kind = self.resolve(&path, &target)?;
                let content = self.content_of(kind);
                self.enter(path, content, kind)
            }
            DataItem::Device(path) => self.enter_other(path, Kind::Device),
            DataItem::Other(path) => self.enter_other(path, Kind::Other),
        }
    }

    /// The content of a file, if it is wanted.
    fn hash(
        &self,
        file: &DataFile,
        number: FileNumber,
        content: &mut dyn Read,
    ) -> Result<Option<Content>, ContentsError> {
        let read = |source| {
            let doing = "cannot decompress data.tar";
            DebError::Io { doing, source }
        };
        let mut start = Vec::with_capacity(START_LEN);
        content
            .take(START_LEN as u64)
            .read_to_end(&mut start)
            .map_err(read)?;
        let Some(algorithm) = self.algorithm_for(file, number, &start) else {
            return Ok(None);
        };
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&start);
        hasher.update_from(content).map_err(read)?;
        Ok(Some(Content {
            size: file.size,
            digest: hasher.finish(),
        }))
    }

    /// How to hash a file; none if it is not wanted.
    fn algorithm_for(
        &self,
        file: &DataFile,
        number: FileNumber,
        start: &[u8],
    ) -> Option<HashAlgorithm> {
        let wanted = &self.wanted;
        if let Some(entry) = wanted.listed.get(&file.path) {
            return Some(entry.digest.algorithm());
        }
        let taken = wanted.selection.takes(&file.path, file.mode, start);
        (taken || self.also.contains(&number)).then_some(wanted.algorithm)
    }

    /// What a hard link is one more name of.
    fn resolve(&mut self, path: &PackagePath, target: &PackagePath) -> Result<Kind, ContentsError> {
        let kind = match self.entries.get(&name(target)) {
            Some(kind @ (Kind::File(_) | Kind::Device)) => *kind,
            Some(Kind::Other) | None => {
                let (path, target) = (path.clone(), target.clone());
                return Err(ContentsError::Link { path, target });
            }
        };
        let wanted =
            self.wanted.selection.takes_path(path) || self.wanted.listed.get(path).is_some();
        match (kind, self.content_of(kind)) {
            (Kind::File(number), None) if wanted => drop(self.missed.insert(number)),
            _ => {}
        }
        Ok(kind)
    }

    fn content_of(&self, kind: Kind) -> Option<Content> {
        let Kind::File(number) = kind else {
            return None;
        };
        let found = *self.files.get(usize::try_from(number).ok()?)?;
        let found = self.found.get(usize::try_from(found?).ok()?)?;
        Some(found.content)
    }

    fn enter(
        &mut self,
        path: PackagePath,
        content: Option<Content>,
        kind: Kind,
    ) -> Result<(), ContentsError> {
        self.ensure_in_folder(&path)?;
        if self.entries.insert(name(&path), kind).is_some() {
            return Err(ContentsError::Twice(path));
        }
        if let Some(content) = content {
            if self.found.len() == ENTRIES_MAX {
                return Err(ContentsError::TooMany);
            }
            self.found.push(Found { path, content });
        }
        Ok(())
    }

    /// A folder may come twice; a file and a symlink of one name may not.
    fn enter_other(&mut self, path: PackagePath, kind: Kind) -> Result<(), ContentsError> {
        self.ensure_in_folder(&path)?;
        match self.entries.insert(name(&path), kind) {
            Some(Kind::File(_)) => Err(ContentsError::Twice(path)),
            Some(Kind::Device | Kind::Other) | None => Ok(()),
        }
    }

    /// Nothing can be unpacked beneath what is a file by then.
    fn ensure_in_folder(&self, path: &PackagePath) -> Result<(), ContentsError> {
        let bytes = path.as_bytes();
        let slash = bytes.iter().rposition(|&byte| byte == b'/');
        let Some(folder) = slash.and_then(|slash| PackagePath::new(&bytes[..slash]).ok()) else {
            return Ok(());
        };
        match self.entries.get(&name(&folder)) {
            Some(Kind::File(_) | Kind::Device) => Err(ContentsError::Beneath(path.clone())),
            Some(Kind::Other) | None => Ok(()),
        }
    }
}
