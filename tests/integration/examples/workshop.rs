//! Where examples are run: a Debian root with our packages, and in it a folder with the files that the examples name.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{
    DebBuilder, ListTree, Machine, OurPackages, Run, SignedArchive, TestKey, scratch,
};

/// The folder, inside.
const FOLDER: &str = "/srv/example";
/// What opens `secret.key`.
const PASSPHRASE: &str = "correct horse battery staple";

/// The root, with an empty folder.
pub struct Workshop {
    /// The machine.
    pub machine: Machine,
}

impl Workshop {
    /// A machine that is set up, as readers of the man pages have it: the package hello is installed, signed by a key whose
    /// certificate is in /etc/keys/ima.
    pub fn set_up() -> Self {
        let machine = Machine::with_hooks();
        machine.install(hello());
        let new = Self { machine };
        new.clear();
        new
    }

    /// A machine without dpkg-ima but for the command, and with a repository that has it. apt asks nothing.
    pub fn before_installation() -> Self {
        let machine = Machine::with_hooks();
        let ours = OurPackages::built();
        machine.chroot.repository(&ours.both());
        machine.dpkg(&["--purge", "dpkg-ima"]).ok();
        let yes = machine.chroot.at("/etc/apt/apt.conf.d/yes");
        fs::write(yes, "APT::Get::Assume-Yes \"true\";\n").unwrap();
        let new = Self { machine };
        new.clear();
        let pool = new.folder().join("pool");
        fs::create_dir(&pool).unwrap();
        for folder in [new.folder(), pool] {
            hello_deb(&folder);
        }
        new.offer_archive();
        tool(&new.folder());
        new
    }

    /// The folder, seen from outside.
    fn folder(&self) -> PathBuf {
        self.machine.chroot.at(FOLDER)
    }

    fn clear(&self) {
        if self.folder().exists() {
            fs::remove_dir_all(self.folder()).unwrap();
        }
        fs::create_dir_all(self.folder()).unwrap();
    }

    /// A new folder with what the examples of the man pages name: a package, unsigned, signed, and in a pool; a key, the same
    /// key encrypted with its passphrase, and its certificate; a program of nobody's.
    pub fn tidy_up(&self) {
        self.clear();
        let folder = self.folder();
        for sub in ["pool", "signed"] {
            fs::create_dir(folder.join(sub)).unwrap();
        }
        let deb = hello_deb(&folder);
        fs::copy(&deb, folder.join("pool").join("hello_1.0_all.deb")).unwrap();
        let key = TestKey::shared();
        key.signed(&deb, &folder.join("signed"));
        self.offer_list(&deb);
        self.offer_archive();
        fs::copy(&key.key, folder.join("mirror.key")).unwrap();
        fs::copy(&key.certificate, folder.join("mirror.pem")).unwrap();
        encrypted(&key.key, &folder);
        tool(&folder);
    }

    /// A source that has the list of that package, and no configuration that names it.
    fn offer_list(&self, deb: &Path) {
        let (tree, lists) = (ListTree::new(), self.machine.chroot.at("/srv/lists"));
        tree.add(&self.folder().join("signed/hello_1.0_all.deb"), deb);
        Run::new("cp").arg("-rT").arg(tree.path()).arg(lists).ok();
        fs::remove_file(self.machine.chroot.at("/etc/dpkg-ima.toml")).unwrap_or_default();
    }

    /// An archive that has the package, and the file of sources that names it.
    fn offer_archive(&self) {
        let archive = SignedArchive::new();
        archive.add(hello());
        archive.publish();
        let sources = archive.copy_into(self.machine.chroot.path(), "/srv/archive");
        fs::write(self.folder().join("debian.sources"), sources).unwrap();
    }

    /// The example as it is typed in the folder; of a pipe, every command must succeed.
    pub fn run(&self, example: &str) -> Run {
        let script = format!("cd {FOLDER}\n{example}\n");
        let shell = self.machine.chroot.run("bash");
        shell.args(["-e", "-o", "pipefail", "-c", &script])
    }
}

fn hello() -> DebBuilder {
    DebBuilder::new("hello", "1.0").file("/usr/bin/hello", "#!/bin/sh\necho hello\n", 0o755)
}

/// Under the name that Debian would give it.
fn hello_deb(folder: &Path) -> PathBuf {
    let plain = scratch();
    let deb = folder.join("hello_1.0_all.deb");
    fs::copy(hello().build(plain.path()), &deb).unwrap();
    deb
}

/// A program that was built there.
fn tool(folder: &Path) {
    fs::write(folder.join("tool"), "#!/bin/sh\necho tool\n").unwrap();
}

/// `secret.key` and `passphrase`.
fn encrypted(key: &Path, folder: &Path) {
    let passphrase = folder.join("passphrase");
    fs::write(&passphrase, format!("{PASSPHRASE}\n")).unwrap();
    let mut pass = std::ffi::OsString::from("file:");
    pass.push(&passphrase);
    let run = Run::new("openssl").args(["pkey", "-aes256", "-in"]);
    let run = run.arg(key).arg("-passout").arg(pass).arg("-out");
    run.arg(folder.join("secret.key")).ok();
}
