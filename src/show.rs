//! `dpkg-ima show`: what signatures say of themselves, not whether they are true.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::attribute;
use crate::contents::Package;
use crate::dpkg::{Database, PackageName};
use crate::imasigs::List;
use crate::root::Root;
use crate::signature::{Digest, Label, Signature};
use crate::system::SystemError;
use crate::target::TargetError;

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Raw: `./usr/bin/x` in a package, absolute for a file.
    pub path: Vec<u8>,
    /// What was signed, if a list says so.
    pub digest: Option<Digest>,
    /// The value of `security.ima`.
    pub signature: Signature,
}

/// The signatures in a .deb; none if it has no list.
///
/// # Errors
/// If the package cannot be read.
pub fn show_deb(path: &Path) -> Result<Option<Vec<Shown>>, TargetError> {
    let list = Package::open(path)?.control.list()?;
    Ok(list.map(|list| entries(&list)))
}

/// The signatures of an installed package; none if it has no list.
///
/// # Errors
/// If its list cannot be read.
pub fn show_installed(
    root: &Root,
    package: &PackageName,
) -> Result<Option<Vec<Shown>>, TargetError> {
    let list = Database::new(root).list(package)?;
    Ok(list.map(|(list, _)| entries(&list)))
}

/// The signature on a file; none if it has none.
///
/// # Errors
/// If there is no such file, or its attribute is no signature.
pub fn show_file(root: &Root, path: &Path) -> Result<Option<Vec<Shown>>, TargetError> {
    let file = root.open_file(path)?.ok_or(TargetError::NoFile)?;
    let error = SystemError::at("read", path);
    match attribute::read(&file).map_err(error)? {
        Label::None | Label::Hash => Ok(None),
        Label::Malformed(error) => Err(error.into()),
        Label::Signature(signature) => Ok(Some(vec![Shown {
            path: path.as_os_str().as_bytes().to_vec(),
            digest: None,
            signature,
        }])),
    }
}

fn entries(list: &List) -> Vec<Shown> {
    let shown = list.entries().iter().map(|entry| Shown {
        path: [b"./", entry.path.as_bytes()].concat(),
        digest: Some(entry.digest),
        signature: entry.signature.clone(),
    });
    shown.collect()
}
