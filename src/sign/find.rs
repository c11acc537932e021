//! Which packages are meant, and where each goes.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use super::{Destination, SignError};
use crate::deb::find_debs;
use crate::system::SystemError;

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

/// The packages that arguments name: a file is one, a folder is every `*.deb` beneath it (a pool,
/// whose layout the output keeps). Symlinks to folders are not followed beneath.
///
/// What cannot be used comes as an error with its name, and does not keep the others from their
/// work.
#[must_use]
pub fn jobs(
    arguments: &[PathBuf],
    destination: &Destination,
) -> Vec<Result<Job, (PathBuf, SignError)>> {
    let mut outputs = HashSet::new();
    let mut jobs = Vec::new();
    for argument in arguments {
        for found in find_debs(argument) {
            let (input, metadata) = match found.map_err(SignError::from).and_then(examine) {
                Ok(found) => found,
                Err(error) => {
                    jobs.push(Err((argument.clone(), error)));
                    continue;
                }
            };
            let job = job(&input, &metadata, argument, destination).and_then(|job| {
                let new = outputs.insert(job.output.clone());
                new.then_some(job.clone())
                    .ok_or(SignError::Collision(job.output))
            });
            jobs.push(job.map_err(|error| (input, error)));
        }
    }
    jobs
}

fn job(
    input: &Path,
    metadata: &Metadata,
    argument: &Path,
    destination: &Destination,
) -> Result<Job, SignError> {
    let within = match input.strip_prefix(argument) {
        Ok(within) if !within.as_os_str().is_empty() => within,
        _ => Path::new(input.file_name().unwrap_or(input.as_os_str())),
    };
    Ok(Job {
        input: input.to_owned(),
        output: destination.place(input, metadata, within)?,
        size: metadata.len(),
    })
}

fn examine(path: PathBuf) -> Result<(PathBuf, Metadata), SignError> {
    let metadata = fs::metadata(&path).map_err(SystemError::at("open", &path))?;
    if metadata.is_file() {
        Ok((path, metadata))
    } else {
        Err(SignError::Special)
    }
}
