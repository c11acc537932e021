//! The causes that the kernel knows.

use std::fmt;

use crate::format::text::Text;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Why the kernel refused a file, in its own words.
        ///
        /// SPEC: `ima_appraise_measurement()`, `xattr_verify()`, `validate_hash_algo()`, `security/integrity/ima/
        /// ima_appraise.c`; `mmap_violation_check()`, `ima_file_mprotect()`, `process_measurement()`, `ima_main.c`;
        /// `ima_collect_measurement()`, `ima_api.c`. Linux 5.15 to 7.2.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause {
            $($(#[$doc])* $name,)*
            /// A cause of a kernel that this program does not know.
            Other(Text),
        }

        impl Cause {
            /// The cause that the kernel means by a word.
            #[must_use]
            pub fn of(word: &[u8]) -> Self {
                $(if word == $word.as_bytes() {
                    return Self::$name;
                })*
                Self::Other(word.into())
            }

            /// All that have a name here.
            #[cfg(test)]
            pub(crate) const fn all() -> &'static [Self] {
                &[$(Self::$name,)*]
            }
        }

        impl fmt::Display for Cause {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name => f.write_str($word),)*
                    Self::Other(word) => word.fmt(f),
                }
            }
        }

    };
}

causes! {
    /// A signature is demanded, and the file has no label, or a hash.
    SignatureRequired = "IMA-signature-required",
    /// A signature over a digest of fs-verity is demanded, and the file has none.
    VeritySignatureRequired = "verity-signature-required",
    /// A hash is enough, and the file has no label.
    MissingHash = "missing-hash",
    /// The label is a hash of another content.
    InvalidHash = "invalid-hash",
    /// The label is a signature that no held key made over this content. That the key is not held is the same cause.
    InvalidSignature = "invalid-signature",
    /// The same, of a signature over a digest of fs-verity.
    InvalidVeritySignature = "invalid-verity-signature",
    /// A version of the signature's format that the kernel does not know, or the policy does not take.
    InvalidSignatureVersion = "invalid-signature-version",
    /// What a version 3 signature is over could not be hashed.
    SignatureHashing = "sigv3-hashing-error",
    /// The label is of a type that the kernel does not know.
    UnknownLabel = "unknown-ima-data",
    /// EVM is on, and the file has no `security.evm`.
    MissingHmac = "missing-HMAC",
    /// EVM is on, and `security.evm` does not fit the file's attributes.
    InvalidHmac = "invalid-HMAC",
    /// The same, of a portable signature.
    InvalidPortable = "invalid-fail-immutable",
    /// The filesystem is one on which a file may change unseen, such as FUSE.
    Unverifiable = "unverifiable-signature",
    /// The policy (`appraise_algos=`) does not take the hash algorithm.
    DeniedAlgorithm = "denied-hash-algorithm",
    /// The kernel was built without the hash algorithm.
    UnavailableAlgorithm = "unavailable-hash-algorithm",
    /// The content could not be read or hashed.
    Collecting = "failed",
    /// The same, with O_DIRECT.
    CollectingDirect = "failed(directio)",
    /// Memory that a file is mapped into was to become executable.
    Mprotect = "failed-mprotect",
    /// The file is mapped as executable while somebody has it mapped for writing.
    MappedWriters = "mmapped_writers",
    /// The label could not be read, or the kernel cannot verify signatures.
    Unknown = "unknown",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_goes_there_and_back() {
        for cause in Cause::all() {
            assert_eq!(Cause::of(cause.to_string().as_bytes()), *cause);
            assert!(!matches!(cause, Cause::Other(_)));
        }
        let other = Cause::of(b"new\x1b");
        assert_eq!(other, Cause::Other(Text::from(&b"new\x1b"[..])));
        assert_eq!(other.to_string(), "new\\033");
    }
}
