//! A line: a digest, words for people, and the signature once there is one.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::error::{DigestLineError, DigestLineProblem};
use crate::format::ima::{Digest, HashAlgorithm, Signature};

/// A digest and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestLine {
    /// What is signed.
    pub digest: Digest,
    number: usize,
    text: String,
}

impl DigestLine {
    /// Reads a line without its line feed. The number is for messages.
    pub(super) fn parse(number: usize, text: String) -> Result<Self, DigestLineProblem> {
        let word = text.split(' ').next().unwrap_or_default();
        let digest = HashAlgorithm::ALL
            .into_iter()
            .find_map(|algorithm| Digest::from_hex(algorithm, word).ok());
        Ok(Self {
            digest: digest.ok_or(DigestLineProblem::Digest)?,
            number,
            text,
        })
    }

    /// The signature, which is the last word; nothing is verified.
    ///
    /// # Errors
    /// If there is none, or it is over a digest of another algorithm.
    pub fn signature(&self) -> Result<Signature, DigestLineError> {
        self.last_word().map_err(|problem| DigestLineError {
            line: self.number,
            problem,
        })
    }

    fn last_word(&self) -> Result<Signature, DigestLineProblem> {
        let (_, word) = self
            .text
            .trim_end_matches(' ')
            .rsplit_once(' ')
            .ok_or(DigestLineProblem::Encoding)?;
        // A signature begins with 03, which in base64 is written as A.
        let value = match word.starts_with('0') {
            true => HEXLOWER_PERMISSIVE.decode(word.as_bytes()),
            false => BASE64.decode(word.as_bytes()),
        };
        let value = value.map_err(|_| DigestLineProblem::Encoding)?;
        Ok(Signature::parse_beside(&value, self.digest.algorithm())?)
    }

    /// The line with a signature behind it.
    #[must_use]
    pub fn signed(&self, signature: &Signature) -> String {
        format!("{} {}", self.text, BASE64.encode(&signature.to_bytes()))
    }
}

/// The line of a digest that is to be signed; `name` is for people, and printable.
#[must_use]
pub fn unsigned_line(digest: &Digest, name: impl fmt::Display) -> String {
    format!("{digest} {} {name}", digest.algorithm())
}
