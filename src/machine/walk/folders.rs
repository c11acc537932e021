//! The walk itself: folder by folder, each read by the next thread that is free.

use std::ffi::OsStr;
use std::io;
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix::fcntl::AtFlags;
use nix::sys::stat::{SFlag, fstatat};
use rayon::{Scope, ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::WalkedFile;
use crate::format::plural::and_more;
use crate::machine::error::SystemError;
use crate::machine::fs_magic::{CGROUP2, fs_magic};
use crate::machine::root::Root;

/// Deepest folder that is read.
const DEPTH_MAX: usize = 100;

/// Fewest threads, even where there are fewer cores: a disk answers several questions at once sooner than one after the
/// other.
const THREADS_MIN: usize = 8;

/// Filesystems whose files the kernel makes up, and of which no file can be executed.
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
    CGROUP2,
    0xcafe_4a11, // bpf
    0x6165_676c, // pstore
    0xde5e_81e4, // efivarfs
    0x6265_6570, // configfs
    0x6573_5543, // fusectl
    0x1980_0202, // mqueue
    0x4249_4e4d, // binfmt_misc
    0x187,       // autofs
];

/// Calls `visit` with every regular file beneath the root, on several threads at once. Filesystems that the kernel
/// makes up are not entered, and mounts that the root leaves out are not touched. Returns the errors, sorted by path:
/// folders that could not be read, and those of `visit`.
///
/// # Errors
/// If the root itself cannot be read.
pub fn walk(
    root: &Root,
    visit: impl Fn(&WalkedFile<'_>) -> Result<(), SystemError> + Sync,
) -> Result<Vec<SystemError>, SystemError> {
    let walk = TreeWalk {
        root,
        visit,
        errors: Mutex::default(),
        too_deep: Mutex::default(),
    };
    let below = walk.read(Path::new("/"))?;
    match threads() {
        Ok(pool) => pool.scope(|scope| walk.descend(scope, below, 1)),
        Err(_) => rayon::scope(|scope| walk.descend(scope, below, 1)),
    }
    let mut errors = into_inner(walk.errors);
    errors.extend(into_inner(walk.too_deep).map(TooDeep::into_error));
    errors.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(errors)
}

fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// They wait for the disk most of the time, unless all is in memory.
fn threads() -> Result<ThreadPool, ThreadPoolBuildError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    ThreadPoolBuilder::new()
        .num_threads(cores.max(THREADS_MIN))
        .build()
}

struct TreeWalk<'a, F> {
    root: &'a Root,
    visit: F,
    errors: Mutex<Vec<SystemError>>,
    too_deep: Mutex<Option<TooDeep>>,
}

/// Folders deeper than [`DEPTH_MAX`], which were not read.
struct TooDeep {
    /// The first of them in the order of paths, whichever thread finds it.
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
        let more = and_more(self.others);
        let why = format!("more than {DEPTH_MAX} folders deep{more}");
        SystemError::at("look into", &self.first)(io::Error::other(why))
    }
}

impl<F: Fn(&WalkedFile<'_>) -> Result<(), SystemError> + Sync> TreeWalk<'_, F> {
    fn descend<'s>(&'s self, scope: &Scope<'s>, folders: Vec<PathBuf>, depth: usize) {
        if depth > DEPTH_MAX {
            folders.into_iter().for_each(|path| self.leave_out(path));
            return;
        }
        for path in folders {
            scope.spawn(move |scope| match self.read(&path) {
                Ok(below) => self.descend(scope, below, depth + 1),
                Err(error) => self.fail(error),
            });
        }
    }

    /// Visits the files of one folder, and returns the folders in it.
    fn read(&self, path: &Path) -> Result<Vec<PathBuf>, SystemError> {
        let Some(folder) = self.root.open_walked_folder(path)? else {
            return Ok(Vec::new());
        };
        let fs_magic = fs_magic(&folder).map_err(SystemError::at("examine", folder.path()))?;
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
                    let file = WalkedFile {
                        folder: &folder,
                        place: path,
                        name,
                        stat,
                        fs_magic,
                    };
                    (self.visit)(&file).unwrap_or_else(|error| self.fail(error));
                }
                _ => {}
            }
        }
        Ok(below)
    }

    fn leave_out(&self, path: PathBuf) {
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
mod tests;
