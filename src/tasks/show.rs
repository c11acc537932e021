//! `dpkg-ima show`: what signatures say of themselves. Nothing is verified.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::contents::OpenDeb;
use crate::dpkg::{Database, PackageName};
use crate::format::deb::DebError;
use crate::format::ima::{Digest, Label, Signature};
use crate::format::imasigs::{Entry, ListError};
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::target::TargetError;
use crate::tasks::tree::read_list;

/// A signature, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The path of its file in raw bytes: `./usr/bin/x` in a package, as it was named for a file.
    pub path: Vec<u8>,
    /// The digest that was signed; none for a file's label, which does not say.
    pub digest: Option<Digest>,
    /// The value of `security.ima`.
    pub signature: Signature,
}

/// Shows the signatures in a .deb; false if it has no list. A list that is not well-formed shows nothing.
///
/// # Errors
/// If the .deb or its list cannot be read.
pub fn show_deb(path: &Path, show: &mut dyn FnMut(Shown)) -> Result<bool, TargetError> {
    let control = OpenDeb::at(path)?.control;
    let read = || Ok::<_, DebError>(control.entries()?.map(|entries| entries.map(deb_entry)));
    show_entries(read, show)
}

/// Shows the signatures in a list of a tree, which is held; a damaged one shows nothing.
///
/// # Errors
/// If it cannot be read.
pub fn show_list(path: &Path, show: &mut dyn FnMut(Shown)) -> Result<bool, TargetError> {
    let list = read_list(path)?;
    list.entries().iter().map(Shown::of_entry).for_each(show);
    Ok(true)
}

/// Shows the signatures of an installed package; false if it has no list. A list that is not well-formed shows
/// nothing.
///
/// # Errors
/// If its list cannot be read.
pub fn show_installed(
    root: &Root,
    package: &PackageName,
    show: &mut dyn FnMut(Shown),
) -> Result<bool, TargetError> {
    show_entries(|| Database::new(root).entries(package), show)
}

/// Reads the list twice, so that it need not be held: once to see that it is well-formed, then to show it.
fn show_entries<I, E>(
    read: impl Fn() -> Result<Option<I>, E>,
    show: &mut dyn FnMut(Shown),
) -> Result<bool, TargetError>
where
    I: Iterator<Item = Result<Entry, E>>,
    TargetError: From<E>,
{
    let Some(mut entries) = read()? else {
        return Ok(false);
    };
    entries.try_for_each(|entry| entry.map(drop))?;
    for entry in read()?.into_iter().flatten() {
        show(Shown::of_entry(&entry?));
    }
    Ok(true)
}

fn deb_entry(entry: Result<Entry, ListError>) -> Result<Entry, DebError> {
    Ok(entry?)
}

/// Shows the signature on a file; false if it has none.
///
/// # Errors
/// If there is no such file, or its attribute is no signature.
pub fn show_file(
    root: &Root,
    path: &Path,
    show: &mut dyn FnMut(Shown),
) -> Result<bool, TargetError> {
    let file = root.open_file(path)?.ok_or(TargetError::NoFile)?;
    let error = SystemError::at("read", path);
    match attribute::read(&file).map_err(error)? {
        Label::None | Label::Hash => Ok(false),
        Label::Malformed(error) => Err(error.into()),
        Label::Signature(signature) => {
            show(Shown {
                path: path.as_os_str().as_bytes().to_vec(),
                digest: None,
                signature,
            });
            Ok(true)
        }
    }
}

impl Shown {
    fn of_entry(entry: &Entry) -> Self {
        Self {
            path: [b"./", entry.path.as_bytes()].concat(),
            digest: Some(entry.digest),
            signature: entry.signature.clone(),
        }
    }
}
