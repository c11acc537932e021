//! The files of data.tar that are signed, or should be, each hashed: in one pass over the archive, whose contents are
//! not held.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::select::{START_LEN, Selection};
use super::{ContentsError, HashedContent, HashedFile, OpenDeb};
use crate::format::deb::{self, DataFile, DataItem, DebError};
use crate::format::ima::{Digest, HashAlgorithm, Hasher};
use crate::format::imasigs::{ENTRIES_MAX, List};
use crate::format::package_path::PackagePath;

/// Which files are wanted, and how they are hashed.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Files are wanted by path, mode and first bytes.
    pub selection: Selection,
    /// How the files of the selection are hashed.
    pub algorithm: HashAlgorithm,
    /// Files of this list are wanted too, each hashed by the algorithm of its entry.
    pub listed: &'a List,
}

/// Hashes the wanted files of data.tar. They are returned in its order, a hard-linked file once for each wanted name.
/// `hashed` gets every digest as soon as it is known, so that signing need not wait for the archive's end; after a
/// second pass it gets them again.
///
/// A file is wanted by one of its names, and the names of hard links come after the content. If only a later name makes
/// a file wanted (hardly ever: the kernel loads it by that name, or the list has it), its content has passed unhashed.
/// Then the archive is walked a second time, with these files known from the start.
///
/// # Errors
/// If data.tar cannot be read to its end, holds a path twice, a hard link to nothing, or more files that
/// are wanted than a list may have.
pub fn files(
    package: &mut OpenDeb,
    wanted: Wanted<'_>,
    mut hashed: impl FnMut(Digest),
) -> Result<Vec<HashedFile>, ContentsError> {
    let mut by_later_name = HashSet::new();
    loop {
        let mut collector = Collector {
            wanted,
            by_later_name: &by_later_name,
            occupants: HashMap::new(),
            files: Vec::new(),
            missed: HashSet::new(),
            found: Vec::new(),
        };
        deb::walk(&mut package.file, &package.layout, |item, content| {
            collector.visit(item, content, &mut hashed)
        })?;
        if collector.missed.is_empty() {
            return Ok(collector.found);
        }
        by_later_name = collector.missed;
    }
}

/// Half of a path's SHA-256, in place of the path: a million are held at once. Nobody can make two paths with the same,
/// and if they could, the package would merely be refused.
type PathHash = [u8; 16];

fn hash_of(path: &PackagePath) -> PathHash {
    let digest = Digest::of(HashAlgorithm::Sha256, path.as_bytes());
    let mut hash = PathHash::default();
    hash.copy_from_slice(&digest.as_bytes()[..size_of::<PathHash>()]);
    hash
}

/// Counts the files of data.tar, in its order, from 0.
type FileNumber = u32;

/// What the entries before have unpacked to a path.
#[derive(Clone, Copy)]
enum Occupant {
    /// A file, by its first or a further name.
    File(FileNumber),
    /// A device or pipe, which may be hard-linked too.
    Device,
    /// A folder or symlink.
    Other,
}

/// Collects the wanted files of one pass over data.tar.
struct Collector<'a> {
    wanted: Wanted<'a>,
    /// Files that an earlier pass found to be wanted by a later name only.
    by_later_name: &'a HashSet<FileNumber>,
    occupants: HashMap<PathHash, Occupant>,
    /// By file number: the index in `found` of its first name; none if its content was not hashed.
    files: Vec<Option<u32>>,
    /// Files that turn out to be wanted by a later name, and were not in `by_later_name`.
    missed: HashSet<FileNumber>,
    found: Vec<HashedFile>,
}

