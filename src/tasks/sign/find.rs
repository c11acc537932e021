//! Which packages are meant, and where each goes.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Destination, SignError};
use crate::contents::{OtherFiles, find_debs};
use crate::machine::error::SystemError;

/// One package to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The package.
    pub input: PathBuf,
    /// Where the signed one goes.
    pub output: PathBuf,
    /// Its size in bytes: how much work it is.
    pub size: u64,
}

/// The packages that arguments name.
#[derive(Debug, Default)]
pub struct Jobs {
    /// To be signed.
    pub jobs: Vec<Job>,
    /// What cannot be used, with its name; it does not keep the others from their work.
    pub refused: Vec<(PathBuf, SignError)>,
    /// What is no package, in the folders that were named.
    pub left_out: OtherFiles,
}

/// Looks for packages: a file is one, a folder is every .deb beneath it (a pool, whose layout the output keeps). In
/// place, a package that is met under several names is one.
#[must_use]
pub fn jobs(arguments: &[PathBuf], destination: &Destination) -> Jobs {
    let mut outputs = HashSet::new();
    let mut jobs = Jobs::default();
    for argument in arguments {
        let found = find_debs(argument);
        jobs.left_out += found.left_out;
        for found in found.debs {
            let input = match found {
                Ok(input) => input,
                Err(error) => {
                    jobs.refused.push((error.path.clone(), error.into()));
                    continue;
                }
            };
            match job(&input, argument, destination) {
                Ok(job) if outputs.insert(job.output.clone()) => jobs.jobs.push(job),
                Ok(_) if *destination == Destination::InPlace => {}
                Ok(job) => jobs.refused.push((input, SignError::Collision(job.output))),
                Err(error) => jobs.refused.push((input, error)),
            }
        }
    }
    jobs
}

fn job(input: &Path, argument: &Path, destination: &Destination) -> Result<Job, SignError> {
    let metadata = fs::metadata(input).map_err(SystemError::at("open", input))?;
    let within = match input.strip_prefix(argument) {
        Ok(within) if !within.as_os_str().is_empty() => within,
        _ => Path::new(input.file_name().unwrap_or(input.as_os_str())),
    };
    Ok(Job {
        input: input.to_owned(),
        output: destination.place(input, &metadata, within)?,
        size: metadata.len(),
    })
}
