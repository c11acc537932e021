//! Why a package was not signed.

use std::io;
use std::path::PathBuf;

use crate::contents::ContentsError;
use crate::format::deb::DebError;
use crate::format::digest_lines::{DIGESTS_MAX, TEXT_MAX};
use crate::format::imasigs::{Problem, escaped};
use crate::format::package_path::PackagePath;
use crate::format::text::Text;
use crate::format::tree::NameError;
use crate::keys::signing::KeyError;
use crate::machine::error::{SystemError, shown};
use crate::tasks::tree::ListFileError;

/// Why a package was not signed. The messages do not name it: the caller knows which it was.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// An operation on the machine failed.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It is no .deb, or one that is not read.
    #[error("{0}")]
    Deb(#[from] DebError),
    /// Its data.tar cannot be read, or holds what dpkg would refuse.
    #[error("{0}")]
    Contents(#[from] ContentsError),
    /// Its list would be larger than lists may be.
    #[error("its signature list: {0}")]
    List(Problem),
    /// A digest could not be signed.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The folder for outputs does not exist.
    #[error("the output folder '{}' does not exist", shown(.0))]
    NoFolder(PathBuf),
    /// The output folder is the folder of the input.
    #[error("the output would replace the input")]
    SameFile,
    /// Somebody else has replaced the package, or written to it, while it was being read and signed.
    #[error("'{}' was replaced or changed meanwhile", shown(.0))]
    Changed(PathBuf),
    /// The signed package would have another group: who could read it before could not any more.
    #[error("its group {group} cannot be kept: {source}")]
    Group {
        /// The number of the group that it had.
        group: u32,
        /// The kernel's answer.
        source: io::Error,
    },
    /// The folder for a tree of lists does not exist.
    #[error("the folder '{}' for the lists does not exist", shown(.0))]
    NoTree(PathBuf),
    /// Its list has no place in a tree.
    #[error("its control file: {0}")]
    Name(#[from] NameError),
    /// Another package has its name, version and architecture, and other content.
    #[error("'{}' has the same name, version and architecture", shown(.0))]
    Ambiguous(PathBuf),
    /// There is nothing to sign anew.
    #[error("it has no signature list")]
    NoList,
    /// A signature is neither by the old key nor by the new one: nobody knows what it vouches for.
    #[error("'{}': its signature is by none of these keys, or forged", escaped(.0.as_bytes()))]
    OtherKey(PackagePath),
    /// A list of a tree cannot be read.
    #[error(transparent)]
    ListFile(#[from] ListFileError),
    /// The digests of all packages are more than a text of them may have.
    #[error("more than {DIGESTS_MAX} digests, or {TEXT_MAX} bytes of them: name fewer packages")]
    TooManyDigests,
    /// apt could not fetch it, or not verify it.
    #[error("{0}")]
    NotFetched(Text),
    /// What was fetched is not, or not any more, what the index says.
    #[error("it is not the package that the index of its archive describes")]
    NotIndexed,
    /// Two packages would be written to one file.
    #[error("another package would be written to '{}' too", shown(.0))]
    Collision(PathBuf),
}

impl SignError {
    /// Whether the other packages cannot be signed either.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Key(error) if error.is_final())
    }

    /// What the user may do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoFolder(_) => Some("make it first, or use --in-place"),
            Self::SameFile => Some("use --in-place to replace packages by their signed form"),
            Self::Group { .. } => Some("run it as root, or as a member of that group"),
            Self::Changed(_) => Some("nothing was written: run it again once nobody writes to it"),
            Self::NoTree(_) => Some("make it first"),
            Self::List(Problem::TooManySignatures) => {
                Some("resign without --keep leaves those of the new key only")
            }
            Self::Key(error) => error.hint(),
            _ => None,
        }
    }
}
