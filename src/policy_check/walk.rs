//! Every regular file beneath a root, on real filesystems. Never follows a symlink.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use nix::sys::statfs::fstatfs;

use super::Candidate;
use crate::folder::Folder;
use crate::root::Root;
use crate::system::SystemError;

/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 100;
const PERMISSIONS: u32 = 0o7777;

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

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// The files.
    pub candidates: Vec<Candidate>,
    /// What could not be looked at.
    pub errors: Vec<SystemError>,
}

/// Looks at every file beneath the root, without entering what the kernel makes up.
///
/// # Errors
/// If the root itself cannot be read.
pub fn walk(root: &Root) -> Result<Walked, SystemError> {
    let mut walked = Walked::default();
    let mut folders = vec![(PathBuf::from("/"), 0)];
    while let Some((path, depth)) = folders.pop() {
        match visit(root, &path, &mut walked) {
            Ok(below) if depth < DEPTH_MAX => {
                folders.extend(below.into_iter().map(|path| (path, depth + 1)));
            }
            Ok(_) => {}
            Err(error) if depth == 0 => return Err(error),
            Err(error) => walked.errors.push(error),
        }
    }
    walked.candidates.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walked)
}

/// Takes in the files of one folder, and returns the folders in it.
fn visit(root: &Root, path: &Path, walked: &mut Walked) -> Result<Vec<PathBuf>, SystemError> {
    let Some(folder) = root.open_folder(path)? else {
        return Ok(Vec::new());
    };
    let kind = fstatfs(&folder).map_err(SystemError::at("examine", folder.path()))?;
    // The type is signed on some architectures, and the number is not.
    let fs_magic = kind.filesystem_type().0 as u64 & u64::from(u32::MAX);
    if MADE_UP.contains(&fs_magic) {
        return Ok(Vec::new());
    }
    let mut below = Vec::new();
    for name in folder.names()? {
        let name = OsStr::from_bytes(&name);
        let Ok(stat) = fstatat(&folder, name, AtFlags::AT_SYMLINK_NOFOLLOW) else {
            continue; // Gone in the meantime.
        };
        let place = path.join(name);
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFDIR => below.push(place),
            SFlag::S_IFREG => match candidate(&folder, name, &stat, fs_magic, place) {
                Ok(candidate) => walked.candidates.push(candidate),
                Err(error) => walked.errors.push(error),
            },
            _ => {}
        }
    }
    Ok(below)
}

fn candidate(
    folder: &Folder,
    name: &OsStr,
    stat: &FileStat,
    fs_magic: u64,
    path: PathBuf,
) -> Result<Candidate, SystemError> {
    let is_elf = is_elf(folder, name).map_err(SystemError::at("read", &path))?;
    Ok(Candidate {
        path,
        mode: stat.st_mode & PERMISSIONS,
        owner: stat.st_uid,
        group: stat.st_gid,
        fs_magic,
        is_elf,
    })
}

fn is_elf(folder: &Folder, name: &OsStr) -> io::Result<bool> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = openat(folder, name, flags, Mode::empty())?;
    // Someone may have put a pipe there meanwhile.
    if SFlag::from_bits_truncate(fstat(file.as_fd())?.st_mode) & SFlag::S_IFMT != SFlag::S_IFREG {
        return Ok(false);
    }
    let mut start = Vec::new();
    File::from(file).take(4).read_to_end(&mut start)?;
    Ok(start == b"\x7fELF")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn files_are_found_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/bin")).unwrap();
        fs::write(folder.path().join("usr/bin/x"), b"\x7fELF...").unwrap();
        fs::write(folder.path().join("usr/note"), b"").unwrap();
        let mode = fs::Permissions::from_mode(0o4755);
        fs::set_permissions(folder.path().join("usr/bin/x"), mode).unwrap();
        symlink("usr", folder.path().join("link")).unwrap();
        symlink("x", folder.path().join("usr/bin/y")).unwrap();
        let walked = walk(&Root::open(folder.path()).unwrap()).unwrap();
        let found: Vec<_> = walked
            .candidates
            .iter()
            .map(|found| (found.path.to_str().unwrap(), found.is_elf))
            .collect();
        assert_eq!(found, [("/usr/bin/x", true), ("/usr/note", false)]);
        assert_eq!(walked.candidates[0].mode, 0o4755);
        assert!(walked.errors.is_empty());
    }
}
