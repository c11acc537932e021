//! dpkg's configuration: `path-exclude` and `path-include`.
//!
//! Matching ends, also for patterns of nothing but stars, and the last filter that matches decides, whatever stands before it.

use dpkg_ima::dpkg::Filters;
use dpkg_ima::format::package_path::PackagePath;
use dpkg_ima::machine::root::Root;

use super::support::with_root;

pub fn run(data: &[u8]) {
    for (last, excluded) in [("path-exclude=*", true), ("path-include /usr/*", false)] {
        let main = [data, b"\n", last.as_bytes(), b"\n"].concat();
        let files = [
            ("etc/dpkg/dpkg.cfg", main.as_slice()),
            ("etc/dpkg/dpkg.cfg.d/part", data),
        ];
        with_root(&files, |root: &Root| {
            let filters = Filters::of_root(root).expect("the files can be read");
            let path = PackagePath::new(b"usr/share/doc/x/copyright").expect("it is a path");
            assert_eq!(filters.exclude(&path), excluded, "{last}");
        });
    }
}
