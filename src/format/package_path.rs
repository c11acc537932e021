//! The path of a file inside a package: relative, of raw bytes, and never leading out of it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Longest path that a package may have, in bytes.
///
/// SPEC: `PATH_MAX`, 4096 with the NUL, less the leading `/` that installing adds.
pub const PATH_LEN_MAX: usize = 4094;

/// A path such as `usr/bin/hello`: no leading `/` or `./`, no empty, `.` or `..` component, no NUL.
/// Any other byte may occur, so line feeds and escape sequences too. Orders by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackagePath(Box<[u8]>);

/// Why a package cannot have a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path is the package's root.
    #[error("an empty path")]
    Empty,
    /// The path is over [`PATH_LEN_MAX`].
    #[error("a path of more than {PATH_LEN_MAX} bytes")]
    TooLong,
    /// A component could lead to another path.
    #[error("a path with an empty, '.' or '..' component")]
    Component,
    /// No file can have a name with a NUL byte.
    #[error("a path with a NUL byte")]
    Nul,
}

/// First component of control members' paths, as `dpkg-deb --build` has it in a package's tree.
const CONTROL_FOLDER: &[u8] = b"DEBIAN";

impl PackagePath {
    /// Checks the path of a tar entry. `./usr/bin/x`, `usr/bin/x` and `/usr/bin/x` are one path, as they are to dpkg; a
    /// folder's trailing slash is dropped.
    ///
    /// # Errors
    /// A [`PathError`] if it could lead outside the package, or is the package's root itself.
    pub fn new(raw: &[u8]) -> Result<Self, PathError> {
        let path = raw
            .strip_prefix(b".")
            .filter(|rest| rest.first() == Some(&b'/'));
        let path = path.unwrap_or(raw);
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let path = path.strip_suffix(b"/").unwrap_or(path);
        if path.is_empty() || raw == b"." {
            return Err(PathError::Empty);
        }
        if path.len() > PATH_LEN_MAX {
            return Err(PathError::TooLong);
        }
        if path.contains(&0) {
            return Err(PathError::Nul);
        }
        // SECURITY: a ".." would let a list reach outside the root.
        if path
            .split(|&byte| byte == b'/')
            .any(|part| matches!(part, b"" | b"." | b".."))
        {
            return Err(PathError::Component);
        }
        Ok(Self(path.into()))
    }

    /// The path that stands for a control member in a signature list: `DEBIAN/preinst`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_control_member(name: &[u8]) -> Result<Self, PathError> {
        Self::new(&[CONTROL_FOLDER, b"/", name].concat())
    }

    /// The name of the control member that the path stands for; none if it is that of a file.
    #[must_use]
    pub fn control_member(&self) -> Option<&[u8]> {
        self.0.strip_prefix(CONTROL_FOLDER)?.strip_prefix(b"/")
    }

    /// Whether it is the folder that stands for control members, or lies in it.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.split(|&byte| byte == b'/').next() == Some(CONTROL_FOLDER)
    }

    /// The bytes, with no `./` before them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path, relative to the root that the package is installed in.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }
}

impl fmt::Debug for PackagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_are_one_file() {
        let path = PackagePath::new(b"usr/bin/x").unwrap();
        assert_eq!(PackagePath::new(b"./usr/bin/x"), Ok(path.clone()));
        assert_eq!(PackagePath::new(b"/usr/bin/x"), Ok(path.clone()));
        assert_eq!(PackagePath::new(b"./usr/bin/x/"), Ok(path));
        assert!(PackagePath::new(b".hidden").is_ok());
        assert!(PackagePath::new(b"..hidden/...").is_ok());
    }

    #[test]
    fn nothing_leads_outside() {
        for (bad, why) in [
            (&b""[..], PathError::Empty),
            (b".", PathError::Empty),
            (b"./", PathError::Empty),
            (b"/", PathError::Empty),
            (b"..", PathError::Component),
            (b"usr/../etc", PathError::Component),
            (b"./../etc", PathError::Component),
            (b"usr//bin", PathError::Component),
            (b"//usr", PathError::Component),
            (b"usr/./bin", PathError::Component),
            (b"usr/b\0n", PathError::Nul),
            (&[b'x'; PATH_LEN_MAX + 1], PathError::TooLong),
        ] {
            assert_eq!(PackagePath::new(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn control_members_have_a_folder_of_their_own() {
        let script = PackagePath::of_control_member(b"preinst").unwrap();
        assert_eq!(script.as_bytes(), b"DEBIAN/preinst");
        assert_eq!(script.control_member(), Some(&b"preinst"[..]));
        assert!(script.is_reserved());
        assert!(PackagePath::new(b"./DEBIAN").unwrap().is_reserved());
        assert!(!PackagePath::new(b"DEBIANs/x").unwrap().is_reserved());
    }
}
