//! Filesystems of other kinds and sizes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::Run;

/// A filesystem that is mounted as long as the value lives. Drop it before the root that it is mounted in.
pub struct Mount(PathBuf);

impl Mount {
    /// A filesystem without `security.*` attributes.
    pub fn without_attributes(at: &Path) -> Self {
        fs::create_dir_all(at).expect("the root is writable");
        Run::new("mount")
            .args(["-t", "ramfs", "ramfs"])
            .arg(at)
            .ok();
        Self(at.to_owned())
    }

    /// A filesystem in memory, with `security.*` attributes.
    pub fn in_memory(at: &Path) -> Self {
        let run = Run::new("mount").args(["-t", "tmpfs", "-o", "mode=0755", "tmpfs"]);
        run.arg(at).ok();
        Self(at.to_owned())
    }

    /// What the kernel tells of processes.
    pub fn proc(at: &Path) -> Self {
        Run::new("mount").args(["-t", "proc", "proc"]).arg(at).ok();
        Self(at.to_owned())
    }

    /// An ext4 filesystem of so many KiB, in a file of its own.
    pub fn small(at: &Path, kib: u32) -> Self {
        fs::create_dir_all(at).expect("the root is writable");
        let image = at.with_extension("image");
        let make = Run::new("mkfs.ext4").args(["-q", "-F", "-m", "0", "-O", "^has_journal"]);
        make.arg(&image).arg(kib.to_string()).ok();
        Run::new("mount")
            .args(["-o", "loop"])
            .arg(&image)
            .arg(at)
            .ok();
        fs::remove_file(&image).expect("the root is writable");
        Self(at.to_owned())
    }

    /// What is there already, seen through an overlay that has nowhere to write to.
    pub fn overlay(at: &Path) -> Self {
        let empty = at.with_extension("empty");
        fs::create_dir_all(&empty).expect("the root is writable");
        let lower = [
            OsStr::new("lowerdir="),
            at.as_ref(),
            ":".as_ref(),
            empty.as_ref(),
        ];
        let lower: OsString = lower.into_iter().collect();
        let run = Run::new("mount").args(["-t", "overlay", "-o"]);
        run.arg(lower).arg("overlay").arg(at).ok();
        Self(at.to_owned())
    }

    /// Mounts it once more with other options, such as `ro`.
    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        Run::new("mount").args(["-o", &options]).arg(&self.0).ok();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Another test may be looking through all filesystems.
        let outcome = Run::new("umount").arg("--lazy").arg(&self.0).outcome();
        if outcome.code() != Some(0) {
            use std::io::Write;
            writeln!(std::io::stderr(), "{outcome}").expect("standard error is there");
        }
    }
}

/// Takes all the room that is left on a filesystem, until the value is dropped or [`Ballast::release`]d.
pub struct Ballast(PathBuf);

impl Ballast {
    /// Fills the filesystem of that directory.
    pub fn fill(directory: &Path) -> Self {
        let file = directory.join("ballast");
        let fill =
            "dd if=/dev/zero of=\"$0\" bs=64k; dd if=/dev/zero bs=1k >>\"$0\"; sync -f \"$0\"";
        let run = Run::new("sh").args(["-c", fill]).arg(&file);
        run.outcome().says("No space left on device");
        Self(file)
    }

    /// Makes room.
    pub fn release(self) {
        fs::remove_file(self.0).expect("it is ours");
    }
}
