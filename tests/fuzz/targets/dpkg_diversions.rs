//! dpkg's `diversions`.
//!
//! A path is diverted to one that does not lead out of the root, and never for the package that diverted it.

use std::collections::HashMap;

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
    for (path, owner) in in_force(&lines) {
        assert_eq!(diversions.resolve(&path, &owner), &path);
    }
}

/// The paths that packages have diverted, and which one: the last record of a path counts.
fn in_force(lines: &[&[u8]]) -> HashMap<PackagePath, PackageName> {
    let mut owners = HashMap::new();
    for record in lines.chunks(3) {
        let [from, to, owner] = record else {
            continue;
        };
        if let (Ok(from), Ok(_)) = (PackagePath::new(from), PackagePath::new(to)) {
            let owner = std::str::from_utf8(owner).ok().and_then(PackageName::new);
            // dpkg writes no architecture there.
            let plain = |owner: &PackageName| owner.as_str() == owner.without_architecture();
            owners.insert(from, owner.filter(plain));
        }
    }
    let of_package = |(path, owner): (_, Option<_>)| Some((path, owner?));
    owners.into_iter().filter_map(of_package).collect()
}
