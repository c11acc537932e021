//! What is to be signed: the digests of packages, each once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::error::SignError;
use super::package::{Options, hash_contents};
use super::plan::SigningJob;
use super::run::each;
use super::written::ensure_as_opened;
use crate::contents::OpenDeb;
use crate::format::digest_lines::{DIGESTS_MAX, TEXT_MAX, unsigned_line};
use crate::format::ima::Digest;
use crate::format::imasigs::escaped;

/// Room in a text for each line's digest and signature, so that what is written here can be read once it is signed.
const SIGNED_LINE: u64 = 400;

/// The digests of packages, with the name of one file that has it, for people.
#[derive(Debug, Default)]
pub struct Digests {
    names: BTreeMap<Digest, String>,
    /// Bytes that the text will have about, with signatures by RSA-2048.
    text: u64,
}

impl Digests {
    /// Reads packages, one on each core, and goes on when one fails. `done` is called from several threads.
    #[must_use]
    pub fn of(
        jobs: Vec<SigningJob>,
        options: Options,
        done: impl Fn(&SigningJob, Result<(), SignError>) + Sync,
    ) -> Self {
        let digests = Mutex::new(Self::default());
        each(jobs, |job| {
            let read = read(&job.input, options).and_then(|found| {
                let mut digests = digests.lock().unwrap_or_else(PoisonError::into_inner);
                let mut found = found.into_iter();
                found.try_for_each(|(digest, name)| digests.add(digest, name))
            });
            done(job, read);
        });
        digests.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of several names the shortest stays, then the first in order: whichever package is read first.
    fn add(&mut self, digest: Digest, name: String) -> Result<(), SignError> {
        let room = self.names.len() < DIGESTS_MAX && self.text < TEXT_MAX;
        match self.names.entry(digest) {
            Entry::Vacant(place) if room => {
                self.text += SIGNED_LINE + name.len() as u64;
                place.insert(name);
            }
            Entry::Vacant(_) => return Err(SignError::TooManyDigests),
            Entry::Occupied(mut there) => {
                if (name.len(), &name) < (there.get().len(), there.get()) {
                    there.insert(name);
                }
            }
        }
        Ok(())
    }

    /// The lines of the text, sorted by digest.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter();
        names.map(|(digest, name)| unsigned_line(digest, name))
    }
}

/// The digests of a package, each with the name of its file.
fn read(package: &Path, options: Options) -> Result<Vec<(Digest, String)>, SignError> {
    let file = package.file_name().unwrap_or(package.as_os_str());
    let file = escaped(file.as_bytes());
    let mut opened = OpenDeb::at(package)?;
    let found = hash_contents(&mut opened, options, |_| {})?;
    ensure_as_opened(&opened, package)?;
    let name = |path: &[u8]| format!("{file}/{}", escaped(path));
    let named = found.into_iter();
    let named = named.map(|found| (found.content.digest, name(found.path.as_bytes())));
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::HashAlgorithm;

    fn digest(content: &[u8]) -> Digest {
        Digest::of(HashAlgorithm::Sha256, content)
    }

    #[test]
    fn the_shortest_name_stays_whichever_comes_first() {
        for names in [["b", "aa", "a"], ["a", "b", "aa"]] {
            let mut digests = Digests::default();
            for name in names {
                digests.add(digest(b"x"), name.to_owned()).unwrap();
            }
            let lines: Vec<_> = digests.lines().collect();
            assert_eq!(lines, [format!("{} sha256 a", digest(b"x"))]);
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_not_taken() {
        let mut digests = Digests::default();
        digests.add(digest(b"x"), "name".to_owned()).unwrap();
        digests.text = TEXT_MAX;
        // No more room is needed for it.
        digests.add(digest(b"x"), "n".to_owned()).unwrap();
        let refused = digests.add(digest(b"y"), "n".to_owned());
        assert!(matches!(refused, Err(SignError::TooManyDigests)));
    }
}
