//! Which packages are meant, and where each goes.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SignError;
use super::output::Destination;
use crate::contents::{FoundDebs, OtherFiles, find_debs, find_debs_outside};
use crate::machine::error::SystemError;

/// One package to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningJob {
    /// The unsigned package, as it was named or found.
    pub input: PathBuf,
    /// Where the signed one goes. No other job has the same.
    pub output: PathBuf,
    /// The size of the input in bytes: how much work it is.
    pub size: u64,
}

impl SigningJob {
    /// Whether the output replaces the input.
    pub(super) fn is_in_place(&self) -> bool {
        fs::canonicalize(&self.input).is_ok_and(|input| input == self.output)
    }
}

/// The packages that arguments name.
#[derive(Debug, Default)]
pub struct SigningPlan {
    /// Packages to sign.
    pub jobs: Vec<SigningJob>,
    /// Paths that cannot be signed, and why.
    pub refused: Vec<(PathBuf, SignError)>,
    /// What the folders that were named hold besides packages.
    pub left_out: OtherFiles,
}

impl SigningPlan {
    /// Finds the packages: a file is one, a folder stands for every .deb beneath it, but for those in the
    /// folder that they go to, and the output keeps its layout. In
    /// place, a package that is met under several names is signed once.
    #[must_use]
    pub fn new(arguments: &[PathBuf], destination: &Destination) -> Self {
        let mut plan = Self::default();
        let mut outputs = HashSet::new();
        for argument in arguments {
            let found = match destination {
                Destination::Folder(output) => find_debs_outside(argument, output),
                Destination::InPlace => find_debs(argument),
            };
            for input in plan.enter(found) {
                match job(&input, argument, destination) {
                    Ok(job) if outputs.insert(job.output.clone()) => plan.jobs.push(job),
                    Ok(_) if *destination == Destination::InPlace => {}
                    Ok(job) => plan.refused.push((input, SignError::Collision(job.output))),
                    Err(error) => plan.refused.push((input, error)),
                }
            }
        }
        plan
    }

    /// The packages that an argument stands for; what cannot be one is refused, or left out.
    pub(super) fn find(&mut self, argument: &Path) -> Vec<PathBuf> {
        self.enter(find_debs(argument))
    }

    fn enter(&mut self, found: FoundDebs) -> Vec<PathBuf> {
        self.left_out += found.left_out;
        let (good, bad): (Vec<_>, Vec<_>) = found.debs.into_iter().partition(Result::is_ok);
        let bad = bad.into_iter().filter_map(Result::err);
        self.refused
            .extend(bad.map(|error| (error.path.clone(), error.into())));
        good.into_iter().flatten().collect()
    }
}

fn job(input: &Path, argument: &Path, destination: &Destination) -> Result<SigningJob, SignError> {
    let metadata = fs::metadata(input).map_err(SystemError::at("open", input))?;
    let within = match input.strip_prefix(argument) {
        Ok(within) if !within.as_os_str().is_empty() => within,
        _ => Path::new(input.file_name().unwrap_or(input.as_os_str())),
    };
    Ok(SigningJob {
        input: input.to_owned(),
        output: destination.place(input, &metadata, within)?,
        size: metadata.len(),
    })
}