impl Collector<'_> {
    fn visit(
        &mut self,
        item: DataItem,
        content: &mut dyn Read,
        hashed: &mut impl FnMut(Digest),
    ) -> Result<(), ContentsError> {
        match item {
            DataItem::File(file) => {
                let number = u32::try_from(self.files.len()).unwrap_or(FileNumber::MAX);
                let content = self.hash_if_wanted(&file, number, content)?;
                if let Some(content) = content {
                    hashed(content.digest);
                }
                let found = u32::try_from(self.found.len()).ok();
                self.files.push(content.and(found));
                self.enter(file.path, content, Occupant::File(number))
            }
            DataItem::HardLink { path, target } => {
                let occupant = self.resolve(&path, &target)?;
                let content = self.content_of(occupant);
                self.enter(path, content, occupant)
            }
            DataItem::Device(path) => self.enter_other(path, Occupant::Device),
            DataItem::Other(path) => self.enter_other(path, Occupant::Other),
        }
    }

    fn hash_if_wanted(
        &self,
        file: &DataFile,
        number: FileNumber,
        content: &mut dyn Read,
    ) -> Result<Option<HashedContent>, ContentsError> {
        let error = || DebError::io("cannot decompress data.tar");
        let mut start = Vec::with_capacity(START_LEN);
        content
            .take(START_LEN as u64)
            .read_to_end(&mut start)
            .map_err(error())?;
        let Some(algorithm) = self.algorithm_for(file, number, &start) else {
            return Ok(None);
        };
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&start);
        hasher.update_from(content).map_err(error())?;
        Ok(Some(HashedContent {
            size: file.size,
            digest: hasher.finish(),
        }))
    }

    /// The algorithm to hash a file with; none if the file is not wanted.
    fn algorithm_for(
        &self,
        file: &DataFile,
        number: FileNumber,
        start: &[u8],
    ) -> Option<HashAlgorithm> {
        let wanted = &self.wanted;
        if let Some(listed) = wanted.listed.get(&file.path) {
            return Some(listed.first.digest.algorithm());
        }
        let taken = wanted.selection.takes(&file.path, file.mode, start);
        (taken || self.by_later_name.contains(&number)).then_some(wanted.algorithm)
    }

    /// The file or device that a hard link is one more name of. A file that is wanted by this name only is noted as
    /// missed.
    fn resolve(
        &mut self,
        path: &PackagePath,
        target: &PackagePath,
    ) -> Result<Occupant, ContentsError> {
        let occupant = match self.occupants.get(&hash_of(target)) {
            Some(occupant @ (Occupant::File(_) | Occupant::Device)) => *occupant,
            Some(Occupant::Other) | None => {
                let (path, target) = (path.clone(), target.clone());
                return Err(ContentsError::Link { path, target });
            }
        };
        let wanted =
            self.wanted.selection.takes_path(path) || self.wanted.listed.get(path).is_some();
        match (occupant, self.content_of(occupant)) {
            (Occupant::File(number), None) if wanted => drop(self.missed.insert(number)),
            _ => {}
        }
        Ok(occupant)
    }

    /// The content of a file that was hashed.
    fn content_of(&self, occupant: Occupant) -> Option<HashedContent> {
        let Occupant::File(number) = occupant else {
            return None;
        };
        let found = *self.files.get(usize::try_from(number).ok()?)?;
        let found = self.found.get(usize::try_from(found?).ok()?)?;
        Some(found.content)
    }

    /// Takes a file, or a further name, in: no entry before may have its path.
    fn enter(
        &mut self,
        path: PackagePath,
        content: Option<HashedContent>,
        occupant: Occupant,
    ) -> Result<(), ContentsError> {
        self.ensure_in_folder(&path)?;
        if self.occupants.insert(hash_of(&path), occupant).is_some() {
            return Err(ContentsError::Twice(path));
        }
        if let Some(content) = content {
            if self.found.len() == ENTRIES_MAX {
                return Err(ContentsError::TooMany);
            }
            self.found.push(HashedFile { path, content });
        }
        Ok(())
    }

    /// Takes anything else in. A folder may come twice; a file and a symlink may not have one path.
    fn enter_other(&mut self, path: PackagePath, occupant: Occupant) -> Result<(), ContentsError> {
        self.ensure_in_folder(&path)?;
        match self.occupants.insert(hash_of(&path), occupant) {
            Some(Occupant::File(_)) => Err(ContentsError::Twice(path)),
            Some(Occupant::Device | Occupant::Other) | None => Ok(()),
        }
    }

    /// Nothing can be unpacked beneath a file or device.
    fn ensure_in_folder(&self, path: &PackagePath) -> Result<(), ContentsError> {
        let bytes = path.as_bytes();
        let slash = bytes.iter().rposition(|&byte| byte == b'/');
        let Some(folder) = slash.and_then(|slash| PackagePath::new(&bytes[..slash]).ok()) else {
            return Ok(());
        };
        match self.occupants.get(&hash_of(&folder)) {
            Some(Occupant::File(_) | Occupant::Device) => Err(ContentsError::Beneath(path.clone())),
            Some(Occupant::Other) | None => Ok(()),
        }
    }
}
