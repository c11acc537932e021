//! The indexes: fetched and verified by apt.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::apt_folder::AptFolder;
use super::error::ArchiveError;
use super::limits::INDEX_MAX;
use crate::format::text::Text;
use crate::machine::error::SystemError;

const APT_GET: &str = "/usr/bin/apt-get";
/// What `indextargets` says of each index: whether it was verified, the archive's URI, the file.
const FORMAT: &str = "$(TRUSTED) $(REPO_URI) $(FILENAME)";

/// An index that apt has verified by the keys of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagesFile {
    /// The file, decompressed.
    pub file: PathBuf,
    /// The URI that paths in it are beneath; ends with a slash.
    pub archive: String,
}

/// Brings the indexes of all sources up to date. Those that have not changed are not fetched.
///
/// # Errors
/// If one of them cannot be fetched or verified: then none counts, so that nothing is taken for gone, or signed, on the word of
/// an index that is old or nobody's.
pub fn update(folder: &AptFolder, sources: &Path) -> Result<Vec<PackagesFile>, ArchiveError> {
    let mut update = folder.command(APT_GET);
    let (status, said) = folder.run(update.args(["-q=2", "update"]), INDEX_MAX)?;
    if !status.success() {
        return Err(ArchiveError::Update(complaint(&said)));
    }
    let mut targets = folder.command(APT_GET);
    targets.args(["indextargets", "--format", FORMAT, "Created-By: Packages"]);
    let output = targets
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .output();
    let output = output.map_err(SystemError::at("run", Path::new(APT_GET)))?;
    let lines = output.stdout.split(|&byte| byte == b'\n');
    let found: Result<Vec<_>, _> = lines
        .filter(|line| !line.is_empty())
        .map(|line| target(line, &folder.lists()))
        .collect();
    match found {
        Ok(found) if found.is_empty() => Err(ArchiveError::NoIndex(sources.to_owned())),
        found => found,
    }
}

/// An index from its line.
///
/// # Errors
/// If it was not verified (`[allow-insecure=yes]`), or is not where apt keeps them.
fn target(line: &[u8], lists: &Path) -> Result<PackagesFile, ArchiveError> {
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let mut word = || words.next().unwrap_or_default();
    let (trusted, uri, file) = (word(), Text::from(word()), word());
    let file = PathBuf::from(OsStr::from_bytes(file));
    match uri.plain() {
        Some(archive) if trusted == b"yes" && file.parent() == Some(lists) => Ok(PackagesFile {
            file,
            archive: archive.to_owned(),
        }),
        _ => Err(ArchiveError::Unsigned(uri)),
    }
}

/// The first error that apt names, or else its first word at all.
fn complaint(said: &str) -> Text {
    let mut lines = said.lines();
    let error = lines.clone().find_map(|line| line.strip_prefix("E: "));
    error
        .or_else(|| lines.next())
        .unwrap_or("apt-get update failed")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_counts_if_apt_has_verified_it() {
        let lists = Path::new("/srv/a b/lists");
        let read = |line: &[u8]| target(line, lists);
        let found = read(b"yes http://host/debian/ /srv/a b/lists/host_Packages").unwrap();
        assert_eq!(found.archive, "http://host/debian/");
        assert_eq!(found.file, lists.join("host_Packages"));
        for line in [
            &b"no http://host/debian/ /srv/a b/lists/host_Packages"[..],
            b"yes http://host/debian/ /var/lib/apt/lists/host_Packages",
            b"yes http://host/\x1b[m/ /srv/a b/lists/host_Packages",
            b"yes",
        ] {
            assert!(matches!(read(line), Err(ArchiveError::Unsigned(_))));
        }
    }

    #[test]
    fn what_apt_complains_of_is_told() {
        let said = "W: first\nE: The repository 'x' is not signed.\nE: second\n";
        assert_eq!(
            complaint(said).to_string(),
            "The repository 'x' is not signed."
        );
        assert_eq!(complaint("W: first\n").to_string(), "W: first");
    }
}
