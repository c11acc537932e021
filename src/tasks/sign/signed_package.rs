//! A signed package as the journal of its folder has it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::error::SignError;
use super::made::Made;
use super::plan::SigningJob;
use crate::contents::{OpenDeb, control_of};
use crate::format::decimal::decimal;
use crate::format::imasigs::{List, escaped, unescaped};

/// A package that was written, and what tells whether its file is still that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPackage {
    /// Where it is in the folder.
    within: PathBuf,
    size: u64,
    /// When it was modified, in seconds and nanoseconds since 1970.
    modified: (u64, u32),
}

impl SignedPackage {
    /// None for a time before 1970: then it is signed again each time.
    pub(super) fn new(within: &Path, metadata: &Metadata) -> Option<Self> {
        let seconds = metadata.mtime().try_into().ok()?;
        let nanoseconds = metadata.mtime_nsec().try_into().ok()?;
        Some(Self {
            within: within.to_owned(),
            size: metadata.size(),
            modified: (seconds, nanoseconds),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.within
    }

    /// Whether the file that was written is in that folder, and not another one. Packages are renamed to their places when
    /// they are on disk: a file of that size and time is whole.
    pub(super) fn is_in(&self, folder: &Path) -> bool {
        let there = fs::symlink_metadata(folder.join(&self.within));
        there.is_ok_and(|there| {
            there.is_file() && Self::new(&self.within, &there).as_ref() == Some(self)
        })
    }
}

impl Made for SignedPackage {
    fn file_name<'a>(folder: &Path, job: &'a SigningJob) -> &'a Path {
        within(folder, job)
    }

    fn place_of(folder: &Path, job: &SigningJob, _: &OpenDeb) -> Result<String, SignError> {
        Ok(word(within(folder, job)))
    }

    fn may_be_of(&self, folder: &Path, job: &SigningJob) -> bool {
        self.within == within(folder, job)
    }

    fn list(&self, folder: &Path) -> Option<List> {
        if !self.is_in(folder) {
            return None;
        }
        let control = control_of(&folder.join(&self.within)).ok()?;
        control.list().ok().flatten()
    }

    fn place(&self) -> String {
        word(&self.within)
    }

    fn added(&self, _: &Path, package: u64) -> u64 {
        self.size.saturating_sub(package)
    }

    fn word(&self) -> String {
        let (seconds, nanoseconds) = self.modified;
        format!("{}:{}:{seconds}:{nanoseconds}", self.place(), self.size)
    }

    /// SECURITY: no path that leads out of the folder is taken, since what it names may be removed.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(4, ':').map(str::as_bytes);
        let nanoseconds = decimal(parts.next()?)?;
        let (seconds, size) = (decimal(parts.next()?)?, decimal(parts.next()?)?);
        let within = PathBuf::from(OsString::from_vec(unescaped(parts.next()?)?));
        let mut components = within.components();
        let is_inside = components.all(|part| matches!(part, Component::Normal(_)));
        (is_inside && within.file_name().is_some()).then_some(Self {
            within,
            size,
            modified: (seconds, nanoseconds),
        })
    }
}

/// Where the package of a job goes, in that folder.
pub(super) fn within<'a>(folder: &Path, job: &'a SigningJob) -> &'a Path {
    job.output.strip_prefix(folder).unwrap_or(&job.output)
}

/// A path as a word of the journal.
pub(super) fn word(within: &Path) -> String {
    escaped(within.as_os_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_goes_there_and_back() {
        let made = SignedPackage {
            within: PathBuf::from(OsString::from_vec(b"pool/a b:1\\\xff.deb".to_vec())),
            size: 7,
            modified: (1, 999_999_999),
        };
        let word = made.word();
        assert!(word.bytes().all(|byte| byte.is_ascii_graphic()), "{word}");
        assert_eq!(SignedPackage::parse(&word), Some(made));
    }

    #[test]
    fn no_word_leads_out_of_the_folder() {
        assert!(SignedPackage::parse("a/b.deb:1:2:3").is_some());
        for path in ["/etc/passwd", "../x", "a/../../x", "", ".", "a/\\057../.."] {
            let word = format!("{path}:1:2:3");
            assert_eq!(SignedPackage::parse(&word), None, "{word}");
        }
        for word in [
            "a.deb",
            "a.deb:1:2",
            "a.deb:1:2:",
            "a.deb:1:-2:3",
            "a.deb:+1:2:3",
        ] {
            assert_eq!(SignedPackage::parse(word), None, "{word}");
        }
    }
}
