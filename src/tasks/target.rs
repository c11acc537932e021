//! What a user means by a TARGET: a .deb, an installed package, or a file.

use std::path::{Path, PathBuf};

use crate::contents::{ContentsError, is_deb};
use crate::dpkg::{Database, DatabaseError, PackageName};
use crate::format::deb::DebError;
use crate::format::ima::SignatureError;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// What was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A .deb, as a path from where the user is.
    Deb(PathBuf),
    /// An installed package.
    Package(PackageName),
    /// A file of the system, by a path with a slash.
    File(PathBuf),
}

/// Why nothing can be said of a target. The messages do not name it.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// No package that we read.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// Its contents cannot be told.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// dpkg's database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is on the file is no signature, and a signature was asked for.
    #[error("security.ima: {0}")]
    Malformed(#[from] SignatureError),
    /// dpkg does not know it.
    #[error("package {0} is not installed")]
    NotInstalled(PackageName),
    /// Installed for several architectures.
    #[error("installed for several architectures: name one, such as {0}")]
    Ambiguous(PackageName),
    /// Neither a file nor a package could have that name.
    #[error("neither a .deb, nor a package's name, nor a path with a slash")]
    Nothing,
    /// No such file.
    #[error("no such file, or no regular one")]
    NoFile,
}

impl Target {
    /// Recognises it by its name alone, so that what is on disk never changes the meaning.
    ///
    /// # Errors
    /// [`TargetError::Nothing`] if it can be none of them.
    pub fn parse(name: &Path) -> Result<Self, TargetError> {
        if is_deb(name) {
            return Ok(Self::Deb(name.to_owned()));
        }
        if name.as_os_str().as_encoded_bytes().contains(&b'/') {
            return Ok(Self::File(name.to_owned()));
        }
        let package = name.to_str().and_then(PackageName::new);
        package.map(Self::Package).ok_or(TargetError::Nothing)
    }

    /// The installed package that a name stands for; the architecture may be left out where there is
    /// but one.
    ///
    /// # Errors
    /// If there is none, or several.
    pub fn installed(name: &PackageName, root: &Root) -> Result<PackageName, TargetError> {
        let mut instances = Database::new(root).instances(name)?;
        match (instances.pop(), instances.is_empty()) {
            (Some(package), true) => Ok(package),
            (Some(package), false) => Err(TargetError::Ambiguous(package)),
            (None, _) => Err(TargetError::NotInstalled(name.clone())),
        }
    }

    /// Where a file that was named is beneath the root. On the running system it may be named from
    /// where the user is, or by a symlink; in another root only as it is there.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn locate(path: &Path, root: &Root) -> Result<PathBuf, SystemError> {
        if root.display(Path::new("")) != Path::new("/") {
            return Ok(path.to_owned());
        }
        path.canonicalize().map_err(SystemError::at("find", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_are() {
        let parse = |name: &str| Target::parse(Path::new(name)).ok();
        for name in ["x.deb", "./x.deb", "/pool/x_1_all.deb", "x.udeb", "x.ddeb"] {
            assert_eq!(parse(name), Some(Target::Deb(name.into())));
        }
        for name in ["/usr/bin/x", "./x", "a/b"] {
            assert_eq!(parse(name), Some(Target::File(name.into())));
        }
        for name in ["bash", "libc6:amd64", "python3.11"] {
            assert_eq!(parse(name), PackageName::new(name).map(Target::Package));
        }
        for name in ["", "a b", "é"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
