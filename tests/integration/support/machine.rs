//! A Debian root that holds the test key's certificate, and packages that are signed on their way into it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Chroot, DebBuilder, OurPackages, Outcome, Run, SignatureList, TestKey, label_of};

/// The machine of one test.
pub struct Machine {
    /// Its root.
    pub chroot: Chroot,
    debs: tempfile::TempDir,
}

impl Machine {
    /// Without our packages, and out of reach of the guards of other tests: nothing is labelled but by
    /// [`Machine::sweep`], so that a test shows what that does alone.
    pub fn without_hooks() -> Self {
        Self::of(Chroot::out_of_reach())
    }

    /// That root, without our packages.
    pub fn of(chroot: Chroot) -> Self {
        let keys = chroot.at("/etc/keys/ima");
        fs::create_dir_all(&keys).expect("the root is writable");
        fs::copy(&TestKey::shared().certificate, keys.join("test.pem"))
            .expect("the root is writable");
        let debs = super::scratch();
        Self { chroot, debs }
    }

    /// With our packages installed: hooks, trigger and guard do the work.
    pub fn with_hooks() -> Self {
        let machine = Self::of(Chroot::new());
        machine.install_hooks();
        machine
    }

    /// Installs our packages.
    pub fn install_hooks(&self) {
        self.chroot.install(&OurPackages::built().both()).ok();
    }

    /// Builds a package and signs it with the shared key.
    #[track_caller]
    pub fn signed(&self, deb: DebBuilder) -> PathBuf {
        self.signed_by(TestKey::shared(), deb)
    }

    /// Builds a package and signs it with that key.
    #[track_caller]
    pub fn signed_by(&self, key: &TestKey, deb: DebBuilder) -> PathBuf {
        let plain = super::scratch();
        key.signed(&deb.build(plain.path()), self.debs.path())
    }

    /// Signs a package and installs it with `dpkg -i`.
    #[track_caller]
    pub fn install(&self, deb: DebBuilder) -> Outcome {
        self.chroot.install(&[&self.signed(deb)]).ok()
    }

    /// Installs an unsigned package with `dpkg -i`.
    #[track_caller]
    pub fn install_unsigned(&self, deb: DebBuilder) -> Outcome {
        let plain = super::scratch();
        self.chroot.install(&[&deb.build(plain.path())]).ok()
    }

    /// `dpkg` inside with those arguments.
    pub fn dpkg(&self, arguments: &[&str]) -> Run {
        self.chroot.run("dpkg").args(arguments)
    }

    /// The helper's sweep of this root from outside, saying all that it does; arguments may be added.
    pub fn sweep(&self) -> Run {
        let run = Run::helper().env("RUST_LOG", "debug").arg("sweep");
        run.arg("--root").arg(self.chroot.path())
    }

    /// `dpkg-ima relabel` of this root; arguments may be added.
    pub fn relabel(&self) -> Run {
        let run = Run::dpkg_ima().args(["relabel", "--root"]);
        run.arg(self.chroot.path())
    }

    /// Takes the label off a file, which must have one: as a backup does that keeps no attributes.
    #[track_caller]
    pub fn unlabel(&self, place: &str) {
        xattr::remove(self.chroot.at(place), "security.ima").expect("it has a label");
    }

    /// `dpkg-ima verify` of this root with its own certificates; targets are to be added.
    pub fn verify(&self, targets: &[&str]) -> Run {
        let run = Run::dpkg_ima().arg("verify").arg("--root");
        run.arg(self.chroot.path()).args(targets)
    }

    /// The label of the file of that path.
    pub fn label(&self, path: &str) -> Option<String> {
        label_of(&self.chroot.at(path))
    }

    /// What the installed package's list says.
    pub fn list(&self, package: &str) -> SignatureList {
        SignatureList::read(&self.list_path(package))
    }

    /// Where dpkg keeps the list.
    pub fn list_path(&self, package: &str) -> PathBuf {
        self.member(package, "imasigs")
    }

    /// Where dpkg keeps a control member.
    pub fn member(&self, package: &str, member: &str) -> PathBuf {
        let info = Path::new("/var/lib/dpkg/info").join(format!("{package}.{member}"));
        self.chroot
            .at(info.to_str().expect("package names are ASCII"))
    }

    /// Every file that the package's list names has that list's label, and `dpkg-ima verify` says so too.
    #[track_caller]
    pub fn ensure_labelled(&self, package: &str) {
        self.ensure_as_listed(package);
        self.verify(&[package]).ok();
    }

    /// Every file that the package's list names has that list's label.
    #[track_caller]
    pub fn ensure_as_listed(&self, package: &str) {
        let list = self.list(package);
        assert!(!list.is_empty(), "the list of {package} is empty");
        for (path, signature) in list.entries() {
            let place = match path.strip_prefix("/DEBIAN/") {
                Some(member) => self.member(package, member),
                None => self.chroot.at(path),
            };
            // What debconf makes up for a package without a config script is no file.
            if place.exists() || !path.starts_with("/DEBIAN/") {
                assert_eq!(label_of(&place).as_ref(), Some(signature), "{path}");
            }
        }
    }

    /// The file has the label that the package's list has for that path.
    #[track_caller]
    pub fn ensure_label(&self, place: &str, package: &str, path: &str) {
        let list = self.list(package);
        assert_eq!(self.label(place), Some(list.signature(path)), "{place}");
    }

    /// The file is there and has no label.
    #[track_caller]
    pub fn ensure_bare(&self, place: &str) {
        assert!(self.chroot.at(place).is_file(), "{place} is not there");
        assert_eq!(self.label(place), None, "{place}");
    }
}
