//! What keeps the files of a filesystem from their labels.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::machine::attribute::WriteError;
use crate::machine::error::shown;

/// What keeps a filesystem's files from their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The kernel's answer.
    pub error: WriteError,
    /// How many files it was the answer for.
    pub files: usize,
    /// One of them, as people outside the root name it.
    pub example: PathBuf,
}

impl fmt::Display for Trouble {
    /// Such as `cannot label 3 files below '/boot', such as '/boot/x': the filesystem …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.files == 1 { "" } else { "s" };
        let (files, mount) = (self.files, mount_point(&self.example));
        let (mount, example) = (shown(&mount), shown(&self.example));
        write!(
            f,
            "cannot label {files} file{end} below '{mount}', such as '{example}': {}",
            self.error
        )
    }
}

/// The topmost folder above a file that is on the same filesystem.
fn mount_point(file: &Path) -> PathBuf {
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    let same = |above: &&Path| device(above) == device(file);
    let above = file.ancestors().skip(1).take_while(same);
    above.last().unwrap_or(file).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_names_the_filesystem() {
        let trouble = Trouble {
            error: WriteError::Unsupported,
            files: 1,
            example: "/proc/self/stat\n".into(),
        };
        assert_eq!(
            mount_point(Path::new("/proc/self/stat")),
            Path::new("/proc")
        );
        let said = trouble.to_string();
        assert!(said.contains(r"such as '/proc/self/stat\012'"), "{said}");
    }
}
