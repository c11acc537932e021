//! A Debian root to install things in.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Mount, Run};

/// What is in the root beyond the essential packages and apt.
const INCLUDED: [&str; 1] = ["libssl3"];

/// A Debian 12 root of its own for one test, gone with the value. Needs root.
pub struct Chroot {
    /// Goes before the directory that it is mounted on.
    _mount: Option<Mount>,
    directory: tempfile::TempDir,
}

impl Chroot {
    /// Unpacks a fresh one: essential packages, apt, and what dpkg-ima depends on. About a second.
    pub fn new() -> Self {
        Self::unpack(base(), None, super::scratch())
    }

    /// The same on a filesystem in memory. A guard watches all disks, so that one that another test has started, in a
    /// root of its own, would label files here too; filesystems in memory it leaves alone.
    pub fn out_of_reach() -> Self {
        Self::in_memory(base())
    }

    /// One in memory that also has those dependencies, written as in a `Depends` field, and is kept under that name.
    pub fn with_dependencies(name: &str, dependencies: &[String]) -> Self {
        Self::in_memory(&archive(name, dependencies))
    }

    /// A copy of that root, in memory.
    pub fn copy_of(packed: &PackedRoot) -> Self {
        Self::in_memory(&packed.path())
    }

    /// The root as it is now.
    pub fn pack(&self) -> PackedRoot {
        let target = env!("CARGO_TARGET_TMPDIR");
        let packed = PackedRoot(tempfile::tempfile_in(target).expect("cargo makes it"));
        // With fractions of seconds: programs compare times.
        let run = Run::new("tar").args(["--format=posix", "-cf"]);
        run.arg(packed.path())
            .arg("-C")
            .arg(self.path())
            .arg(".")
            .ok();
        packed
    }

    fn in_memory(archive: &Path) -> Self {
        let directory = super::scratch();
        let mount = Mount::in_memory(directory.path());
        Self::unpack(archive, Some(mount), directory)
    }

    fn unpack(archive: &Path, mount: Option<Mount>, directory: tempfile::TempDir) -> Self {
        Run::new("tar")
            .arg("-xf")
            .arg(archive)
            .arg("-C")
            .arg(directory.path())
            .ok();
        Self {
            _mount: mount,
            directory,
        }
    }

    /// Where the root is, seen from outside.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where an absolute path of the root is, seen from outside. Symbolic links in it lead astray: name real paths.
    pub fn at(&self, path: &str) -> PathBuf {
        self.path().join(path.trim_start_matches('/'))
    }

    /// Runs `program` inside, with `/proc`, in a mount namespace that ends with it.
    pub fn run(&self, program: impl AsRef<OsStr>) -> Run {
        let script = r#"mount --bind /proc "$0/proc" && exec chroot "$0" "$@""#;
        let run = Run::new("/usr/bin/unshare")
            .clear_env()
            .args(["--mount", "sh", "-c", script]);
        run.arg(self.path())
            .arg(program)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/root")
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive")
    }

    /// Copies .debs in and installs them in one `dpkg -i`.
    pub fn install(&self, debs: &[&Path]) -> Run {
        self.run("dpkg")
            .arg("-i")
            .args(self.copy_in("/tmp/debs", debs))
    }

    /// Copies files into `directory` of the root and returns their paths inside.
    pub fn copy_in(&self, directory: &str, files: &[&Path]) -> Vec<String> {
        fs::create_dir_all(self.at(directory)).expect("the root is writable");
        let copy = |file: &&Path| {
            let name = file
                .file_name()
                .and_then(OsStr::to_str)
                .expect("a .deb has a printable name");
            let inside = format!("{directory}/{name}");
            fs::copy(file, self.at(&inside)).expect("the file exists and the root is writable");
            inside
        };
        files.iter().map(copy).collect()
    }

    /// Makes the given .debs the one apt repository of the root and reads it. Again to add newer versions.
    pub fn repository(&self, debs: &[&Path]) {
        self.copy_in("/srv/debs", debs);
        let index = Run::new("apt-ftparchive")
            .args(["packages", "."])
            .within(&self.at("/srv/debs"))
            .ok();
        fs::write(self.at("/srv/debs/Packages"), index.bytes()).expect("the root is writable");
        let sources = "deb [trusted=yes] file:/srv/debs ./\n";
        fs::write(self.at("/etc/apt/sources.list"), sources).expect("the root is writable");
        self.run("apt-get").args(["-q", "update"]).ok();
    }

    /// `apt-get -y install PACKAGE…` and the like: anything after `apt-get -y`.
    pub fn apt(&self, arguments: &[&str]) -> Run {
        self.run("apt-get")
            .args([
                "-q",
                "-y",
                "-o",
                "Dpkg::Use-Pty=false",
                "--allow-downgrades",
            ])
            .args(arguments)
    }
}

/// The archive of a root that a test has furnished, without the labels of its files. It has no name, and so ends with this process.
pub struct PackedRoot(File);

impl PackedRoot {
    fn path(&self) -> PathBuf {
        let (process, file) = (std::process::id(), self.0.as_raw_fd());
        format!("/proc/{process}/fd/{file}").into()
    }
}

/// The archive of a small root.
fn base() -> &'static Path {
    static BASE: OnceLock<PathBuf> = OnceLock::new();
    BASE.get_or_init(|| archive(&INCLUDED.join("-"), &[]))
}

/// The archive that roots are unpacked from: made by mmdebstrap once and kept under `target/`.
fn archive(name: &str, dependencies: &[String]) -> PathBuf {
    // Tests run beside each other, and several may want the same one.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let archive = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("root-{name}.tar"));
    if !archive.exists() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lib/root");
        let run = Run::new(script).arg(&archive).args(INCLUDED);
        run.args(dependencies).ok();
    }
    archive
}
