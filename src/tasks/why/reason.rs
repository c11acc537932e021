//! Why a file was refused, in words. Pure.

use std::fmt;

use super::standing_now::{FileNow, LabelNow, ListNow, ListedContent, SignatureNow};
use crate::format::audit::Cause;
use crate::format::ima::{KeyId, SignatureError};

/// One reason, as it was or as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// What the kernel said, of which nothing more is known.
    Cause(Cause),
    /// There is no label.
    NoLabel,
    /// There is no label, and there can be none.
    NoRoomForLabel,
    /// There is a hash where a signature is demanded.
    HashOnly,
    /// The key of the label is not held.
    WrongKey(KeyId),
    /// The content is not the one that the package was signed with.
    NotThePackages,
    /// The administrator changed a conffile.
    ChangedConffile,
    /// The content is the package's, and the label is not a signature of it.
    Mislabelled(KeyId),
    /// The content is not what was signed.
    ChangedSinceSigned(KeyId),
    /// The hash algorithm of the label is not known.
    UnknownAlgorithm(u8),
    /// The version of the label is not known.
    UnknownVersion(u8),
    /// The type of the label is not known.
    UnknownType(u8),
    /// The label is cut off, or has bytes too many.
    Malformed(SignatureError),
    /// The label is good.
    GoodLabel(KeyId),
    /// The file is not there.
    Gone,
    /// Another file is there.
    Another,
    /// It cannot be found.
    NoPath,
}

/// Why a file was refused, and, where it stands otherwise by now, how.
///
/// The first is never missing if there is a cause. What is found on disk says more than a cause does, so it comes first where
/// it can be what the kernel saw.
#[must_use]
pub fn reasons(cause: Option<&Cause>, now: &FileNow) -> (Option<Reason>, Option<Reason>) {
    let found = found(now);
    match cause {
        None => (None, Some(found)),
        Some(cause) if explains(&found, cause) => (Some(found), None),
        Some(cause) => (Some(Reason::Cause(cause.clone())), Some(found)),
    }
}

fn found(now: &FileNow) -> Reason {
    let (label, list) = match now {
        FileNow::NoPath => return Reason::NoPath,
        FileNow::Gone => return Reason::Gone,
        FileNow::Another { .. } => return Reason::Another,
        FileNow::There { label, list, .. } => (*label, list),
    };
    match label {
        LabelNow::Signature(SignatureNow::Genuine(key_id)) => Reason::GoodLabel(key_id),
        LabelNow::Signature(SignatureNow::UnknownKey { key_id, .. }) => Reason::WrongKey(key_id),
        LabelNow::Malformed(error) => of_malformed(error),
        LabelNow::None => content(list).unwrap_or(Reason::NoLabel),
        LabelNow::Unsupported => Reason::NoRoomForLabel,
        LabelNow::Hash => content(list).unwrap_or(Reason::HashOnly),
        LabelNow::Signature(SignatureNow::Unfit(key_id)) => content(list).unwrap_or(match list {
            ListNow::Named {
                content: ListedContent::Signed,
                ..
            } => Reason::Mislabelled(key_id),
            ListNow::Named { .. }
            | ListNow::NoPackage
            | ListNow::NoList(_)
            | ListNow::NotNamed(_) => Reason::ChangedSinceSigned(key_id),
        }),
    }
}

/// What is wrong with the content by the list; none if the list has nothing against it. A local program is nobody's but the
/// administrator's.
fn content(list: &ListNow) -> Option<Reason> {
    match list {
        ListNow::Named { package, .. } if package.is_local() => None,
        ListNow::Named { content, .. } => match content {
            ListedContent::Signed => None,
            ListedContent::Altered => Some(Reason::NotThePackages),
            ListedContent::ChangedConffile => Some(Reason::ChangedConffile),
        },
        ListNow::NoPackage | ListNow::NoList(_) | ListNow::NotNamed(_) => None,
    }
}

const fn of_malformed(error: SignatureError) -> Reason {
    match error {
        SignatureError::Type(kind) => Reason::UnknownType(kind),
        SignatureError::Version(version) => Reason::UnknownVersion(version),
        SignatureError::Algorithm(number) => Reason::UnknownAlgorithm(number),
        error @ (SignatureError::Size { .. }
        | SignatureError::Bounds(_)
        | SignatureError::OtherAlgorithm { .. }) => Reason::Malformed(error),
    }
}

/// Whether what is found can be what the kernel gave that cause for.
const fn explains(found: &Reason, cause: &Cause) -> bool {
    match cause {
        Cause::SignatureRequired => matches!(
            found,
            Reason::NoLabel | Reason::HashOnly | Reason::NotThePackages | Reason::ChangedConffile
        ),
        Cause::MissingHash => matches!(found, Reason::NoLabel | Reason::NotThePackages),
        Cause::InvalidSignature => matches!(
            found,
            Reason::WrongKey(_)
                | Reason::NotThePackages
                | Reason::ChangedConffile
                | Reason::Mislabelled(_)
                | Reason::ChangedSinceSigned(_)
                | Reason::UnknownAlgorithm(_)
                | Reason::Malformed(_)
        ),
        Cause::InvalidSignatureVersion => matches!(found, Reason::UnknownVersion(_)),
        Cause::UnknownLabel => matches!(found, Reason::UnknownType(_)),
        Cause::Unknown => matches!(found, Reason::UnknownVersion(_)),
        _ => false,
    }
}

