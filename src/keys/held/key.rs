//! Asks a key of the kernel whether it made a signature.

use std::ffi::{CStr, CString};
use std::io;
use std::sync::OnceLock;

use nix::libc::{EBADMSG, EINVAL, EKEYREJECTED};

use super::Authenticity;
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::keys::ima_keyring::KernelKey;
use crate::machine::sys::{KeyAbilities, Serial, query_key, verify_by_key};

/// A key that the kernel verifies by.
#[derive(Debug)]
pub(super) struct Key {
    serial: Serial,
    /// SPEC: keyctl_pkey_verify(3), and `asymmetric_verify`, security/integrity/digsig_asymmetric.c: what the
    /// signature looks like. None for keys that IMA does not verify with.
    encoding: Option<&'static str>,
    /// By algorithm: the parameters of the question, if the kernel can answer it.
    questions: [OnceLock<Option<CString>>; HashAlgorithm::ALL.len()],
}

impl Key {
    pub(super) fn new(key: &KernelKey) -> Self {
        let encoding = match key.algorithm.as_str() {
            "rsa" => Some("pkcs1"),
            ecdsa if ecdsa.starts_with("ecdsa") => Some("x962"),
            _ => None,
        };
        Self {
            serial: key.serial,
            encoding,
            questions: Default::default(),
        }
    }

    /// Whether the kernel verifies by it signatures over digests of that algorithm.
    pub(super) fn answers(&self, algorithm: HashAlgorithm) -> bool {
        self.how(algorithm).is_some()
    }

    pub(super) fn verify(&self, signature: &Signature, digest: &Digest) -> Authenticity {
        let Some(how) = self.how(signature.algorithm) else {
            return Authenticity::Unknown;
        };
        let answer = verify_by_key(self.serial, how, digest.as_bytes(), signature.payload());
        meaning(&answer)
    }

    fn how(&self, algorithm: HashAlgorithm) -> Option<&CStr> {
        let at = HashAlgorithm::ALL.iter().position(|of| *of == algorithm)?;
        let how = self.questions[at].get_or_init(|| self.query(algorithm));
        how.as_deref()
    }

    fn query(&self, algorithm: HashAlgorithm) -> Option<CString> {
        let encoding = self.encoding?;
        let how = CString::new(format!("enc={encoding} hash={algorithm}")).ok()?;
        let abilities = query_key(self.serial, &how).ok()?;
        can_verify(abilities, encoding).then_some(how)
    }
}

/// Kernels before 6.1 take no ECDSA signature that is longer than one number of the key's length, although each has
/// two: they would call every signature invalid.
fn can_verify(abilities: KeyAbilities, encoding: &str) -> bool {
    let signature_bits = u32::from(abilities.signature_max) * 8;
    let fits = encoding == "pkcs1" || signature_bits >= 2 * abilities.key_bits;
    abilities.operations & KeyAbilities::VERIFY != 0 && fits
}

/// The meaning of errno, for a question that the kernel can answer.
fn meaning(answer: &io::Result<()>) -> Authenticity {
    match answer.as_ref().map_err(io::Error::raw_os_error) {
        Ok(()) => Authenticity::Genuine,
        // SPEC: `pkcs1pad_verify_complete()`, `rsassa_pkcs1_verify()`, `ecdsa_verify()`, and
        // `keyctl_pkey_params_get_2()` for lengths that are no signature's.
        Err(Some(EINVAL | EBADMSG | EKEYREJECTED)) => Authenticity::Forged,
        // The key has gone, memory is short, the algorithm is not there: nothing was verified.
        Err(_) => Authenticity::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc::{EACCES, EKEYREVOKED, ENOENT, ENOKEY, ENOMEM, ENOPKG, ENOSYS, EPERM};

    #[test]
    fn only_a_refused_signature_is_forged() {
        let of = |errno| meaning(&Err(io::Error::from_raw_os_error(errno)));
        assert_eq!(meaning(&Ok(())), Authenticity::Genuine);
        for errno in [EINVAL, EBADMSG, EKEYREJECTED] {
            assert_eq!(of(errno), Authenticity::Forged);
        }
        for errno in [
            ENOPKG,
            ENOKEY,
            EPERM,
            EACCES,
            ENOENT,
            ENOSYS,
            ENOMEM,
            EKEYREVOKED,
        ] {
            assert_eq!(of(errno), Authenticity::Unknown, "{errno}");
        }
    }

    #[test]
    fn a_kernel_that_takes_no_ecdsa_signature_is_not_asked() {
        let abilities = |signature_max| KeyAbilities {
            operations: KeyAbilities::VERIFY,
            key_bits: 256,
            signature_max,
            ..KeyAbilities::default()
        };
        assert!(!can_verify(abilities(32), "x962"));
        assert!(can_verify(abilities(72), "x962"));
        assert!(can_verify(abilities(32), "pkcs1"));
        assert!(!can_verify(KeyAbilities::default(), "pkcs1"));
    }
}
