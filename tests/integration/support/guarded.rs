//! A guard, and a filesystem of its own for it to watch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use data_encoding::BASE64;

use super::{Mount, Run, scratch};

/// Its size in KiB. What is in it is sparse.
const SIZE: u32 = 2 << 20;
/// The descriptors that it has, though it is started with Debian's usual limit of 1,024, which it may raise as far as this.
/// With fewer, users who open more files at once than that would be refused.
const DESCRIPTORS: u64 = 8_192;
/// How long a guard may take to end.
const END_TRIES: usize = 200;

/// What a list names.
pub enum Named<'a> {
    /// Some content of that size, which no file has.
    Size(u64),
    /// This content.
    Content(&'a [u8]),
}

/// A small ext4 filesystem with nothing in it but the helper, which guards it and nothing else. Needs root.
///
/// Users reach what is in it by relative paths only: [`Guarded::as_user`] starts them there.
pub struct Guarded {
    /// The process whose end ends the guard; none while there is no guard.
    followed: Mutex<Option<Child>>,
    _proc: Mount,
    _mount: Mount,
    directory: tempfile::TempDir,
}

impl Guarded {
    /// One whose guard knows a list that names this.
    #[track_caller]
    pub fn knowing(named: &[Named<'_>]) -> Self {
        let directory = scratch();
        let root = directory.path().join("root");
        let mount = Mount::small(&root, SIZE);
        furnish(&root);
        fs::write(root.join("var/lib/dpkg/info/named.list"), "").unwrap();
        fs::write(root.join("var/lib/dpkg/info/named.imasigs"), list(named)).unwrap();
        let proc = Mount::proc(&root.join("proc"));
        let guarded = Self {
            followed: Mutex::new(None),
            _proc: proc,
            _mount: mount,
            directory,
        };
        guarded.start();
        guarded
    }

    /// Starts a guard, which watches what is mounted now.
    #[track_caller]
    pub fn start(&self) {
        let followed = Command::new("sleep").arg("1000").spawn().unwrap();
        let process = followed.id();
        *self.followed.lock().unwrap() = Some(followed);
        self.follow(process);
        assert_eq!(self.descriptors(), DESCRIPTORS);
    }

    /// The guard's limit of descriptors.
    #[track_caller]
    fn descriptors(&self) -> u64 {
        let root = self.directory.path().join("root");
        let is_guard = |process: &Path| {
            fs::read_to_string(process.join("comm")).is_ok_and(|name| name == "dpkg-ima-guard\n")
                && fs::read_link(process.join("root")).is_ok_and(|of| of == root)
        };
        let processes = fs::read_dir("/proc").unwrap();
        let mut processes = processes.map(|process| process.unwrap().path());
        let guard = processes.find(|process| is_guard(process));
        let limits = fs::read_to_string(guard.expect("it runs").join("limits")).unwrap();
        let limit = limits.split_once("Max open files").expect("proc(5)").1;
        let limit = limit.split_whitespace().next().expect("proc(5)");
        limit.parse().unwrap()
    }

    /// Ends the guard, and waits until it has let everybody go.
    pub fn stop(&self) {
        let Some(mut followed) = self.followed.lock().unwrap().take() else {
            return;
        };
        followed.kill().expect("it is ours");
        followed.wait().expect("it is ours");
        let socket = self.at("/run/dpkg-ima/socket");
        for _ in 0..END_TRIES {
            if !socket.exists() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        // Its process ends a moment after its socket.
        sleep(Duration::from_millis(200));
    }

    #[track_caller]
    fn follow(&self, process: u32) {
        let run = Run::new("prlimit").args(["--nofile=1024:8192", "chroot"]);
        let run = run.env("RUST_LOG", "debug").arg(self.at("/"));
        run.args(["/helper", "guard", "--follow", &process.to_string()])
            .ok();
        assert!(self.at("/run/dpkg-ima/socket").exists(), "{}", self.log());
    }

    /// Where that path of the filesystem is.
    pub fn at(&self, path: &str) -> PathBuf {
        let root = self.directory.path().join("root");
        root.join(path.trim_start_matches('/'))
    }

    /// What the guard has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.at("/run/dpkg-ima/log")).unwrap_or_default()
    }

    /// The guard that was started is there, and answers.
    #[track_caller]
    pub fn ensure_on(&self) {
        let process = self.followed.lock().unwrap().as_ref().map(Child::id);
        let process = process.expect("it was started");
        // If it were gone, this would start another, which logs anew.
        self.follow(process);
        let asked = format!("request: Follow({process})");
        assert!(self.log().contains(&asked), "{}", self.log());
    }

    /// Sends a signal to the guard's process.
    #[track_caller]
    pub fn signal(&self, signal: &str) {
        let followed = self.followed.lock().unwrap().as_ref().map(Child::id);
        let named = format!("serve {}$", followed.expect("it was started"));
        let guard = Run::new("pgrep").args(["-f", &named]).ok().stdout();
        let kill = Run::new("kill").args(["-s", signal]);
        kill.arg(guard.trim()).ok();
    }

    /// A command that this user runs, in the filesystem's folder for users.
    pub fn as_user(user: u32, command: &str) -> Run {
        let user = user.to_string();
        let run = Run::new("setpriv").args(["--clear-groups", "--reuid", &user]);
        run.args(["--regid", &user]).arg(command)
    }

    /// One of the attacks of `attacks.py`, by that user.
    pub fn attack(&self, user: u32, arguments: &[&str]) -> Run {
        let attacks = include_str!("../guard/attacks.py");
        let run = Self::as_user(user, "/usr/bin/python3").args(["-c", attacks]);
        run.args(arguments).within(&self.at("/users"))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The helper, what it is linked with, and the folders and the device that it needs.
fn furnish(root: &Path) {
    let folders = [
        "proc",
        "run",
        "dev",
        "etc/keys/ima",
        "var/lib/dpkg/info",
        "usr/bin",
    ];
    for folder in folders {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
    let users = Run::new("mkdir").args(["-m", "1777"]);
    users.arg(root.join("users")).ok();
    let null = Run::new("mknod")
        .args(["-m", "666"])
        .arg(root.join("dev/null"));
    null.args(["c", "1", "3"]).ok();
    let helper = env!("CARGO_BIN_EXE_dpkg-ima-helper");
    copy_program(helper, root, "helper");
}

/// Copies a program into a root, with the libraries that it is linked with.
pub fn copy_program(program: &str, root: &Path, name: &str) {
    fs::copy(program, root.join(name)).unwrap();
    let linked = Run::new("ldd").arg(program).ok().stdout();
    for library in linked
        .split_whitespace()
        .filter(|word| word.starts_with('/'))
    {
        let inside = root.join(library.trim_start_matches('/'));
        fs::create_dir_all(inside.parent().expect("a library is in a folder")).unwrap();
        fs::copy(library, inside).unwrap();
    }
}

/// A list with made-up signatures.
pub fn list(named: &[Named<'_>]) -> String {
    let lines = named.iter().enumerate().map(|(number, named)| {
        let (size, content) = match named {
            Named::Size(size) => (*size, &b"another content"[..]),
            Named::Content(content) => (content.len() as u64, *content),
        };
        let sum = Run::new("sha256sum").input(content).ok().stdout();
        let digest = sum
            .split(' ')
            .next()
            .expect("a digest comes first")
            .to_owned();
        let mut value = vec![3, 2, 4, 0, 0, 0, 1, 1, 0];
        value.resize(9 + 256, u8::try_from(number).expect("few are named"));
        let signature = BASE64.encode(&value);
        format!(
            "./usr/bin/{number:04} type=file size={size} sha256={digest} security.ima={signature}\n"
        )
    });
    format!("#mtree v2.0\n{}", lines.collect::<String>())
}
