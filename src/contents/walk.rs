//! The one walk over data.tar.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::select::{START_LEN, Selection};
use super::{Content, ContentsError, Found, Package};
use crate::deb::{self, DataFile, DataItem, DebError};
use crate::imasigs::List;
use crate::package_path::PackagePath;
use crate::signature::{Digest, HashAlgorithm, Hasher};

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
/// If data.tar cannot be read to its end, holds a path twice, or a hard link to nothing.
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

/// What an entry of data.tar is to the entries after it.
enum Kind {
    /// A file's first name; its content if that was hashed.
    File(Option<Content>),
    /// A hard link to the file with that first name.
    Link(PackagePath),
    /// A folder, symlink or device.
    Other,
}

struct Walk<'a> {
    wanted: Wanted<'a>,
    /// First names of files that are wanted by a later name.
    also: &'a HashSet<PackagePath>,
    entries: HashMap<PackagePath, Kind>,
    /// What should have been in `also`.
    missed: HashSet<PackagePath>,
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
                let content = self.hash(&file, content)?;
                if let Some(content) = content {
                    hashed(content.digest);
                }
                self.enter(file.path, content, Kind::File(content))
            }
            DataItem::HardLink { path, target } => {
                let (first, content) = self.resolve(&path, &target)?;
                self.enter(path, content, Kind::Link(first))
            }
            DataItem::Other(path) => {
                // A folder may come twice; a file and a symlink of one name may not.
                match self.entries.insert(path.clone(), Kind::Other) {
                    Some(Kind::File(_) | Kind::Link(_)) => Err(ContentsError::Twice(path)),
                    Some(Kind::Other) | None => Ok(()),
                }
            }
        }
    }

    /// The content of a file, if it is wanted.
    fn hash(
        &self,
        file: &DataFile,
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
        let Some(algorithm) = self.algorithm_for(file, &start) else {
            return Ok(None);
        };
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&start);
        let rest = hasher.update_from(content).map_err(read)?;
        if rest + start.len() as u64 != file.size {
            return Err(ContentsError::Cut(file.path.clone()));
        }
        Ok(Some(Content {
            size: file.size,
            digest: hasher.finish(),
        }))
    }

    /// How to hash a file; none if it is not wanted.
    fn algorithm_for(&self, file: &DataFile, start: &[u8]) -> Option<HashAlgorithm> {
        let wanted = &self.wanted;
        if let Some(entry) = wanted.listed.get(&file.path) {
            return Some(entry.digest.algorithm());
        }
        let taken = wanted.selection.takes(&file.path, file.mode, start);
        (taken || self.also.contains(&file.path)).then_some(wanted.algorithm)
    }

    /// First name and content of the file that a hard link names.
    fn resolve(
        &mut self,
        path: &PackagePath,
        target: &PackagePath,
    ) -> Result<(PackagePath, Option<Content>), ContentsError> {
        let first = match self.entries.get(target) {
            Some(Kind::Link(first)) => first,
            Some(Kind::File(_) | Kind::Other) | None => target,
        };
        let Some(Kind::File(content)) = self.entries.get(first) else {
            let (path, target) = (path.clone(), target.clone());
            return Err(ContentsError::Link { path, target });
        };
        let (first, content) = (first.clone(), *content);
        let wanted =
            self.wanted.selection.takes_path(path) || self.wanted.listed.get(path).is_some();
        if content.is_none() && wanted {
            self.missed.insert(first.clone());
        }
        Ok((first, content))
    }

    fn enter(
        &mut self,
        path: PackagePath,
        content: Option<Content>,
        kind: Kind,
    ) -> Result<(), ContentsError> {
        if self.entries.contains_key(&path) {
            return Err(ContentsError::Twice(path));
        }
        if let Some(content) = content {
            let path = path.clone();
            self.found.push(Found { path, content });
        }
        self.entries.insert(path, kind);
        Ok(())
    }
}
