//! How the file of a record stands now.

use std::path::PathBuf;

use crate::dpkg::PackageName;
use crate::format::ima::{KeyId, SignatureError};
use crate::machine::walk::ProgramFile;

/// What is found of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileNow {
    /// The kernel named no path from the root, so it cannot be found.
    NoPath,
    /// No regular file is there.
    Gone,
    /// Another file than the refused one is there: it was replaced since, or was refused in a container.
    Another {
        /// What the label of the file that is there is worth.
        label: LabelNow,
    },
    /// It is there.
    There {
        /// The file; its path has a slash at its start.
        program: ProgramFile,
        /// What its label is worth.
        label: LabelNow,
        /// What its package says of it.
        list: ListNow,
        /// Where a list names its content, if neither its package nor its label does: it is a copy.
        original: Option<PathBuf>,
        /// Whether root alone can change it, or put another in its place.
        is_only_roots: bool,
    },
}

/// What a label is worth for the content that the file has, by the keys that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelNow {
    /// There is none.
    None,
    /// A hash. It does where no signature is demanded; it is not compared.
    Hash,
    /// A signature.
    Signature(SignatureNow),
    /// No signature that this program knows.
    Malformed(SignatureError),
    /// The filesystem has no such attributes.
    Unsupported,
}

/// What the list of its package says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListNow {
    /// It is no package's.
    NoPackage,
    /// It is that package's, which has no list.
    NoList(PackageName),
    /// It is that package's, whose list does not name it.
    NotNamed(PackageName),
    /// The list names it.
    Named {
        /// The package.
        package: PackageName,
        /// Whether it has the content that was signed.
        content: ListedContent,
        /// What the signature in the list is worth.
        signature: SignatureNow,
    },
}

/// How the content stands to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedContent {
    /// It is what was signed.
    Signed,
    /// Another, of a file that only dpkg should change.
    Altered,
    /// Another, of a conffile.
    ChangedConffile,
}

/// What a signature is worth for a content, by the keys that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureNow {
    /// That key, which is held, made it over the content.
    Genuine(KeyId),
    /// That key, which is held, did not.
    Unfit(KeyId),
    /// The kernel does not hold the key that it names, or nothing here can verify by it.
    UnknownKey {
        /// The key.
        key_id: KeyId,
        /// Whether a certificate in `/etc/keys/ima` verifies it: then the key only has to be loaded.
        has_certificate: bool,
    },
}

impl FileNow {
    /// Whether the kernel takes the label of what is there.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        match self {
            Self::There { label, .. } | Self::Another { label } => label.is_good(),
            Self::NoPath | Self::Gone => false,
        }
    }
}

impl LabelNow {
    /// Whether the kernel takes it.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Signature(SignatureNow::Genuine(_)))
    }
}

impl ListNow {
    /// The package that has the file.
    #[must_use]
    pub const fn package(&self) -> Option<&PackageName> {
        match self {
            Self::NoPackage => None,
            Self::NoList(package) | Self::NotNamed(package) | Self::Named { package, .. } => {
                Some(package)
            }
        }
    }
}

/// A program of root's on ext4.
#[cfg(test)]
pub(super) fn sample_program(path: &str) -> ProgramFile {
    ProgramFile {
        path: path.into(),
        mode: 0o755,
        owner: 0,
        group: 0,
        fs_magic: 0xef53,
        is_elf: true,
    }
}
