//! The walk itself: folder by folder, each taken by whatever thread is free.

use std::ffi::OsStr;
use std::io;
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix::fcntl::AtFlags;
use nix::sys::stat::{SFlag, fstatat};
use nix::sys::statfs::fstatfs;
use rayon::{Scope, ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::WalkedFile;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 100;

/// So many folders are read at a time even where there are fewer cores: a disk answers several questions
/// sooner than one after the other.
const THREADS_MIN: usize = 8;

/// Filesystems whose files the kernel makes up, and none of which can be executed.
///
/// SPEC: linux/magic.h.
const MADE_UP: [u64; 17] = [
    0x9fa0,      // proc
    0x6265_6572, // sysfs
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xf97c_ff8c, // selinuxfs
    0x1cd1,      // devpts
    0x27_e0eb,   // cgroup
    0x6367_7270, // cgroup2
    0xcafe_4a11, // bpf
    0x6165_676c, // pstore
    0xde5e_81e4, // efivarfs
    0x6265_6570, // configfs
    0x6573_5543, // fusectl
    0x1980_0202, // mqueue
    0x4249_4e4d, // binfmt_misc
    0x187,       // autofs
];

/// Calls `meet` with every regular file beneath the root, on several threads at once, without entering
/// what the kernel makes up, and without touching the mounts that the root leaves out. Returns what could not be
/// looked at, sorted by path.
///
/// # Errors
/// If the root itself cannot be read.
pub fn walk(
    root: &Root,
    meet: impl Fn(&WalkedFile<'_>) -> Result<(), SystemError> + Sync,
) -> Result<Vec<SystemError>, SystemError> {
    let walk = Walk {
        root,
        meet,
        errors: Mutex::default(),
        too_deep: Mutex::default(),
    };
    let below = walk.visit(Path::new("/"))?;
    match threads() {
        Ok(pool) => pool.scope(|scope| walk.descend(scope, below, 1)),
        Err(_) => rayon::scope(|scope| walk.descend(scope, below, 1)),
    }
    let mut errors = walk
        .errors
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let too_deep = walk.too_deep.into_inner();
    errors.extend(
        too_deep
            .unwrap_or_else(PoisonError::into_inner)
            .map(TooDeep::into_error),
    );
    errors.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(errors)
}

/// Threads that wait for the disk most of the time, unless all is in memory already.
fn threads() -> Result<ThreadPool, ThreadPoolBuildError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    ThreadPoolBuilder::new()
        .num_threads(cores.max(THREADS_MIN))
        .build()
}

struct Walk<'a, F> {
    root: &'a Root,
    meet: F,
    errors: Mutex<Vec<SystemError>>,
    too_deep: Mutex<Option<TooDeep>>,
}

/// Folders that were not looked into, since so many are above them.
struct TooDeep {
    /// The first of them, by its path.
    first: PathBuf,
    others: usize,
}

impl TooDeep {
    fn add(&mut self, path: PathBuf) {
        self.others += 1;
        if path < self.first {
            self.first = path;
        }
    }

    fn into_error(self) -> SystemError {
        let why = format!(
            "more than {DEPTH_MAX} folders deep, and so are {} others",
            self.others
        );
        SystemError::at("look into", &self.first)(io::Error::other(why))
    }
}

