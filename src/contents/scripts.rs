//! The control members that are executed.

use super::{Content, Found};
use crate::format::deb::{Control, SCRIPTS};
use crate::format::ima::HashAlgorithm;
use crate::format::package_path::{PackagePath, PathError};

/// The maintainer scripts and the debconf `config`, whatever the selection.
///
/// debconf also executes an empty file for a package that has `templates` and no `config`.
#[must_use]
pub fn scripts(control: &Control, algorithm: HashAlgorithm) -> Vec<Found> {
    let member = |name| Some((name, control.member(name)?));
    let mut members: Vec<_> = SCRIPTS.into_iter().filter_map(member).collect();
    if control.member("templates").is_some() && control.member("config").is_none() {
        members.push(("config", &[]));
    }
    let find = |(name, bytes): (&str, &[u8])| {
        let path = PackagePath::of_control_member(name.as_bytes())?;
        let content = Content::of(algorithm, bytes);
        Ok::<_, PathError>(Found { path, content })
    };
    // The names are constants, and paths: none is lost.
    members.into_iter().flat_map(find).collect()
}
