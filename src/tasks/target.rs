//! The TARGET of `show` and `verify`: a .deb, a list of a tree, an installed package, or a file.

use std::path::{Path, PathBuf};

use crate::contents::{ContentsError, is_deb};
use crate::dpkg::{Database, DatabaseError, PackageName};
use crate::format::deb::DebError;
use crate::format::ima::SignatureError;
use crate::format::tree::EXTENSION;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::tree::ListFileError;

/// What a user may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A .deb, by its path from where the user is.
    Deb(PathBuf),
    /// A list of a tree, by its path from where the user is.
    List(PathBuf),
    /// An installed package, by its name in dpkg's database.
    Package(PackageName),
    /// A file of the system, by its path beneath the root.
    File(PathBuf),
}

/// Why a target cannot be shown or verified. The messages do not name it.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A file could not be opened or read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The .deb is not well-formed, or of a kind that is not read.
    #[error(transparent)]
    Deb(#[from] DebError),
    /// The file is no list of a tree.
    #[error(transparent)]
    List(#[from] ListFileError),
    /// The files in the .deb cannot be read.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// dpkg's database cannot be read, or the package's list is not well-formed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The file's label is no signature, and a signature was to be shown.
    #[error("security.ima: {0}")]
    Malformed(#[from] SignatureError),
    /// dpkg does not know the package.
    #[error("package {0} is not installed")]
    NotInstalled(PackageName),
    /// The package is installed for several architectures, such as this one.
    #[error("installed for several architectures: name one, such as {0}")]
    Ambiguous(PackageName),
    /// The name can be that of no target.
    #[error("neither a .deb, nor a package's name, nor a path with a slash")]
    Nothing,
    /// No regular file is there.
    #[error("no such file, or no regular one")]
    NoFile,
}

impl Target {
    /// The target that a name stands for. What is on disk never changes which kind it is.
    ///
    /// A package's architecture may be left out where the package is installed for one alone. A file of the running
    /// system may be named from where the user is, or by a symlink; a file of another root only as it is there.
    ///
    /// # Errors
    /// If the name can be no target, no such package or several are installed, or the file is not there.
    pub fn named(name: &Path, root: &Root) -> Result<Self, TargetError> {
        Ok(match Self::parse(name)? {
            Self::Package(name) => Self::Package(installed(&name, root)?),
            Self::File(path) if root.is_running_system() => {
                let found = path.canonicalize();
                Self::File(found.map_err(SystemError::at("find", &path))?)
            }
            other => other,
        })
    }

    /// The installed package that it is; none for a .deb, a list or a file.
    #[must_use]
    pub fn into_package(self) -> Option<PackageName> {
        match self {
            Self::Package(package) => Some(package),
            Self::Deb(_) | Self::List(_) | Self::File(_) => None,
        }
    }

    fn parse(name: &Path) -> Result<Self, TargetError> {
        if is_deb(name) {
            return Ok(Self::Deb(name.to_owned()));
        }
        if name
            .as_os_str()
            .as_encoded_bytes()
            .ends_with(EXTENSION.as_bytes())
        {
            return Ok(Self::List(name.to_owned()));
        }
        if name.as_os_str().as_encoded_bytes().contains(&b'/') {
            return Ok(Self::File(name.to_owned()));
        }
        let package = name.to_str().and_then(PackageName::new);
        package.map(Self::Package).ok_or(TargetError::Nothing)
    }
}

fn installed(name: &PackageName, root: &Root) -> Result<PackageName, TargetError> {
    let mut instances = Database::new(root).instances(name)?;
    match (instances.pop(), instances.is_empty()) {
        (Some(package), true) => Ok(package),
        (Some(package), false) => Err(TargetError::Ambiguous(package)),
        (None, _) => Err(TargetError::NotInstalled(name.clone())),
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
        for name in ["h/hello/hello_1_all.imasigs.zst", "x.imasigs.zst"] {
            assert_eq!(parse(name), Some(Target::List(name.into())));
        }
        for name in ["/usr/bin/x", "./x", "a/b", "a/imasigs", "a/x.imasigs"] {
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
