//! Where the recipes of dpkg-ima-repository(7) are followed: a folder with what the page says is there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::examples::{examples_of, source};
use crate::support::{DebBuilder, Run, TestKey, scratch};

/// The page.
const PAGE: &str = "debian/dpkg-ima-repository.7";
/// A repository of reprepro, before anything is in it.
const DISTRIBUTIONS: &str = "Codename: bookworm\nComponents: main\nArchitectures: amd64 source\nSignWith: archive@example.org\n";

/// Someone with packages, a signing key, and a repository to publish them in.
pub struct Publisher {
    folder: tempfile::TempDir,
}

impl Publisher {
    /// With that package, version 99, unsigned, in `incoming`, and an archive key in gpg.
    pub fn with(package: &str) -> Self {
        let new = Self { folder: scratch() };
        // apt reads the repository as another user.
        Run::new("chmod").arg("755").arg(new.folder.path()).ok();
        for folder in ["incoming", "gnupg", "reprepro/conf"] {
            fs::create_dir_all(new.at(folder)).unwrap();
        }
        let mut deb = DebBuilder::with_program(package, "99");
        // What repository software asks for.
        for field in ["Architecture: amd64", "Section: misc", "Priority: optional"] {
            deb = deb.field(field);
        }
        deb.build(&new.at("incoming"));
        fs::copy(&TestKey::shared().key, new.at("key.pem")).unwrap();
        fs::copy(&TestKey::shared().certificate, new.at("cert.pem")).unwrap();
        fs::write(new.at("reprepro/conf/distributions"), DISTRIBUTIONS).unwrap();
        new.run("chmod 700 gnupg");
        new.run(
            "gpg --batch --passphrase '' --quick-gen-key archive@example.org ed25519 sign never",
        );
        new.run("gpg --export archive@example.org >archive.gpg");
        new
    }

    /// A file of the folder.
    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs a line of shell in the folder; it must work.
    #[track_caller]
    pub fn run(&self, line: &str) {
        let programs = Path::new(env!("CARGO_BIN_EXE_dpkg-ima")).parent().unwrap();
        let path = format!(
            "{}:/usr/sbin:/usr/bin:/sbin:/bin",
            programs.to_str().unwrap()
        );
        let run = Run::new("bash")
            .args(["-ec", line])
            .within(self.folder.path());
        let run = run.env("PATH", path).env("HOME", self.folder.path());
        run.env("GNUPGHOME", self.at("gnupg")).ok();
    }

    /// Runs what the page shows in that section, from one line to another, both counted from 0.
    #[track_caller]
    pub fn follow(&self, section: &str, lines: std::ops::Range<usize>) {
        let recipe = examples_of(&source(PAGE), section);
        assert!(recipe.len() >= lines.end, "{section}: {recipe:?}");
        for line in &recipe[lines] {
            self.run(line);
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.run("gpgconf --kill all");
    }
}
