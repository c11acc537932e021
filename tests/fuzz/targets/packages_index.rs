//! The index of an archive.
//!
//! No package leads out of a tree or out of the archive.

use dpkg_ima::format::packages_index::{IndexedPackage, PATH_MAX, PackagesIndex};
use dpkg_ima::format::tree::ListName;

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    for package in PackagesIndex::new(data) {
        match package {
            Ok(package) => stays_inside(&package),
            Err(error) => assert_plain(&error),
        }
    }
}

fn stays_inside(IndexedPackage { name, path, .. }: &IndexedPackage) {
    assert_eq!(ListName::parse(&name.path()).as_ref(), Some(name));
    assert!(path.len() <= PATH_MAX && !path.starts_with('/'));
    assert!(path.split('/').all(|part| part != ".."), "{path:?}");
    assert_plain(path);
}
