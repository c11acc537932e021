//! What becomes of fetched lists as packages come and go.

use super::*;
use crate::dpkg::Database;
use crate::format::ima::{Digest, HashAlgorithm, KeyId, Signature};
use crate::format::imasigs::Entry;
use crate::format::package_path::PackagePath;
use crate::machine::replacements::Replacements;
use std::fs;
use std::path::PathBuf;

/// A root with dpkg's database in it.
struct Machine {
    folder: tempfile::TempDir,
    root: Root,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("var/lib/dpkg/info")).unwrap();
        let root = Root::open(folder.path()).unwrap();
        Self { folder, root }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join("var/lib").join(path)
    }

    /// Has these packages and no others installed, each of that version.
    fn install(&self, packages: &[(&str, &str)]) {
        let paragraph = |(name, version): &(&str, &str)| {
            fs::write(self.at(&format!("dpkg/info/{name}.list")), "").unwrap();
            let name = name.split(':').next().unwrap();
            let fields = [
                format!("Package: {name}"),
                "Status: install ok installed".to_owned(),
                "Architecture: amd64".to_owned(),
                format!("Version: {version}\n\n"),
            ];
            fields.join("\n")
        };
        let status: String = packages.iter().map(paragraph).collect();
        fs::write(self.at("dpkg/status"), status).unwrap();
    }

    fn keep(&self, package: &str, version: &str, content: &str) {
        let lock = Lock::take(&self.root).unwrap();
        let folder = FetchedLists::of(&self.root).folder(&lock).unwrap();
        let mut files = Replacements::new(&folder);
        let mut bytes = Vec::new();
        list(content).write_to(&mut bytes).unwrap();
        let name = FetchedLists::file_name(&name(package, version));
        files.add(&name, &bytes).unwrap();
        files.finish().unwrap();
    }

    fn settle(&self) {
        let lock = Lock::take(&self.root).unwrap();
        FetchedLists::of(&self.root).settle(&lock).unwrap();
    }

    /// The packages that have a list, as everybody asks.
    fn lists(&self) -> Vec<String> {
        let lists = Database::new(&self.root).lists().unwrap();
        lists.iter().map(|list| list.package.to_string()).collect()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.at("dpkg-ima/lists")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "installed").collect();
        names.sort();
        names
    }
}

fn name(package: &str, version: &str) -> ListName {
    ListName::new(&package.into(), &version.into(), &"amd64".into()).unwrap()
}

fn list(content: &str) -> List {
    let algorithm = HashAlgorithm::Sha256;
    List::new(vec![Entry {
        path: PackagePath::new(b"usr/bin/x").unwrap(),
        size: content.len() as u64,
        digest: Digest::of(algorithm, content.as_bytes()),
        signature: Signature::new(algorithm, KeyId(1), content.as_bytes()).unwrap(),
        unknown: None,
    }])
}

#[test]
fn a_list_counts_while_its_very_version_is_installed() {
    let machine = Machine::new();
    machine.install(&[("a", "1:1"), ("libb:amd64", "2")]);
    machine.keep("a", "1:1", "a1");
    machine.keep("a", "1:2", "a2");
    machine.keep("libb", "2", "b2");
    assert!(machine.lists().is_empty(), "nothing is linked yet");
    machine.settle();
    assert_eq!(machine.lists(), ["a", "libb:amd64"]);
    let read = || {
        let database = Database::new(&machine.root);
        database.list(&PackageName::new("a").unwrap()).unwrap()
    };
    let (first, stamp) = read().unwrap();
    assert_eq!(first, list("a1"));
    machine.settle();
    assert_eq!(read().unwrap().1, stamp, "nothing has changed");
    // An upgrade, and a removal.
    machine.install(&[("a", "1:2")]);
    machine.settle();
    assert_eq!(machine.lists(), ["a"]);
    assert_eq!(read().unwrap().0, list("a2"));
    assert_eq!(machine.files(), ["a_1%3a2_amd64.imasigs"]);
}

#[test]
fn a_list_that_the_package_brought_comes_first() {
    let machine = Machine::new();
    machine.install(&[("a", "1")]);
    machine.keep("a", "1", "fetched");
    machine.settle();
    let mut bytes = Vec::new();
    list("brought").write_to(&mut bytes).unwrap();
    fs::write(machine.at("dpkg/info/a.imasigs"), bytes).unwrap();
    let database = Database::new(&machine.root);
    let found = database.list(&PackageName::new("a").unwrap()).unwrap();
    assert_eq!(found.unwrap().0, list("brought"));
    assert_eq!(machine.lists(), ["a"]);
}

#[test]
fn a_list_that_is_fetched_again_is_a_new_one() {
    let machine = Machine::new();
    machine.install(&[("a", "1")]);
    machine.keep("a", "1", "old");
    machine.settle();
    let stamp = || Database::new(&machine.root).lists().unwrap()[0].stamp;
    let before = stamp();
    machine.keep("a", "1", "new");
    machine.settle();
    assert_ne!(stamp(), before);
}

#[test]
fn what_is_fetched_ahead_waits_for_its_package_but_not_for_ever() {
    let machine = Machine::new();
    machine.install(&[]);
    machine.keep("a", "1", "a");
    machine.keep("b_c", "1", "b");
    fs::write(machine.at("dpkg-ima/lists/d_1_amd64.imasigs"), "garbage").unwrap();
    machine.settle();
    let fetched = FetchedLists::of(&machine.root);
    let segment = fetched.not_installed(&HeldKeys::default()).unwrap();
    let segment = segment.unwrap();
    let packages: Vec<_> = segment
        .lists()
        .iter()
        .map(|(package, _)| package.as_str())
        .collect();
    assert_eq!(packages, ["a", "b_c"]);
    machine.install(&[("a", "1")]);
    let old = SystemTime::now() - UNUSED_MAX - Duration::from_secs(60);
    for file in machine.files() {
        let file = fs::File::options()
            .write(true)
            .open(machine.at("dpkg-ima/lists").join(file));
        file.unwrap().set_modified(old).unwrap();
    }
    machine.settle();
    assert_eq!(machine.files(), ["a_1_amd64.imasigs"]);
    assert!(
        fetched
            .not_installed(&HeldKeys::default())
            .unwrap()
            .is_none()
    );
}