impl Reason {
    /// The word for it in `--json`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cause(_) => "cause",
            Self::NoLabel => "no-label",
            Self::NoRoomForLabel => "no-room-for-label",
            Self::HashOnly => "hash-only",
            Self::WrongKey(_) => "wrong-key",
            Self::NotThePackages => "not-the-packages-content",
            Self::ChangedConffile => "changed-conffile",
            Self::Mislabelled(_) => "label-of-another-content",
            Self::ChangedSinceSigned(_) => "changed-since-signed",
            Self::UnknownAlgorithm(_) => "unknown-hash-algorithm",
            Self::UnknownVersion(_) => "unknown-version",
            Self::UnknownType(_) => "unknown-type",
            Self::Malformed(_) => "malformed",
            Self::GoodLabel(_) => "good-label",
            Self::Gone => "gone",
            Self::Another => "another-file",
            Self::NoPath => "no-path",
        }
    }
}

/// A clause about the file, which is `it`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause(cause) => f.write_str(&of_cause(cause)),
            Self::NoLabel => f.write_str("it has no label"),
            Self::NoRoomForLabel => {
                f.write_str("it is on a filesystem that has no attributes, and so no labels")
            }
            Self::HashOnly => f.write_str("its label is a hash, and a signature is demanded"),
            Self::WrongKey(key) => {
                write!(
                    f,
                    "its label is a signature by key {key}, which the kernel does not hold"
                )
            }
            Self::NotThePackages => {
                f.write_str("its content is not what its package was signed with")
            }
            Self::ChangedConffile => {
                f.write_str("it is a conffile that was changed since its package was signed")
            }
            Self::Mislabelled(key) => write!(
                f,
                "its content is its package's, but its label, a signature by key {key}, is not of that content"
            ),
            Self::ChangedSinceSigned(key) => write!(
                f,
                "it was changed since it was signed by key {key}, or has the label of another file"
            ),
            Self::UnknownAlgorithm(number) => write!(
                f,
                "its label is a signature over a hash by an unknown algorithm (number {number})"
            ),
            Self::UnknownVersion(version) => {
                write!(
                    f,
                    "its label is a signature of version {version}, which is not known"
                )
            }
            Self::UnknownType(kind) => {
                write!(
                    f,
                    "its label is neither a hash nor a signature (type {kind:#04x})"
                )
            }
            Self::Malformed(error) => write!(f, "its label is malformed: {error}"),
            Self::GoodLabel(key) => {
                write!(f, "it has a good label, a signature by key {key}")
            }
            Self::Gone => f.write_str("it is not there any more"),
            Self::Another => f.write_str(
                "another file is there: it was replaced since, or was refused in a container",
            ),
            Self::NoPath => f.write_str("the kernel has not said in which folder it is"),
        }
    }
}

fn of_cause(cause: &Cause) -> String {
    let words = match cause {
        Cause::SignatureRequired => "it had no signature",
        Cause::VeritySignatureRequired => {
            "the policy demands a signature of its fs-verity digest (digest_type=verity), and it had none"
        }
        Cause::MissingHash => "it had no label, and the policy demands a hash or a signature",
        Cause::InvalidHash => "its content was not the one that its label, a hash, is of",
        Cause::InvalidSignature => {
            "its label was a signature that no key which the kernel holds has made over its content"
        }
        Cause::InvalidVeritySignature => {
            "its label was a signature that no key which the kernel holds has made over its fs-verity digest"
        }
        Cause::InvalidSignatureVersion => {
            "its label was a signature of a version that this kernel, or its policy, does not take"
        }
        Cause::SignatureHashing => {
            "what its label, a signature of version 3, is over could not be hashed"
        }
        Cause::UnknownLabel => "its label was of a type that this kernel does not know",
        Cause::MissingHmac => "EVM is on, and it has no security.evm attribute",
        Cause::InvalidHmac => {
            "EVM is on, and its security.evm attribute does not fit its owner, mode or attributes"
        }
        Cause::InvalidPortable => {
            "EVM is on, and its portable signature does not fit its owner, mode or attributes"
        }
        Cause::Unverifiable => {
            "it is on a filesystem where a file can change unseen, such as FUSE, and these are not trusted"
        }
        Cause::DeniedAlgorithm => {
            "the policy does not take the hash algorithm of its label (appraise_algos=)"
        }
        Cause::UnavailableAlgorithm => {
            "this kernel was built without the hash algorithm of the label that was to be written"
        }
        Cause::Collecting => "the kernel could not read or hash its content",
        Cause::CollectingDirect => {
            "it was opened with O_DIRECT, and then the kernel does not hash its content (permit_directio)"
        }
        Cause::Mprotect => {
            "a program that had it mapped wanted to execute what it had mapped as data"
        }
        Cause::MappedWriters => {
            "it was to be executed while another program had it mapped for writing"
        }
        Cause::Unknown => {
            "its label could not be read, or is of a kind that this kernel cannot verify"
        }
        Cause::Other(word) => {
            return format!("the kernel gave a cause that is not known here: {word}");
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests;
