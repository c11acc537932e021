//! Signature lists apart from their packages, as a source has them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{DebBuilder, Run, TestKey};

/// A tree of lists in a folder, made with dpkg-deb and zstd.
pub struct ListTree {
    folder: tempfile::TempDir,
}

impl ListTree {
    pub fn new() -> Self {
        let folder = super::scratch();
        // Servers and sandboxes of apt read it as other users.
        Run::new("chmod").arg("755").arg(folder.path()).ok();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Builds a package, keeps it unsigned in `debs`, and puts the list that a signed copy has into the tree.
    pub fn package(&self, key: &TestKey, deb: DebBuilder, debs: &Path) -> PathBuf {
        let deb = deb.build(debs);
        let signed = super::scratch();
        self.add(&key.signed(&deb, signed.path()), &deb);
        deb
    }

    /// Puts the list of a signed package where that of another is expected, which may be the same. Returns its file.
    pub fn add(&self, signed: &Path, expected_by: &Path) -> PathBuf {
        let list = Run::new("dpkg-deb").arg("-I").arg(signed).arg("imasigs");
        self.put(list.ok().bytes(), expected_by)
    }

    /// Puts a list where that of a package is expected. Returns its file.
    pub fn put(&self, list: impl Into<Vec<u8>>, expected_by: &Path) -> PathBuf {
        let compressed = Run::new("zstd").arg("-cq").input(list).ok();
        let file = self.place(expected_by);
        fs::create_dir_all(file.parent().expect("it is in a folder")).unwrap();
        fs::write(&file, compressed.bytes()).unwrap();
        file
    }

    /// Where the list of that package belongs.
    pub fn place(&self, deb: &Path) -> PathBuf {
        let field = |name: &str| {
            let value = Run::new("dpkg-deb").arg("-f").arg(deb).arg(name).ok();
            value.stdout().trim().to_owned()
        };
        let package = field("Package");
        let letters = if package.starts_with("lib") { 4 } else { 1 };
        let version = field("Version").replace(':', "%3a");
        let name = format!("{package}_{version}_{}.imasigs.zst", field("Architecture"));
        self.path()
            .join(&package[..letters])
            .join(&package)
            .join(name)
    }
}
