//! From what was typed to what the tasks take.

use super::args::{DestinationArgs, FilesArg, HashArg, TypeArg};
use crate::contents::Selection;
use crate::format::ima::HashAlgorithm;
use crate::keys::signing::KeyType;
use crate::tasks::sign::Destination;

impl From<FilesArg> for Selection {
    fn from(files: FilesArg) -> Self {
        match files {
            FilesArg::Executable => Self::Executable,
            FilesArg::All => Self::All,
        }
    }
}

impl From<HashArg> for HashAlgorithm {
    fn from(hash: HashArg) -> Self {
        match hash {
            HashArg::Sha256 => Self::Sha256,
            HashArg::Sha384 => Self::Sha384,
            HashArg::Sha512 => Self::Sha512,
        }
    }
}

impl From<TypeArg> for KeyType {
    fn from(kind: TypeArg) -> Self {
        match kind {
            TypeArg::Rsa2048 => Self::Rsa2048,
            TypeArg::Rsa3072 => Self::Rsa3072,
            TypeArg::Rsa4096 => Self::Rsa4096,
            TypeArg::P256 => Self::P256,
            TypeArg::P384 => Self::P384,
        }
    }
}

impl From<&DestinationArgs> for Destination {
    /// clap makes sure that it is one or the other.
    fn from(destination: &DestinationArgs) -> Self {
        match &destination.output {
            Some(folder) => Self::Folder(folder.clone()),
            None => Self::InPlace,
        }
    }
}
