//! `dpkg-ima show`: what signatures say of themselves, not whether they are true.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::attribute;
use crate::contents::{ContentsError, Package};
use crate::deb::DebError;
use crate::dpkg::{Database, DatabaseError, PackageName};
use crate::imasigs::List;
use crate::root::Root;
use crate::signature::{Digest, Label, Signature, SignatureError};
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

/// Why nothing can be shown. The messages do not name the target.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It could not be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// No package that we read.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// The same, found on opening it.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// dpkg's database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// What is on the file is no signature.
    #[error("security.ima: {0}")]
    Malformed(#[from] SignatureError),
}

/// The signatures in a .deb; none if it has no list.
///
/// # Errors
/// If the package cannot be read.
pub fn show_deb(path: &Path) -> Result<Option<Vec<Shown>>, ShowError> {
    let list = Package::open(path)?.control.list()?;
    Ok(list.map(|list| entries(&list)))
}

/// The signatures of an installed package; none if it has no list.
///
/// # Errors
/// If its list cannot be read.
pub fn show_installed(root: &Root, package: &PackageName) -> Result<Option<Vec<Shown>>, ShowError> {
    let list = Database::new(root).list(package)?;
    Ok(list.map(|(list, _)| entries(&list)))
}

/// The signature on a file; none if it has none.
///
/// # Errors
/// If there is no such file, or its attribute is no signature.
pub fn show_file(root: &Root, path: &Path) -> Result<Option<Vec<Shown>>, ShowError> {
    let file = root.open_file(path)?.ok_or(TargetError::NoFile)?;
    match attribute::read(&file)? {
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
