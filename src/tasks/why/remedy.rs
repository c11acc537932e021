//! The one command that helps. Pure.

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::standing_now::{FileNow, LabelNow, ListNow, ListedContent, SignatureNow};
use crate::dpkg::PackageName;
use crate::format::audit::{Cause, Operation};
use crate::machine::fs_magic::keeps_labels;

/// What helps: mostly a command, as it is typed on the machine. Words in capitals are to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Write the label that the package's list has; of a package without a list, relabel fetches it from a source.
    Relabel(PackageName),
    /// Take the list from a signed .deb.
    RelabelFrom(PackageName),
    /// Install the package anew.
    Reinstall(PackageName),
    /// Give the kernel the certificates that this machine has.
    LoadKeys,
    /// Give the machine a certificate.
    AddCertificate,
    /// Copy again, with the label.
    CopyWithLabel {
        /// A file of the same content, which has a good label.
        original: PathBuf,
        /// The copy.
        copy: PathBuf,
    },
    /// Run the file of that content which has a good label: others than root may exchange the copy.
    RunOriginal(PathBuf),
    /// Sign what no package has, or what was changed since it was signed so.
    SignFile(PathBuf),
    /// See who has it open.
    Users(PathBuf),
    /// No command; a sentence.
    Advice(&'static str),
}

/// Of a file on a filesystem that has no labels, or loses them.
const ELSEWHERE: &str = "no label stays on its filesystem: copy it to a disk and sign it there, or exempt the filesystem in \
                         the policy (dont_appraise fsmagic=)";

/// What helps a file that was refused for that cause, if there was a record, and stands so now; none if it would be
/// accepted now. `has_sources`: whether this machine has sources of lists.
#[must_use]
pub fn remedy(
    record: Option<(Operation, &Cause)>,
    now: &FileNow,
    has_sources: bool,
) -> Option<Remedy> {
    if let Some(remedy) = record.and_then(|(operation, cause)| of_cause(operation, cause, now)) {
        return Some(remedy);
    }
    match now {
        FileNow::NoPath => Some(Remedy::Advice(
            "find the file, and ask for it by its path: dpkg-ima why PATH",
        )),
        FileNow::Gone => Some(Remedy::Advice(
            "if it was a script of a package that dpkg was unpacking: install a signed version of the package",
        )),
        FileNow::Another { label } => Some(Remedy::Advice(of_another(*label))),
        FileNow::There {
            program,
            label,
            list,
            original,
            is_only_roots,
        } => {
            let original = original.as_deref();
            let of_copy = original.map(|original| of_copy(original, &program.path, *is_only_roots));
            let helps = of_file(&program.path, *label, list, of_copy, has_sources)?;
            let stays = *label != LabelNow::Unsupported && keeps_labels(program.fs_magic);
            Some(match stays || !helps.writes_label() {
                true => helps,
                false => Remedy::Advice(ELSEWHERE),
            })
        }
    }
}

/// SECURITY: no command, which would be for a file that was not refused.
const fn of_another(label: LabelNow) -> &'static str {
    match label.is_good() {
        true => {
            "if it was replaced since, nothing: what is there would be accepted; if it was in a container, make the image \
             of signed packages, with their labels"
        }
        false => {
            "if it was replaced since, run it again and ask again; if it was in a container, make the image of signed \
             packages, with their labels"
        }
    }
}

/// What helps whatever the label is by now.
fn of_cause(operation: Operation, cause: &Cause, now: &FileNow) -> Option<Remedy> {
    let advice = match cause {
        Cause::MissingHmac | Cause::InvalidHmac | Cause::InvalidPortable => {
            "dpkg-ima writes no security.evm: boot without EVM (no key in /etc/keys/x509_evm.der, nothing written to \
             /sys/kernel/security/integrity/evm/evm), or sign it with evmctl sign"
        }
        Cause::VeritySignatureRequired | Cause::InvalidVeritySignature => {
            "dpkg-ima makes no signatures of fs-verity digests: take digest_type=verity out of the policy"
        }
        Cause::Unverifiable => {
            "copy it to a filesystem on a local disk, with its label: cp --preserve=xattr"
        }
        Cause::DeniedAlgorithm => {
            "sign with an algorithm that the policy names (dpkg-ima sign --hash), or add this one to appraise_algos="
        }
        Cause::UnavailableAlgorithm => {
            "sign with another algorithm (dpkg-ima sign --hash sha256), or boot Debian's or Ubuntu's own kernel"
        }
        Cause::Collecting => "look for errors of the disk: journalctl -k, or dmesg",
        Cause::CollectingDirect => {
            "open it without O_DIRECT, or add permit_directio to the rule of the policy"
        }
        Cause::Mprotect => {
            "the program has to map the file as executable from the start; dpkg-ima cannot change that"
        }
        Cause::MappedWriters => {
            return match now {
                FileNow::There { program, .. } => Some(Remedy::Users(program.path.clone())),
                FileNow::NoPath | FileNow::Gone | FileNow::Another { .. } => None,
            };
        }
        Cause::SignatureRequired
        | Cause::MissingHash
        | Cause::InvalidHash
        | Cause::InvalidSignature
        | Cause::InvalidSignatureVersion
        | Cause::SignatureHashing
        | Cause::UnknownLabel
        | Cause::Unknown
        | Cause::Other(_) => return None,
    };
    // A denied algorithm of a label that could be written since is no trouble any more.
    let settled = operation == Operation::SetLabel
        && matches!(now, FileNow::There { label, .. } if label.is_good());
    (!settled).then_some(Remedy::Advice(advice))
}

