//! `--cache`: what users read of a cache of signatures.

use std::path::Path;

use super::report::{Report, complain};
use crate::format::plural::count;
use crate::keys::signing::{CachedSigner, KeyError, SignatureCache, Signer};
use crate::machine::error::shown;

/// Puts the cache in that file before the key. If it is of no use, that is said, and the key signs without.
///
/// # Errors
/// If OpenSSL cannot write the public key.
pub(super) fn with_cache(
    signer: Box<dyn Signer>,
    path: &Path,
) -> Result<Box<dyn Signer>, KeyError> {
    let public = signer.public_key()?;
    match SignatureCache::open(path, &public) {
        Ok(cache) => {
            if cache.damaged() > 0 {
                let damaged = count(cache.damaged(), "damaged record");
                complain(
                    format_args!("the cache '{}': dropped {damaged}", shown(path)),
                    Some("those signatures are made anew; nothing else is to be done"),
                );
            }
            Ok(Box::new(CachedSigner::new(signer, cache)))
        }
        Err(error) => {
            complain(&error, Some(error.hint()));
            Ok(signer)
        }
    }
}

/// Says how many signatures were found in the cache, if any were.
pub(super) fn report_found(signer: &dyn Signer, report: &mut Report) {
    if let Some(line) = found_line(signer.found()) {
        report.line(line);
    }
}

/// Such as `3 of the signatures were in the cache`; none if none was.
pub(super) fn found_line(found: usize) -> Option<String> {
    match found {
        0 => None,
        1 => Some("1 of the signatures was in the cache".to_owned()),
        found => Some(format!("{found} of the signatures were in the cache")),
    }
}
