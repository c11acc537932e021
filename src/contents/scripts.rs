//! The control members that dpkg and debconf execute.

use super::{HashedContent, HashedFile};
use crate::format::deb::{Control, SCRIPTS};
use crate::format::ima::HashAlgorithm;
use crate::format::package_path::{PackagePath, PathError};

/// The maintainer scripts and debconf's `config`, as far as the package has them. They are signed whatever the
/// [`Selection`](super::Selection).
///
/// For a package that has `templates` and no `config`, debconf executes an empty file: then that is among them.
#[must_use]
pub fn scripts(control: &Control, algorithm: HashAlgorithm) -> Vec<HashedFile> {
    let member = |name| Some((name, control.member(name)?));
    let mut members: Vec<_> = SCRIPTS.into_iter().filter_map(member).collect();
    if control.member("templates").is_some() && control.member("config").is_none() {
        members.push(("config", &[]));
    }
    let hash = |(name, bytes): (&str, &[u8])| {
        let path = PackagePath::of_control_member(name.as_bytes())?;
        let content = HashedContent::of(algorithm, bytes);
        Ok::<_, PathError>(HashedFile { path, content })
    };
    // The names are constants of which each is a good path: no error is lost.
    members.into_iter().flat_map(hash).collect()
}
