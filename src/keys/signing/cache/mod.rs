//! A cache of signatures by digest, algorithm and key, so that a file is signed once, whatever versions and suites have it.
//!
//! It pays where signing is slow: RSA-4096, which takes fifty times as long to sign as to verify, and tokens. What the cache
//! has is a claim: `cached_signer` uses a signature only if it verifies by the certificate, and has it made otherwise.
//!
//! The cache is one file, the `record_file`: a head, then records of fixed length, each with a check
//! ([`format::signature_record`](crate::format::signature_record)). `signature_cache` knows where the key's are, and writes a
//! new one behind the newest; in a full file that is over the oldest. It is held by flock(2) as long as it is open.
//!
//! No database, on purpose. A record is written once, in one place, and is never needed: so nothing has to be a transaction,
//! each damaged record is known by its check and costs itself only, and any bytes can be read without a panic. redb was
//! measured as fast enough, but damaged pages may make it panic, and our panics abort; SQLite takes a minute to build.

mod cached_signer;
mod error;
mod record_file;
mod signature_cache;
#[cfg(test)]
mod tests;

pub use cached_signer::CachedSigner;
pub use error::CacheError;
pub use signature_cache::SignatureCache;