impl<F: Fn(&WalkedFile<'_>) -> Result<(), SystemError> + Sync> Walk<'_, F> {
    fn descend<'s>(&'s self, scope: &Scope<'s>, folders: Vec<PathBuf>, depth: usize) {
        if depth > DEPTH_MAX {
            folders.into_iter().for_each(|path| self.leave(path));
            return;
        }
        for path in folders {
            scope.spawn(move |scope| match self.visit(&path) {
                Ok(below) => self.descend(scope, below, depth + 1),
                Err(error) => self.fail(error),
            });
        }
    }

    /// Meets the files of one folder, and returns the folders in it.
    fn visit(&self, path: &Path) -> Result<Vec<PathBuf>, SystemError> {
        let Some(folder) = self.root.open_folder(path)? else {
            return Ok(Vec::new());
        };
        let kind = fstatfs(&folder).map_err(SystemError::at("examine", folder.path()))?;
        // The type is signed on some architectures, and the number is not.
        let fs_magic = kind.filesystem_type().0 as u64 & u64::from(u32::MAX);
        if MADE_UP.contains(&fs_magic) {
            return Ok(Vec::new());
        }
        let left_out = self.root.left_out();
        let is_left_out = |name: &OsStr| !left_out.is_empty() && left_out.is_at(&path.join(name));
        let mut below = Vec::new();
        for name in folder.names()? {
            let name = OsStr::from_bytes(&name);
            if is_left_out(name) {
                continue;
            }
            let Ok(stat) = fstatat(&folder, name, AtFlags::AT_SYMLINK_NOFOLLOW) else {
                continue; // Gone in the meantime.
            };
            match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
                SFlag::S_IFDIR => below.push(path.join(name)),
                SFlag::S_IFREG => {
                    let met = WalkedFile {
                        folder: &folder,
                        place: path,
                        name,
                        stat,
                        fs_magic,
                    };
                    (self.meet)(&met).unwrap_or_else(|error| self.fail(error));
                }
                _ => {}
            }
        }
        Ok(below)
    }

    fn leave(&self, path: PathBuf) {
        let mut left = self.too_deep.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *left {
            Some(left) => left.add(path),
            None => {
                *left = Some(TooDeep {
                    first: path,
                    others: 0,
                });
            }
        }
    }

    fn fail(&self, error: SystemError) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.push(error);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::ProgramFile;
    use super::*;

    fn walked(folder: &Path) -> (Vec<ProgramFile>, Vec<SystemError>) {
        let met = Mutex::new(Vec::new());
        let root = Root::open(folder).unwrap();
        let errors = walk(&root, |file| {
            let program = file.program_file()?;
            assert_eq!(
                file.is_executable()?,
                program.is_program() || program.is_module()
            );
            met.lock().unwrap().push(program);
            Ok(())
        });
        let mut met = met.into_inner().unwrap();
        met.sort_by(|a, b| a.path.cmp(&b.path));
        (met, errors.unwrap())
    }

    #[test]
    fn files_are_met_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/bin")).unwrap();
        fs::write(folder.path().join("usr/bin/x"), b"\x7fELF...").unwrap();
        fs::write(folder.path().join("usr/note"), b"").unwrap();
        let mode = fs::Permissions::from_mode(0o4755);
        fs::set_permissions(folder.path().join("usr/bin/x"), mode).unwrap();
        symlink("usr", folder.path().join("link")).unwrap();
        symlink(".", folder.path().join("loop")).unwrap();
        symlink("x", folder.path().join("usr/bin/y")).unwrap();
        let (met, errors) = walked(folder.path());
        let found: Vec<_> = met
            .iter()
            .map(|file| (file.path.to_str().unwrap(), file.is_elf))
            .collect();
        assert_eq!(found, [("/usr/bin/x", true), ("/usr/note", false)]);
        assert_eq!(met[0].mode, 0o4755);
        assert!(errors.is_empty());
    }

    #[test]
    fn what_lies_too_deep_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d/".repeat(DEPTH_MAX));
        fs::create_dir_all(deep.join("b")).unwrap();
        fs::create_dir_all(deep.join("a/c")).unwrap();
        fs::write(deep.join("x"), b"text").unwrap();
        let (met, errors) = walked(folder.path());
        assert_eq!(met.len(), 1);
        let [error] = errors.as_slice() else {
            panic!("{errors:?}");
        };
        let text = error.to_string();
        assert!(
            text.ends_with("/d/a': more than 100 folders deep, and so are 1 others"),
            "{text}"
        );
    }

    #[test]
    fn hard_links_have_one_identity() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), b"text").unwrap();
        fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
        fs::write(folder.path().join("c"), b"text").unwrap();
        let met = Mutex::new(Vec::new());
        let root = Root::open(folder.path()).unwrap();
        let errors = walk(&root, |file| {
            met.lock().unwrap().push((file.path(), file.identity()));
            Ok(())
        });
        assert!(errors.unwrap().is_empty());
        let mut met = met.into_inner().unwrap();
        met.sort();
        assert_eq!(met[0].1, met[1].1);
        assert_ne!(met[0].1, met[2].1);
        let metadata = fs::metadata(folder.path().join("c")).unwrap();
        assert_eq!(met[2].1, super::super::Identity::from(&metadata));
    }

    #[test]
    fn what_cannot_be_taken_is_named_and_the_rest_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), b"text").unwrap();
        }
        let root = Root::open(folder.path()).unwrap();
        let errors = walk(&root, |file| {
            let error = || SystemError::at("take", &file.path())(std::io::Error::other("no"));
            if file.path().ends_with("b") {
                Ok(())
            } else {
                Err(error())
            }
        });
        let paths: Vec<_> = errors
            .unwrap()
            .into_iter()
            .map(|error| error.path)
            .collect();
        assert_eq!(paths, [Path::new("/a"), Path::new("/c")]);
    }
}
