//! dpkg's `.list` and `.conffiles` of a package.
//!
//! No path leads out of the root.

use dpkg_ima::dpkg::{Database, PackageName};
use dpkg_ima::machine::root::Root;

use super::support::{assert_inside, with_root};

pub fn run(data: &[u8]) {
    let files = [
        ("var/lib/dpkg/info/bash.list", data),
        ("var/lib/dpkg/info/bash.conffiles", data),
    ];
    with_root(&files, |root: &Root| {
        let database = Database::new(root);
        let package = PackageName::new("bash").expect("it is a name");
        let paths = database.paths(&package).expect("the file can be read");
        let conffiles = database.conffiles(&package).expect("the file can be read");
        paths.iter().chain(&conffiles).for_each(assert_inside);
    });
}
