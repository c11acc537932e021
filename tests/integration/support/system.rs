//! A root without Debian.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Outcome, Run, TestKey};

/// A root that is nothing but a dpkg database: its packages have no dependencies, and nothing in it runs.
pub struct System {
    folder: tempfile::TempDir,
}

impl System {
    /// A new one, in which nothing is installed.
    pub fn new() -> Self {
        let folder = super::scratch();
        for made in ["info", "updates"] {
            fs::create_dir_all(folder.path().join("var/lib/dpkg").join(made))
                .expect("the root is ours");
        }
        fs::write(folder.path().join("var/lib/dpkg/status"), "").expect("the root is ours");
        Self { folder }
    }

    /// Where the root is, seen from outside.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Where a path of the root is, seen from outside.
    pub fn at(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    /// Installs a package.
    #[track_caller]
    pub fn dpkg(&self, options: &[&str], deb: &Path) {
        let run = Run::new("dpkg")
            .arg("--root")
            .arg(self.root())
            .arg("--no-triggers");
        let run = run
            .args(["--force-not-root", "--force-bad-path"])
            .args(options);
        run.arg("-i").arg(deb).ok();
    }

    /// Makes a program that no package brought.
    pub fn program(&self, path: &str, content: impl AsRef<[u8]>) {
        let place = self.at(path);
        fs::create_dir_all(place.parent().expect("it is in a folder")).expect("the root is ours");
        fs::write(&place, content).expect("the root is ours");
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }

    /// Writes the labels that the installed lists name.
    pub fn label(&self) {
        Run::helper()
            .args(["sweep", "--all", "--root"])
            .arg(self.root())
            .ok();
    }

    /// Adds a certificate to those that signatures are verified with.
    pub fn trust(&self, key: &TestKey) {
        let keys = self.at("/etc/keys/ima");
        fs::create_dir_all(&keys).expect("the root is ours");
        let name = format!(
            "{}.der",
            fs::read_dir(&keys).expect("the root is ours").count()
        );
        fs::copy(&key.der, keys.join(name)).expect("the root is ours");
    }

    /// What `dpkg-ima verify` says of a target.
    pub fn verify(&self, target: &str) -> Outcome {
        let run = Run::dpkg_ima().args(["verify", "--root"]).arg(self.root());
        run.arg(target).outcome()
    }

    /// Gives a file a label.
    pub fn set(&self, path: &str, value: &[u8]) {
        xattr::set(self.at(path), "security.ima", value).expect("the root is ours");
    }

    /// The label of a file.
    pub fn value(&self, path: &str) -> Vec<u8> {
        xattr::get(self.at(path), "security.ima")
            .expect("it can be read")
            .expect("it has a label")
    }
}
