//! dpkg's `status`, and the same content in `updates/`.
//!
//! Only packages that dpkg knows are told of, each once.

use dpkg_ima::dpkg::{Build, Database, installed_packages};
use dpkg_ima::machine::root::Root;

use super::support::with_root;

pub fn run(data: &[u8]) {
    let files = [
        ("var/lib/dpkg/status", data),
        ("var/lib/dpkg/updates/0001", data),
        ("var/lib/dpkg/info/bash.list", b""),
        ("var/lib/dpkg/info/libc6:amd64.list", b""),
    ];
    with_root(&files, |root: &Root| {
        let found = installed_packages(root).expect("the files can be read");
        let known = Database::new(root)
            .packages()
            .expect("the folder can be read");
        assert!(found.iter().all(|package| known.contains(&package.name)));
        let key = |build: &Build| (build.package.clone(), build.architecture.clone());
        assert!(found.is_sorted_by(|a, b| key(&a.build) < key(&b.build)));
    });
}
