//! Signs the digests of a text.

use std::io::BufReader;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::error::SignError;
use super::text_file::TextFile;
use crate::format::digest_lines::{DigestLine, DigestLines};
use crate::keys::signing::{KeyError, Signer};
use crate::machine::error::SystemError;
use crate::machine::opening::open_named;

/// So many lines are held and signed at a time.
const BATCH: usize = 4096;

/// Signs each digest of a text, and writes the same lines with their signatures; returns how many. Each signature is verified
/// before it is written.
///
/// # Errors
/// If a line is none, a digest cannot be signed, or the file not be written: then what was there is as it was.
pub fn sign_digests(input: &Path, output: &Path, signer: &dyn Signer) -> Result<usize, SignError> {
    let file = open_named(input).map_err(SystemError::at("open", input))?;
    let mut lines = DigestLines::new(BufReader::new(file));
    let mut output = TextFile::create(output)?;
    let mut signed = 0;
    loop {
        let batch = lines.by_ref().take(BATCH).collect::<Result<Vec<_>, _>>();
        let batch = batch.map_err(KeyError::digest_line(input))?;
        if batch.is_empty() {
            break;
        }
        let sign = |line: &DigestLine| Ok(line.signed(&signer.sign_verified(&line.digest)?));
        let made = batch.par_iter().map(sign);
        for line in made.collect::<Result<Vec<_>, KeyError>>()? {
            output.line(&line)?;
        }
        signed += batch.len();
    }
    output.finish()?;
    Ok(signed)
}
