//! Labels one open file.

use std::fs::File;
use std::io::{self, Read, Seek};

use super::{Decision, decide};
use crate::attribute::{self, WriteError};
use crate::dpkg::PackageName;
use crate::keyring::HeldKeys;
use crate::signature::{Digest, Hasher};
use crate::store::Store;

/// What came of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It has a new label.
    Labelled,
    /// It had the right one.
    Right,
    /// It has another signature, whose key the kernel holds, unlike ours.
    Outranked,
    /// No list knows this content.
    Unlisted,
}

/// Why a file could not be labelled. It then has the label it had.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// Its content or its label could not be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// The label could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
}

/// Labels files with what a store knows.
#[derive(Clone, Copy, Debug)]
pub struct Labeller<'a> {
    /// All signatures.
    pub store: &'a Store,
    /// Which of them the kernel can check.
    pub held: &'a HeldKeys,
}

impl Labeller<'_> {
    /// Gives the file the label that its content deserves. A content of a size that no list names
    /// is not read. The descriptor may be read-only; it must be at its start.
    ///
    /// # Errors
    /// A [`LabelError`].
    pub fn label(&self, file: &File, owner: Option<&PackageName>) -> Result<Outcome, LabelError> {
        let size = file.metadata()?.len();
        let digests = self.digests(file, size)?;
        let candidates: Vec<_> = digests
            .iter()
            .flat_map(|digest| self.store.candidates(size, digest))
            .collect();
        let label = attribute::read(file)?;
        Ok(match decide(&label, &candidates, owner, self.held) {
            None => Outcome::Unlisted,
            Some(Decision::Right) => Outcome::Right,
            Some(Decision::Outranked) => Outcome::Outranked,
            Some(Decision::Write(signature)) => {
                attribute::write(file, &signature)?;
                Outcome::Labelled
            }
        })
    }

    /// The digests of the content, one for each algorithm that lists have for contents of its size.
    fn digests(&self, file: &File, size: u64) -> io::Result<Vec<Digest>> {
        let algorithms = self.store.algorithms_of(size);
        algorithms
            .map(|algorithm| {
                let mut reader = file;
                reader.rewind()?;
                let mut hasher = Hasher::new(algorithm);
                // A file that grows meanwhile is another content, and will not be found.
                hasher.update_from(&mut reader.take(size + 1))?;
                Ok(hasher.finish())
            })
            .collect()
    }
}
