//! A record of a cache of signatures.
//!
//! What is read is written again as the same bytes. Since its check would turn most inputs away, it is put right first, so that
//! what is behind it is attacked too.

use dpkg_ima::format::ima::{Digest, HashAlgorithm};
use dpkg_ima::format::signature_record::{RECORD_LEN, SignatureRecord};

use super::support::assert_plain;

/// SPEC: `src/format/signature_record.rs`.
const CHECK: usize = 8;

pub fn run(data: &[u8]) {
    let mut bytes = [0; RECORD_LEN];
    let length = data.len().min(RECORD_LEN);
    bytes[..length].copy_from_slice(&data[..length]);
    read(&bytes);
    let check = Digest::of(HashAlgorithm::Sha256, &bytes[CHECK..]);
    bytes[..CHECK].copy_from_slice(&check.as_bytes()[..CHECK]);
    read(&bytes);
}

fn read(bytes: &[u8; RECORD_LEN]) {
    match SignatureRecord::from_bytes(bytes) {
        Ok(Some(record)) => assert_eq!(record.to_bytes().as_ref(), Some(bytes)),
        Ok(None) => assert!(bytes.iter().all(|byte| *byte == 0)),
        Err(error) => assert_plain(&error),
    }
}
