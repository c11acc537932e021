//! Every object below a directory, to compare what was there with what is there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What dpkg and apt keep for themselves and change on every run; nobody's trace.
const JOURNALS: [&str; 8] = [
    "proc",
    "srv",
    "tmp",
    "var/cache/apt",
    "var/lib/apt",
    "var/lib/dpkg/status-old",
    "var/log",
    "var/cache/debconf",
];

/// Path → mode, size and extended attributes of everything in a root, but for what dpkg and apt journal.
#[derive(PartialEq, Eq)]
pub struct Listing(BTreeMap<PathBuf, String>);

impl Listing {
    /// Takes stock of `root`.
    pub fn of(root: &Path) -> Self {
        let mut listing = Self(BTreeMap::new());
        listing.add(root, root);
        listing
    }

    /// Nothing may differ from `before`.
    #[track_caller]
    pub fn same_as(&self, before: &Self) {
        let gone = before
            .0
            .iter()
            .filter(|entry| self.0.get(entry.0) != Some(entry.1));
        let new = self
            .0
            .iter()
            .filter(|entry| before.0.get(entry.0) != Some(entry.1));
        let gone = gone.map(|(path, what)| format!("- {path:?} {what}\n"));
        let lines: String = gone
            .chain(new.map(|(path, what)| format!("+ {path:?} {what}\n")))
            .collect();
        assert!(lines.is_empty(), "the tree differs:\n{lines}");
    }

    fn add(&mut self, root: &Path, directory: &Path) {
        for entry in fs::read_dir(directory).expect("the tree is readable") {
            let path = entry.expect("the tree is readable").path();
            let name = path
                .strip_prefix(root)
                .expect("it was found below the root")
                .to_owned();
            if JOURNALS.iter().any(|journal| name == Path::new(journal)) {
                continue;
            }
            let is_directory = path
                .symlink_metadata()
                .expect("nobody else writes here")
                .is_dir();
            self.0.insert(name, describe(&path));
            if is_directory {
                self.add(root, &path);
            }
        }
    }
}

/// Mode, size (of anything but a directory) and extended attributes.
fn describe(path: &Path) -> String {
    let metadata = path.symlink_metadata().expect("nobody else writes here");
    let size = if metadata.is_dir() {
        0
    } else {
        metadata.size()
    };
    let names = xattr::list(path).expect("the filesystem has extended attributes");
    let names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    format!("{:o} {size} {}", metadata.mode(), names.join(" "))
        .trim_end()
        .to_owned()
}
