//! dpkg's `diversions`.
//!
//! A path is diverted to one that does not lead out of the root, and never for the package that diverted it.

use dpkg_ima::dpkg::{Diversions, PackageName};
use dpkg_ima::format::package_path::PackagePath;

use super::support::assert_inside;

pub fn run(data: &[u8]) {
    let diversions = Diversions::parse(data);
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').collect();
    for line in &lines {
        let Ok(path) = PackagePath::new(line) else {
            continue;
        };
        for owner in ["dash", "bash"] {
            let owner = PackageName::new(owner).expect("it is a name");
            assert_inside(diversions.resolve(&path, &owner));
        }
    }
}
