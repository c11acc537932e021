//! What goes into an initramfs, and whether an image has it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::policy_file::POLICY;
use crate::keys::certificates::CERTIFICATES;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Loads keys and policy.
const HELPER: &str = "usr/libexec/dpkg-ima/dpkg-ima-helper";

/// The first of what goes into an initramfs that has changed since an image was made; none if it has all.
///
/// What came by a package, or by `cp -p` or `rsync -a`, has an old time of writing, so the time of its last change of any kind
/// counts too; and a certificate that was removed shows by its folder. Of the helper only the time of writing counts: with
/// new labels an image need not be made anew.
///
/// # Errors
/// If a file cannot be examined.
pub(in crate::tasks) fn newer_than(
    root: &Root,
    made: SystemTime,
) -> Result<Option<PathBuf>, SystemError> {
    let folder = Path::new(CERTIFICATES);
    let names = root.open_folder(folder)?.map(|folder| folder.names());
    let names = names.transpose()?.unwrap_or_default();
    let certificates = names
        .iter()
        .map(|name| folder.join(OsStr::from_bytes(name)));
    let changing = [PathBuf::from(POLICY), folder.to_owned()];
    for path in changing.into_iter().chain(certificates) {
        if changed(root, &path)? > Some(made) {
            return Ok(Some(path));
        }
    }
    let is_new = written(root, Path::new(HELPER))? > Some(made);
    Ok(is_new.then(|| HELPER.into()))
}

/// When a file was written; none if there is none.
///
/// # Errors
/// If that cannot be told.
pub(super) fn written(root: &Root, path: &Path) -> Result<Option<SystemTime>, SystemError> {
    let Some(metadata) = root.metadata_followed(path)? else {
        return Ok(None);
    };
    let written = metadata.modified();
    written.map(Some).map_err(SystemError::at("examine", path))
}

/// When a file was written, or came to its name, owner and mode, whichever was last. That time nobody can set.
fn changed(root: &Root, path: &Path) -> Result<Option<SystemTime>, SystemError> {
    let Some(metadata) = root.metadata_followed(path)? else {
        return Ok(None);
    };
    let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
    let nanoseconds = u32::try_from(metadata.ctime_nsec()).unwrap_or_default();
    let changed = UNIX_EPOCH + Duration::new(seconds, nanoseconds);
    Ok(written(root, path)?.max(Some(changed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::thread::sleep;

    /// What is done next has a later time, whatever the clock of the filesystem.
    fn image(root: &Root) -> SystemTime {
        sleep(Duration::from_millis(50));
        fs::write(root.display(Path::new("image")), "").unwrap();
        let made = written(root, Path::new("image")).unwrap().unwrap();
        sleep(Duration::from_millis(50));
        made
    }

    fn write_old(path: &Path) {
        fs::write(path, "x").unwrap();
        let old = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(old)
            .unwrap();
    }

    #[test]
    fn what_comes_with_an_old_time_is_new_and_what_is_gone_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in [CERTIFICATES, "etc/dpkg-ima", "usr/libexec/dpkg-ima"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        let certificate = Path::new(CERTIFICATES).join("a.pem");
        write_old(&folder.path().join(&certificate));
        let newer = |made| newer_than(&root, made).unwrap();
        assert_eq!(newer(image(&root)), None);

        let made = image(&root);
        write_old(&at(POLICY));
        assert_eq!(newer(made), Some(POLICY.into()));
        let made = image(&root);
        write_old(&folder.path().join(&certificate));
        assert_eq!(newer(made), Some(certificate.clone()));
        let made = image(&root);
        fs::remove_file(folder.path().join(&certificate)).unwrap();
        assert_eq!(newer(made), Some(CERTIFICATES.into()));

        let made = image(&root);
        write_old(&at(HELPER));
        assert_eq!(newer(made), None);
        fs::write(at(HELPER), "new").unwrap();
        assert_eq!(newer(made), Some(HELPER.into()));
    }
}
