//! An archive as apt knows it: a pool, an index made by apt-ftparchive, and a Release file signed by gpg.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{DebBuilder, Run, scratch};

/// In its folder.
const KEY: &str = "archive.asc";

/// One suite with one component.
pub struct SignedArchive {
    folder: tempfile::TempDir,
    /// Two keyrings of gpg: the one that signs, and one that nobody has heard of.
    keyrings: [tempfile::TempDir; 2],
}

impl SignedArchive {
    /// Makes the keys, and no packages.
    pub fn new() -> Self {
        let new = Self {
            folder: scratch(),
            keyrings: [scratch(), scratch()],
        };
        // apt gives up its rights to fetch, and to verify.
        Run::new("chmod").arg("755").arg(new.path()).ok();
        fs::create_dir_all(new.index().parent().expect("it is in a folder")).unwrap();
        fs::create_dir(new.path().join("pool")).unwrap();
        for keyring in &new.keyrings {
            let key = [
                "--quick-gen-key",
                "Archive <archive@example.org>",
                "rsa2048",
                "sign",
                "never",
            ];
            gpg(keyring.path())
                .args(["--passphrase", ""])
                .args(key)
                .ok();
        }
        let key = gpg(new.keyrings[0].path())
            .args(["--armor", "--export"])
            .ok();
        fs::write(new.key(), key.bytes()).unwrap();
        new
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The key that verifies the index.
    fn key(&self) -> PathBuf {
        self.path().join(KEY)
    }

    /// The index, which a test may change before it is signed.
    pub fn index(&self) -> PathBuf {
        self.path().join("dists/stable/main/binary-amd64/Packages")
    }

    /// Builds a package into the pool; returns its file.
    pub fn add(&self, deb: DebBuilder) -> PathBuf {
        deb.build(&self.path().join("pool"))
    }

    /// Makes the index of the pool, and signs it.
    pub fn publish(&self) {
        let index = Run::new("apt-ftparchive").args(["packages", "pool"]);
        fs::write(self.index(), index.within(self.path()).ok().bytes()).unwrap();
        self.sign(0);
    }

    /// Signs the index as it is, by the first key or the second.
    pub fn sign(&self, keyring: usize) {
        let suite = self.path().join("dists/stable");
        let in_release = suite.join("InRelease");
        let old = fs::metadata(&in_release).and_then(|file| file.modified());
        fs::remove_file(&in_release).unwrap_or_default();
        let option = |name, value| format!("APT::FTPArchive::Release::{name}={value}");
        let release = Run::new("apt-ftparchive").args(["-o", &option("Suite", "stable")]);
        let release = release.args(["-o", &option("Architectures", "amd64")]);
        let release = release.args(["-o", &option("Components", "main")]);
        let release = release.args(["release", "."]).within(&suite).ok();
        let signed = gpg(self.keyrings[keyring].path()).arg("--clearsign");
        fs::write(&in_release, signed.input(release.bytes()).ok().bytes()).unwrap();
        // A web server tells a new index from an old one by whole seconds.
        if let Ok(old) = old {
            let later = SystemTime::now().max(old + Duration::from_secs(1));
            let file = File::options().write(true).open(in_release).unwrap();
            file.set_modified(later).unwrap();
        }
    }

    /// A file of sources with the archive at that URI, in the form of deb822.
    pub fn sources(&self, uri: &str, folder: &Path) -> PathBuf {
        let file = folder.join("archive.sources");
        fs::write(&file, stanza(uri, &self.key())).unwrap();
        file
    }

    /// The same on this machine, without a server.
    pub fn local_sources(&self, folder: &Path) -> PathBuf {
        self.sources(&format!("file:{}", self.path().to_str().unwrap()), folder)
    }

    /// Copies it to a path of another root; returns the sources as a machine with that root names them.
    pub fn copy_into(&self, root: &Path, path: &str) -> String {
        let copy = root.join(path.trim_start_matches('/'));
        Run::new("cp").arg("-rT").arg(self.path()).arg(copy).ok();
        stanza(&format!("file:{path}"), &Path::new(path).join(KEY))
    }

    /// The same as one line.
    pub fn sources_line(&self, folder: &Path) -> PathBuf {
        let (key, path) = (self.key(), self.path());
        let line = format!(
            "deb [arch=amd64 signed-by={}] file:{} stable main\n",
            key.to_str().unwrap(),
            path.to_str().unwrap()
        );
        let file = folder.join("archive.list");
        fs::write(&file, line).unwrap();
        file
    }
}

impl Drop for SignedArchive {
    /// gpg has left agents behind.
    fn drop(&mut self) {
        for keyring in &self.keyrings {
            let stop = Run::new("gpgconf").args(["--kill", "all"]);
            stop.env("GNUPGHOME", keyring.path()).outcome();
        }
    }
}

/// The field Architectures is for tests on machines of another.
fn stanza(uri: &str, key: &Path) -> String {
    let archive = format!("Types: deb\nURIs: {uri}\nSuites: stable\nComponents: main\n");
    format!(
        "{archive}Architectures: amd64\nSigned-By: {}\n",
        key.to_str().unwrap()
    )
}

fn gpg(keyring: &Path) -> Run {
    let run = Run::new("gpg").env("GNUPGHOME", keyring);
    run.args(["--batch", "--quiet", "--pinentry-mode", "loopback"])
}
