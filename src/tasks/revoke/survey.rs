//! Goes through every file of the system for labels by the key: counts what becomes of them, or does it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::named::RevokeError;
use super::needed::NeededFiles;
use crate::format::ima::{KeyId, Label, Signature};
use crate::labelling::Labeller;
use crate::machine::attribute::{self, WriteError};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::machine::walk::{WalkedFile, walk};

/// What becomes of the files with labels by the key.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many get a signature by a key that is held.
    pub replaced: usize,
    /// Those that lose their labels, sorted by path.
    pub losing: Vec<LosingFile>,
    /// Files that could not be read or written, as sentences that name them.
    pub failures: Vec<String>,
}

/// A file that no other key that is held has signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LosingFile {
    /// From the root.
    pub path: PathBuf,
    /// Whether it is executed, mapped or loaded, and so is refused afterwards by a kernel that enforces.
    pub is_program: bool,
    /// Whether the next boot needs it.
    pub is_needed: bool,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// Nothing is written.
    Look,
    /// Labels that have another signature to give way to are replaced.
    Replace,
    /// The others are taken off.
    Strip,
}

/// Visits every file whose label names that key.
pub(super) fn survey(
    root: &Root,
    key: KeyId,
    labeller: Labeller<'_>,
    depth: Depth,
) -> Result<Survey, RevokeError> {
    let needed = NeededFiles::of(root)?;
    let survey = Mutex::new(Survey::default());
    let visitor = Visitor {
        root,
        key,
        labeller,
        depth,
    };
    let errors = walk(root, |met| {
        let Some(fate) = visitor.visit(met)? else {
            return Ok(());
        };
        let program = met.program_file()?;
        let mut survey = survey.lock().unwrap_or_else(PoisonError::into_inner);
        match fate {
            Fate::Replaced => survey.replaced += 1,
            Fate::Failed(error) => {
                let path = root.display(&met.path());
                survey.failures.push(format!("'{}': {error}", shown(&path)));
            }
            Fate::Loses => survey.losing.push(LosingFile {
                path: met.path(),
                is_program: program.is_program() || program.kernel_file().is_some(),
                is_needed: needed.has(met, &program),
            }),
        }
        Ok(())
    })?;
    let mut survey = survey.into_inner().unwrap_or_else(PoisonError::into_inner);
    survey
        .failures
        .extend(errors.iter().map(ToString::to_string));
    survey.losing.sort();
    survey.failures.sort();
    Ok(survey)
}

enum Fate {
    Replaced,
    Loses,
    Failed(WriteError),
}

struct Visitor<'a> {
    root: &'a Root,
    key: KeyId,
    labeller: Labeller<'a>,
    depth: Depth,
}

impl Visitor<'_> {
    /// None for a file without a label by the key.
    fn visit(&self, met: &WalkedFile<'_>) -> Result<Option<Fate>, SystemError> {
        let Some(file) = self.root.open_file(&met.path())? else {
            return Ok(None); // Gone in the meantime.
        };
        let path = self.root.display(&met.path());
        let label = attribute::read(&file).map_err(SystemError::at("read", &path))?;
        if !matches!(&label, Label::Signature(label) if label.key_id == self.key) {
            return Ok(None);
        }
        let replacement = self.labeller.replacement(&file);
        let replacement = replacement.map_err(SystemError::at("read", &path))?;
        Ok(Some(self.decide(&file, replacement)))
    }

    fn decide(&self, file: &File, replacement: Option<Signature>) -> Fate {
        let written = match &replacement {
            Some(signature) if self.depth >= Depth::Replace => attribute::write(file, signature),
            None if self.depth >= Depth::Strip => attribute::remove(file),
            _ => Ok(()),
        };
        match (written, replacement) {
            (Err(error), _) => Fate::Failed(error),
            (Ok(()), Some(_)) => Fate::Replaced,
            (Ok(()), None) => Fate::Loses,
        }
    }
}
