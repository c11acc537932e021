//! What labels and signatures are worth, by the keys of the system.

use std::fs::File;
use std::io;
use std::path::Path;

use super::standing_now::{LabelNow, SignatureNow};
use crate::format::ima::{Digest, Label, Signature};
use crate::format::imasigs::{Entry, FileEntries};
use crate::keys::held::{Authenticity, HeldKeys, Verify};
use crate::keys::signing::{KeyError, Trust, system_keys};
use crate::machine::attribute;
use crate::machine::content::digest_of;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// The keys that the kernel holds, and the certificates that it could be given.
pub(super) struct Judge<'a> {
    pub(super) root: &'a Root,
    held: HeldKeys,
    pub(super) trust: Trust,
}

impl<'a> Judge<'a> {
    pub(super) fn of(root: &'a Root) -> Result<Self, KeyError> {
        Ok(Self {
            held: system_keys(root),
            trust: Trust::of_root(root)?,
            root,
        })
    }

    /// What the label of an open file is worth for its content; the path is for messages.
    pub(super) fn label(&self, file: &File, path: &Path) -> Result<LabelNow, SystemError> {
        let judge = || -> io::Result<LabelNow> {
            if !attribute::is_supported(file)? {
                return Ok(LabelNow::Unsupported);
            }
            Ok(match attribute::read(file)? {
                Label::None => LabelNow::None,
                Label::Hash => LabelNow::Hash,
                Label::Malformed(error) => LabelNow::Malformed(error),
                Label::Signature(signature) => {
                    let size = file.metadata()?.len();
                    let digest = digest_of(file, signature.algorithm, size)?;
                    LabelNow::Signature(self.signature(&signature, &digest))
                }
            })
        };
        judge().map_err(SystemError::at("read", &self.root.display(path)))
    }

    /// What the best signature that a list has for a file is worth: the one that would be its label.
    pub(super) fn best_signature(&self, listed: FileEntries<'_>) -> SignatureNow {
        let worth = |signature: &SignatureNow| match signature {
            SignatureNow::Genuine(_) => 3,
            SignatureNow::UnknownKey {
                has_certificate: true,
                ..
            } => 2,
            SignatureNow::UnknownKey { .. } => 1,
            SignatureNow::Unfit(_) => 0,
        };
        let judge = |entry: &Entry| self.signature(&entry.signature, &entry.digest);
        let best = listed.iter().map(judge).max_by_key(worth);
        best.unwrap_or_else(|| judge(listed.first))
    }

    /// What a signature over that digest is worth.
    pub(super) fn signature(&self, signature: &Signature, digest: &Digest) -> SignatureNow {
        let key_id = signature.key_id;
        match self.held.verify(signature, digest) {
            Authenticity::Genuine => SignatureNow::Genuine(key_id),
            Authenticity::Forged => SignatureNow::Unfit(key_id),
            Authenticity::Unknown => SignatureNow::UnknownKey {
                key_id,
                has_certificate: self.trust.verify(signature, digest) == Authenticity::Genuine,
            },
        }
    }
}
