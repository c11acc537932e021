//! Looks at files: their labels, their packages, and what the packages' lists say of them.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::another::is_of_another;
use super::judge::Judge;
use super::original::original_of;
use super::standing_now::{FileNow, ListNow, ListedContent};
use crate::dpkg::{Database, PackageName};
use crate::format::audit::AuditRecord;
use crate::format::imasigs::{ByFile, FileEntries};
use crate::keys::signing::KeyError;
use crate::labelling::{OnDisk, PackageFiles, Place, Placement, Standing, check_listed};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::roots_own::RootsOwn;
use crate::machine::walk::{Identity, ProgramFile};
use crate::tasks::target::TargetError;
use crate::tasks::verify::owners_of;

/// A file that is to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its path, or as the kernel names it.
    pub name: &'a [u8],
    /// The record of it; none if there is none.
    pub record: Option<&'a AuditRecord>,
}

/// What files are judged by: keys, certificates, and dpkg's database.
pub struct Inspector<'a> {
    judge: Judge<'a>,
    placement: Placement<'a>,
    own: RootsOwn<'a>,
}

/// A file that is there, and open.
struct Found {
    file: File,
    path: PathBuf,
    identity: Identity,
    size: u64,
}

impl<'a> Inspector<'a> {
    /// Reads keys, certificates and diversions.
    ///
    /// # Errors
    /// If certificates or diversions cannot be read.
    pub fn new(root: &'a Root) -> Result<Self, KeyError> {
        Ok(Self {
            judge: Judge::of(root)?,
            placement: Placement::of(root)?,
            own: RootsOwn::of(root)?,
        })
    }

    /// What the list of its package says of the file, or, where that has not the content that it has, the list of local
    /// programs.
    fn list(&self, found: &Found, package: Option<PackageName>) -> Result<ListNow, TargetError> {
        let of_package = match package {
            Some(package) => self.list_of(found, package)?,
            None => ListNow::NoPackage,
        };
        let is_signed = matches!(
            of_package,
            ListNow::Named {
                content: ListedContent::Signed,
                ..
            }
        );
        if is_signed {
            return Ok(of_package);
        }
        let of_local = self.list_of(found, PackageName::local())?;
        Ok(match of_local {
            ListNow::Named { .. } => of_local,
            ListNow::NoPackage | ListNow::NoList(_) | ListNow::NotNamed(_) => of_package,
        })
    }

    fn list_of(&self, found: &Found, package: PackageName) -> Result<ListNow, TargetError> {
        let Some(entries) = Database::new(self.judge.root).entries(&package)? else {
            return Ok(ListNow::NoList(package));
        };
        let files = PackageFiles::of(package.clone(), &self.placement)?;
        for listed in ByFile::new(entries) {
            let listed = listed?;
            for place in files.places(listed.entries().first) {
                if self.is_at(found, &place) {
                    return self.listed(found, &files, &place, listed.entries());
                }
            }
        }
        Ok(ListNow::NotNamed(package))
    }

    /// Whether the file lies there: the place may be named as it is before /usr was merged.
    fn is_at(&self, found: &Found, place: &Place) -> bool {
        place.path.file_name() == found.path.file_name()
            && self.judge.root.open_file(&place.path).is_ok_and(|file| {
                let metadata = file.and_then(|file| file.metadata().ok());
                metadata.is_some_and(|metadata| Identity::from(&metadata) == found.identity)
            })
    }

    fn listed(
        &self,
        found: &Found,
        files: &PackageFiles<'_>,
        place: &Place,
        listed: FileEntries<'_>,
    ) -> Result<ListNow, TargetError> {
        let mut checker = self.judge.trust.checker();
        let checked = check_listed(&found.file, found.size, listed, &mut checker);
        let shown = self.judge.root.display(&found.path);
        let (on_disk, _) = checked.map_err(SystemError::at("read", &shown))?;
        let package = files.package.clone();
        let content = match (files.standing(listed.first, place, on_disk)?, on_disk) {
            (_, OnDisk::Listed) => ListedContent::Signed,
            (Standing::ChangedConffile, _) => ListedContent::ChangedConffile,
            (Standing::OfAnother | Standing::Excluded, _) => return Ok(ListNow::NotNamed(package)),
            (Standing::Listed | Standing::Altered | Standing::Missing, _) => ListedContent::Altered,
        };
        Ok(ListNow::Named {
            package,
            content,
            signature: self.judge.best_signature(listed),
        })
    }

    fn found(&self, name: &[u8]) -> Result<Option<Found>, SystemError> {
        if !is_path(name) {
            return Ok(None);
        }
        let path = PathBuf::from(OsStr::from_bytes(name));
        let Some(file) = self.judge.root.open_file(&path)? else {
            return Ok(None);
        };
        let metadata = file.metadata();
        let metadata =
            metadata.map_err(SystemError::at("examine", &self.judge.root.display(&path)))?;
        Ok(Some(Found {
            identity: Identity::from(&metadata),
            size: metadata.len(),
            file,
            path,
        }))
    }

    fn file_now(
        &self,
        asked: &Asked<'_>,
        package: Option<PackageName>,
    ) -> Result<FileNow, TargetError> {
        let Some(found) = self.found(asked.name)? else {
            return Ok(FileNow::Gone);
        };
        let shown = self.judge.root.display(&found.path);
        let program = ProgramFile::of_opened(found.path.clone(), &found.file);
        let program = program.map_err(SystemError::at("read", &shown))?;
        let label = self.judge.label(&found.file, &found.path)?;
        let is_another = |record| is_of_another(record, &program, found.identity.inode);
        if asked.record.is_some_and(is_another) {
            return Ok(FileNow::Another { label });
        }
        let list = self.list(&found, package)?;
        let is_copy = list == ListNow::NoPackage && !label.is_good();
        let original = match is_copy {
            true => original_of(&self.judge, &found.file, found.size)?,
            false => None,
        };
        Ok(FileNow::There {
            program,
            label,
            list,
            original,
            is_only_roots: self.own.has_opened(&found.file) && self.own.has_way_to(&found.path),
        })
    }
}

/// How the files that are asked for stand now, in their order. Every file list of dpkg's is read once for all of them, and one
/// file is open at a time.
///
/// # Errors
/// If dpkg's database cannot be read at all.
pub fn inspected(
    inspector: &Inspector<'_>,
    asked: &[Asked<'_>],
) -> Result<Vec<Result<FileNow, TargetError>>, SystemError> {
    // There are thousands, which cannot all stay open.
    let there: Vec<_> = asked
        .iter()
        .map(|asked| {
            Ok(inspector
                .found(asked.name)?
                .map(|found| (found.identity, found.path)))
        })
        .collect();
    let files: Vec<_> = (there.iter().flatten().flatten())
        .map(|(identity, path)| (*identity, path.as_path()))
        .collect();
    let mut owners = owners_of(&inspector.placement, &files)?.into_iter();
    let inspect = |(there, asked): (Result<Option<_>, SystemError>, &Asked<'_>)| match there? {
        Some(_) => inspector.file_now(asked, owners.next().flatten()),
        None if is_path(asked.name) => Ok(FileNow::Gone),
        None => Ok(FileNow::NoPath),
    };
    Ok(there.into_iter().zip(asked).map(inspect).collect())
}

/// The kernel names some files by their last component alone.
fn is_path(name: &[u8]) -> bool {
    name.starts_with(b"/")
}
