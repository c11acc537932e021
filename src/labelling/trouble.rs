//! What keeps the files of a filesystem from their labels.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::format::plural::count;
use crate::machine::attribute::WriteError;
use crate::machine::error::shown;

/// Files that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// Their number, never 0.
    pub files: usize,
    /// The path of one of them, outside the root.
    pub example: PathBuf,
}

/// The kernel's refusal to write the labels of one filesystem's files. Prints as a message, such as `cannot label 3
/// files below '/boot', such as '/boot/x': the filesystem …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble<'a> {
    /// The kernel's answer.
    pub error: WriteError,
    /// The files without their labels.
    pub affected: &'a Affected,
}

impl fmt::Display for Trouble<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Affected { files, example } = self.affected;
        let files = count(*files, "file");
        let (mount, example) = (shown(&mount_point(example)), shown(example));
        write!(
            f,
            "cannot label {files} below '{mount}', such as '{example}': {}",
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
            affected: &Affected {
                files: 1,
                example: "/proc/self/stat\n".into(),
            },
        };
        assert_eq!(
            mount_point(Path::new("/proc/self/stat")),
            Path::new("/proc")
        );
        let said = trouble.to_string();
        assert!(said.contains(r"such as '/proc/self/stat\012'"), "{said}");
    }
}
