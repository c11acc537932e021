//! What a token is given to sign a digest, and what is made of its answer.

use cryptoki::mechanism::Mechanism;
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;

use crate::format::ima::{Digest, HashAlgorithm};
use crate::keys::signing::KeyType;

/// SPEC: RFC 8017 9.2, note 1: what stands before the digest in a DigestInfo.
const SHA256_INFO: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
const SHA384_INFO: &[u8] =
    b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30";
const SHA512_INFO: &[u8] =
    b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40";

/// The mechanism that signs a digest which is known already, and what it is given.
pub(super) fn prepared(kind: KeyType, digest: &Digest) -> (Mechanism<'static>, Vec<u8>) {
    match order_length(kind) {
        None => (Mechanism::RsaPkcs, digest_info(digest)),
        // SPEC: FIPS 186-4 6.4: the leftmost bits of the digest, as many as the order has. Tokens differ in whether they
        // take more.
        Some(length) => {
            let digest = digest.as_bytes();
            let taken = digest.len().min(length);
            (Mechanism::Ecdsa, digest[..taken].to_vec())
        }
    }
}

/// The payload of a signature as the kernel has it: RSA's as it is, and of ECDSA's two numbers the DER.
pub(super) fn payload(kind: KeyType, answer: Vec<u8>) -> Result<Vec<u8>, ErrorStack> {
    if kind.is_rsa() {
        return Ok(answer);
    }
    let (r, s) = answer.split_at(answer.len() / 2);
    let numbers = (BigNum::from_slice(r)?, BigNum::from_slice(s)?);
    EcdsaSig::from_private_components(numbers.0, numbers.1)?.to_der()
}

fn digest_info(digest: &Digest) -> Vec<u8> {
    let info = match digest.algorithm() {
        HashAlgorithm::Sha256 => SHA256_INFO,
        HashAlgorithm::Sha384 => SHA384_INFO,
        HashAlgorithm::Sha512 => SHA512_INFO,
    };
    [info, digest.as_bytes()].concat()
}

/// The bytes of the curve's order; none for RSA.
const fn order_length(kind: KeyType) -> Option<usize> {
    match kind {
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => None,
        KeyType::P256 => Some(32),
        KeyType::P384 => Some(48),
        KeyType::P521 => Some(66),
    }
}
