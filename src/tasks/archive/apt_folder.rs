//! apt with a folder of its own: its sources and its state, and nothing that this machine has configured.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::chown;

use super::error::ArchiveError;
use super::limits::{MESSAGES_MAX, SOURCES_MAX};
use crate::machine::error::SystemError;
use crate::machine::folder::Folder;
use crate::machine::opening::open_named;
use crate::machine::program;
use crate::tasks::apt::{limit_files, sandbox_user};

/// SPEC: apt.conf(5): what `APT_CONFIG` names is read first, so that it can keep the machine's own configuration from being
/// read, hooks and all. Proxies come from the environment, passwords from apt_auth.conf(5).
///
/// SECURITY: no key of the machine's counts. A source without Signed-By is not verified, and so not used.
const CONFIG: &str = r#"Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "FOLDER/empty";
Dir::Etc::SourceList "FOLDER/SOURCES";
Dir::Etc::SourceParts "FOLDER/empty";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "FOLDER/empty";
Dir::Etc::Trusted "/dev/null";
Dir::Etc::TrustedParts "FOLDER/empty";
Dir::State "FOLDER";
Dir::State::Lists "FOLDER/lists";
Dir::State::Status "/dev/null";
Dir::Cache "FOLDER";
Dir::Cache::PkgCache "";
Dir::Cache::SrcPkgCache "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::AllowReleaseInfoChange "true";
"#;
/// In the folder: apt's configuration.
const CONFIG_FILE: &str = "apt.conf";
/// In the folder, held by flock(2) as long as somebody uses it.
const LOCK: &str = "lock";
/// In the folder: packages that are being fetched or signed.
const DOWNLOADS: &str = "debs";
/// In the folder of a batch: where apt's downloader puts them.
const FETCHED: &str = "fetched";
/// How often its removal is tried: each time fewer files can come into it.
const REMOVALS_MAX: u32 = 1_000;
/// Everybody may look: apt gives up its rights to fetch.
const MODE: u32 = 0o755;

/// The folder, for this process alone.
#[derive(Debug)]
pub struct AptFolder {
    path: PathBuf,
    _lock: Flock<File>,
}

impl AptFolder {
    /// Makes it, or takes up the one that an earlier run has left: indexes in it are fetched anew only if they have changed;
    /// packages that it had not finished are removed.
    ///
    /// # Errors
    /// If it cannot be written to, another process uses it, or the sources cannot be read.
    pub fn open(path: &Path, sources: &Path) -> Result<Self, ArchiveError> {
        let text = copied(&read_sources(sources)?);
        make(path)?;
        let path = fs::canonicalize(path).map_err(SystemError::at("find", path))?;
        let name = path.to_str().filter(|name| can_be_quoted(name));
        let name = name.ok_or_else(|| ArchiveError::Folder(path.clone()))?;
        // SPEC: sources.list(5): the end of its name says in which of its two forms a file is.
        let sources = if is_deb822(&text) {
            "archive.sources"
        } else {
            "archive.list"
        };
        let config = CONFIG.replace("FOLDER", name).replace("SOURCES", sources);
        let folder = Self {
            _lock: lock(&path)?,
            path,
        };
        folder.remove_downloads()?;
        for sub in ["empty", "lists", DOWNLOADS] {
            make(&folder.path.join(sub))?;
        }
        for (name, content) in [(sources, text), (CONFIG_FILE, config.into_bytes())] {
            let file = folder.path.join(name);
            fs::write(&file, content).map_err(SystemError::at("write", &file))?;
        }
        Ok(folder)
    }

