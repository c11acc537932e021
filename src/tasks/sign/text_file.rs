//! A file of lines, written whole or not at all; a device or a pipe takes the lines as they come.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::libc::O_NOCTTY;

use super::error::SignError;
use super::output::{Output, folder_of};
use super::replaced::{Ownership, Replaced};
use super::unfinished::remove_left;
use crate::machine::error::SystemError;

/// Digests and signatures are no secret: for everybody, as far as the umask lets them.
const MODE: u32 = 0o666;

/// A file that is being written beside its place. Unless finished, it is removed.
#[derive(Debug)]
pub struct TextFile {
    target: BufWriter<Target>,
    place: PathBuf,
}

/// What is written to.
#[derive(Debug)]
enum Target {
    Whole(Output),
    /// No regular file: such as /dev/stdout or /dev/null, which must not become one.
    Straight(File),
}

impl TextFile {
    /// Begins the file that will be at `place`, in a folder that exists. What is no regular file there is written to at once. A
    /// link stays one: what it leads to is replaced.
    ///
    /// # Errors
    /// If the folder cannot be written to, or the place leads nowhere.
    pub fn create(place: &Path) -> Result<Self, SystemError> {
        Ok(Self {
            target: BufWriter::new(Target::at(place)?),
            place: place.to_owned(),
        })
    }

    /// Writes a line and its line feed.
    ///
    /// # Errors
    /// If the disk is full, for one.
    pub fn line(&mut self, line: &str) -> Result<(), SystemError> {
        writeln!(self.target, "{line}").map_err(SystemError::at("write", &self.place))
    }

    /// Puts the file at its place, and on disk, with owner, group and mode of the one that was there; says whether the owner
    /// could be kept.
    ///
    /// # Errors
    /// If that fails; then what was there is as it was.
    pub fn finish(self) -> Result<Ownership, SignError> {
        let target = self.target.into_inner().map_err(io::Error::from);
        match target.map_err(SystemError::at("write", &self.place))? {
            Target::Whole(output) => output.finish(),
            Target::Straight(_) => Ok(Ownership::Kept),
        }
    }
}

impl Target {
    fn at(place: &Path) -> Result<Self, SystemError> {
        let error = || SystemError::at("write", place);
        let is_new = place.symlink_metadata().is_err();
        let file = match fs::metadata(place) {
            // Where a link leads, so that it stays one.
            Ok(there) if there.is_file() => fs::canonicalize(place).map_err(error())?,
            Ok(_) => {
                let mut options = File::options();
                let opened = options.write(true).custom_flags(O_NOCTTY).open(place);
                return opened.map(Self::Straight).map_err(error());
            }
            Err(_) if is_new => place.to_owned(),
            Err(failure) => return Err(error()(failure)),
        };
        remove_left([folder_of(&file)]);
        let replaced = Replaced::at(&file)?;
        Output::begin(&file, MODE, replaced, None).map(Self::Whole)
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Whole(output) => output.file().write(bytes),
            Self::Straight(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn write(place: &Path, lines: &[&str]) {
        let mut file = TextFile::create(place).unwrap();
        for line in lines {
            file.line(line).unwrap();
        }
        file.finish().unwrap();
    }

    #[test]
    fn a_device_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (null, full) = (folder.path().join("null"), folder.path().join("full"));
        symlink("/dev/null", &null).unwrap();
        symlink("/dev/full", &full).unwrap();
        let device = fs::metadata("/dev/null").unwrap().rdev();
        write(&null, &["x"]);
        assert_eq!(fs::metadata(&null).unwrap().rdev(), device);
        assert!(null.symlink_metadata().unwrap().is_symlink());
        // What is written to it arrives there.
        let mut file = TextFile::create(&full).unwrap();
        file.line("x").unwrap();
        assert!(file.finish().unwrap_err().to_string().contains("No space"));
    }

    #[test]
    fn a_link_leads_to_the_file_that_is_replaced_and_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deeper")).unwrap();
        fs::write(at("deeper/file"), "before").unwrap();
        fs::set_permissions(at("deeper/file"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("deeper/file", at("link")).unwrap();
        write(&at("link"), &["x", "y"]);
        assert!(at("link").symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(at("deeper/file")).unwrap(), "x\ny\n");
        assert_eq!(
            fs::metadata(at("deeper/file")).unwrap().mode() & 0o777,
            0o640
        );
        assert_eq!(fs::read_dir(at("deeper")).unwrap().count(), 1);
        symlink("nowhere", at("dangling")).unwrap();
        assert!(TextFile::create(&at("dangling")).is_err());
        assert!(TextFile::create(&at("deeper")).is_err());
    }

    #[test]
    fn what_is_not_finished_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("file");
        fs::write(&place, "before").unwrap();
        fs::write(folder.path().join(".dpkg-ima.killed"), "left").unwrap();
        let mut file = TextFile::create(&place).unwrap();
        file.line("x").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&place).unwrap(), "before");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