fn of_file(
    path: &Path,
    label: LabelNow,
    list: &ListNow,
    of_copy: Option<Remedy>,
    has_sources: bool,
) -> Option<Remedy> {
    let of_label = match label {
        LabelNow::Signature(SignatureNow::Genuine(_)) => return None,
        LabelNow::Signature(SignatureNow::UnknownKey {
            has_certificate, ..
        }) => Some(of_unknown_key(has_certificate)),
        LabelNow::Signature(SignatureNow::Unfit(_))
        | LabelNow::None
        | LabelNow::Unsupported
        | LabelNow::Hash
        | LabelNow::Malformed(_) => None,
    };
    Some(match list {
        ListNow::Named {
            package,
            content,
            signature,
        } => of_list(path, package, *content, *signature),
        ListNow::NoList(package) | ListNow::NotNamed(package) => of_label.unwrap_or_else(|| {
            let package = package.clone();
            match (list, has_sources) {
                (ListNow::NoList(_), true) => Remedy::Relabel(package),
                (ListNow::NoList(_), false) => Remedy::RelabelFrom(package),
                _ => Remedy::SignFile(path.to_owned()),
            }
        }),
        ListNow::NoPackage => of_label
            .or(of_copy)
            .unwrap_or_else(|| Remedy::SignFile(path.to_owned())),
    })
}

/// SECURITY: the command is for root to paste. Where others may put a link to another file there meanwhile, or have the copy,
/// there is none.
fn of_copy(original: &Path, copy: &Path, is_only_roots: bool) -> Remedy {
    let original = original.to_owned();
    match is_only_roots {
        true => Remedy::CopyWithLabel {
            original,
            copy: copy.to_owned(),
        },
        false => Remedy::RunOriginal(original),
    }
}

fn of_list(
    path: &Path,
    package: &PackageName,
    content: ListedContent,
    signature: SignatureNow,
) -> Remedy {
    let package = package.clone();
    match (content, signature) {
        (ListedContent::Altered, _) if package.is_local() => Remedy::SignFile(path.to_owned()),
        (ListedContent::Altered, _) => Remedy::Reinstall(package),
        (ListedContent::ChangedConffile, _) => Remedy::SignFile(path.to_owned()),
        (ListedContent::Signed, SignatureNow::Genuine(_)) => Remedy::Relabel(package),
        (ListedContent::Signed, SignatureNow::Unfit(_)) => Remedy::Advice(
            "the signature in its package's list is forged or damaged: install the package from a source that you trust",
        ),
        (
            ListedContent::Signed,
            SignatureNow::UnknownKey {
                has_certificate, ..
            },
        ) => of_unknown_key(has_certificate),
    }
}

const fn of_unknown_key(has_certificate: bool) -> Remedy {
    match has_certificate {
        true => Remedy::LoadKeys,
        false => Remedy::AddCertificate,
    }
}

impl Remedy {
    /// Whether it writes a label to the file where it is.
    const fn writes_label(&self) -> bool {
        match self {
            Self::Relabel(_)
            | Self::RelabelFrom(_)
            | Self::Reinstall(_)
            | Self::CopyWithLabel { .. }
            | Self::SignFile(_) => true,
            Self::LoadKeys
            | Self::AddCertificate
            | Self::RunOriginal(_)
            | Self::Users(_)
            | Self::Advice(_) => false,
        }
    }

    /// Whether it prints as a command.
    #[must_use]
    pub const fn is_command(&self) -> bool {
        !matches!(self, Self::Advice(_) | Self::RunOriginal(_))
    }
}

/// As it is typed into a shell.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relabel(package) if package.is_local() => f.write_str("dpkg-ima relabel"),
            Self::Relabel(package) => write!(f, "dpkg-ima relabel {package}"),
            Self::RelabelFrom(package) => write!(f, "dpkg-ima relabel --from DEB {package}"),
            Self::Reinstall(package) => write!(f, "apt-get install --reinstall {package}"),
            Self::LoadKeys => f.write_str("dpkg-ima keys load"),
            Self::AddCertificate => {
                f.write_str("cp CERTIFICATE /etc/keys/ima/ && dpkg-ima keys load")
            }
            Self::CopyWithLabel { original, copy } => {
                let (original, copy) = (typed(original), typed(copy));
                write!(
                    f,
                    "cp --remove-destination --preserve=xattr {original} {copy}"
                )
            }
            Self::RunOriginal(original) => {
                let original = typed(original);
                write!(
                    f,
                    "run {original} instead: others than root could exchange this copy of it"
                )
            }
            Self::SignFile(path) => write!(
                f,
                "dpkg-ima sign --local --key KEY --cert CERTIFICATE {}",
                typed(path)
            ),
            Self::Users(path) => write!(f, "fuser -v {}", typed(path)),
            Self::Advice(advice) => f.write_str(advice),
        }
    }
}

/// A path as one word of a shell.
///
/// SECURITY: the command is there to be pasted, and anybody may have named the file. SPEC: `$'…'` with octal digits is
/// POSIX.1-2024, and bash's, zsh's and ksh's.
fn typed(path: &Path) -> String {
    let path = path.as_os_str().as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._+:@%=,-".contains(byte);
    let is_word = !path.is_empty() && path.iter().all(is_plain);
    let mut word = String::new();
    for byte in path {
        match is_plain(byte) {
            true => word.push(char::from(*byte)),
            false => word.push_str(&format!("\\{byte:03o}")),
        }
    }
    match is_word {
        true => word,
        false => format!("$'{word}'"),
    }
}

#[cfg(test)]
mod tests;