    /// A program of apt's that outlives a run that was killed may put a file into a folder that is being removed; once
    /// the folder is gone, it cannot.
    fn remove_downloads(&self) -> Result<(), SystemError> {
        let downloads = self.path.join(DOWNLOADS);
        let mut left = REMOVALS_MAX;
        loop {
            left -= 1;
            match fs::remove_dir_all(&downloads) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty && left > 0 => {}
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(SystemError::at("remove", &downloads)(error));
                }
                _ => return Ok(()),
            }
        }
    }

    /// The folder of apt's indexes, and of nothing else.
    pub(super) fn lists(&self) -> PathBuf {
        self.path.join("lists")
    }

    /// Makes a folder for packages, and in it one that they can be fetched into. That is of apt's user without rights, where
    /// root does this; the other is ours.
    ///
    /// # Errors
    /// If they cannot be made.
    pub(super) fn make_downloads(&self, name: &str) -> Result<(PathBuf, Folder), SystemError> {
        let folder = self.path.join(DOWNLOADS).join(name);
        let fetched = folder.join(FETCHED);
        make(&folder)?;
        make(&fetched)?;
        let opened = File::open(&fetched).map_err(SystemError::at("open", &fetched))?;
        if let Some((user, group)) = sandbox_user() {
            chown(&fetched, Some(user), Some(group))
                .map_err(SystemError::at("change the owner of", &fetched))?;
        }
        Ok((folder, Folder::new(opened.into(), fetched)))
    }

    /// A program of apt's that uses this folder. It asks nothing, and speaks as its messages are parsed.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = program::program(program);
        command
            .env("APT_CONFIG", self.path.join(CONFIG_FILE))
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Runs it to its end, with no file of it becoming larger than so many bytes; returns how it ended, and what it said on
    /// standard error, up to [`MESSAGES_MAX`].
    ///
    /// # Errors
    /// If it cannot be run.
    pub(super) fn run(
        &self,
        command: &mut Command,
        file_max: u64,
    ) -> Result<(ExitStatus, String), SystemError> {
        let program = PathBuf::from(command.get_program());
        let mut run = || {
            let mut messages = tempfile::tempfile_in(&self.path)?;
            let mut child = command.stderr(messages.try_clone()?).spawn()?;
            // One that has ended needs no limit.
            if let Err(error) = limit_files(&child, file_max) {
                log::debug!("{error}");
            }
            let status = child.wait()?;
            messages.rewind()?;
            let mut text = Vec::new();
            messages.take(MESSAGES_MAX).read_to_end(&mut text)?;
            Ok((status, String::from_utf8_lossy(&text).into_owned()))
        };
        run().map_err(SystemError::at::<io::Error>("run", &program))
    }
}

fn read_sources(path: &Path) -> Result<Vec<u8>, ArchiveError> {
    let file = open_named(path).map_err(SystemError::at("open", path))?;
    let mut text = Vec::new();
    let read = file.take(SOURCES_MAX + 1).read_to_end(&mut text);
    read.map_err(SystemError::at("read", path))?;
    match text.len() as u64 > SOURCES_MAX {
        true => Err(ArchiveError::Sources(path.to_owned())),
        false => Ok(text),
    }
}

/// SECURITY: of a source `file:`, apt keeps links to files that anybody may change once apt has verified them, and does not look at
/// them again while the Release file stays as it is. `copy:` is the same with copies.
fn copied(sources: &[u8]) -> Vec<u8> {
    let (file, copy) = (b"file:/", b"copy:/");
    let mut sources = sources.to_vec();
    for start in 0..sources.len().saturating_sub(file.len()) {
        // SPEC: sources.list(5): `mirror+file:` names a list of archives.
        let begins = start == 0 || sources[start - 1] != b'+';
        if begins && sources[start..].starts_with(file) {
            sources[start..start + copy.len()].copy_from_slice(copy);
        }
    }
    sources
}

/// SPEC: sources.list(5): a stanza has a field `Types`, a line begins with `deb`.
fn is_deb822(sources: &[u8]) -> bool {
    let mut lines = sources.split(|&byte| byte == b'\n');
    lines.any(|line| {
        line.get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"Types:"))
    })
}

/// SPEC: apt.conf(5) has no escape within quotes.
fn can_be_quoted(path: &str) -> bool {
    path.bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"')
}

fn make(folder: &Path) -> Result<(), SystemError> {
    fs::create_dir_all(folder).map_err(SystemError::at("make", folder))?;
    let everybody = fs::Permissions::from_mode(MODE);
    fs::set_permissions(folder, everybody).map_err(SystemError::at("open", folder))
}

fn lock(folder: &Path) -> Result<Flock<File>, ArchiveError> {
    let path = folder.join(LOCK);
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = options
        .open(&path)
        .map_err(SystemError::at("open", &path))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| match error {
        Errno::EWOULDBLOCK => ArchiveError::Busy(folder.to_owned()),
        error => SystemError::at("lock", &path)(error).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_this_machine_are_copied() {
        let written = "deb [signed-by=/k] file:/srv stable main\nURIs:\tfile:///srv http://host/x mirror+file:/list\n";
        let copied = String::from_utf8(copied(written.as_bytes())).unwrap();
        assert_eq!(
            copied,
            "deb [signed-by=/k] copy:/srv stable main\nURIs:\tcopy:///srv http://host/x mirror+file:/list\n"
        );
    }

    #[test]
    fn sources_are_told_by_their_form() {
        assert!(is_deb822(b"# mine\ntypes: deb\nURIs: http://host\n"));
        assert!(!is_deb822(b"deb http://host stable main # Types:\n"));
        assert!(!is_deb822(b""));
    }
}
