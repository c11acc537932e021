//! Remembers which signatures were verified: the same few contents are opened again and again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Authenticity;
use crate::format::ima::{Digest, HashAlgorithm, Hasher, Signature};

/// Most answers that are remembered; with more, all are forgotten. About 200 KiB.
const ANSWERS_MAX: usize = 1024;

/// Answers by signature and content.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<HashMap<Digest, Authenticity>>);

impl Answers {
    /// The answer that is remembered, else that of `ask`, which is remembered if it is one.
    pub(super) fn or_ask(
        &self,
        signature: &Signature,
        digest: &Digest,
        ask: impl FnOnce() -> Authenticity,
    ) -> Authenticity {
        let question = question(signature, digest);
        let answers = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = answers().get(&question).copied();
        known.unwrap_or_else(|| {
            let answer = ask();
            let mut answers = answers();
            if answers.len() >= ANSWERS_MAX {
                answers.clear();
            }
            // What could not be told may be told the next time.
            if answer != Authenticity::Unknown {
                answers.insert(question, answer);
            }
            answer
        })
    }
}

/// One key for both; which algorithm made the digest follows from the signature.
fn question(signature: &Signature, digest: &Digest) -> Digest {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(digest.as_bytes());
    hasher.update(&signature.to_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::ima::KeyId;

    fn ask(answers: &Answers, number: usize, answer: Authenticity) -> Authenticity {
        let digest = Digest::of(HashAlgorithm::Sha256, &number.to_le_bytes());
        let signature = Signature::new(HashAlgorithm::Sha256, KeyId(1), b"x").unwrap();
        answers.or_ask(&signature, &digest, || answer)
    }

    #[test]
    fn an_answer_is_remembered_and_the_room_is_bounded() {
        let answers = Answers::default();
        for number in 0..ANSWERS_MAX {
            let answer = ask(&answers, number, Authenticity::Genuine);
            assert_eq!(answer, Authenticity::Genuine);
        }
        assert_eq!(
            ask(&answers, 0, Authenticity::Forged),
            Authenticity::Genuine
        );
        let one_more = ask(&answers, ANSWERS_MAX, Authenticity::Genuine);
        assert_eq!(one_more, Authenticity::Genuine);
        assert_eq!(ask(&answers, 0, Authenticity::Forged), Authenticity::Forged);
    }

    #[test]
    fn what_could_not_be_told_is_asked_again() {
        let answers = Answers::default();
        assert_eq!(
            ask(&answers, 1, Authenticity::Unknown),
            Authenticity::Unknown
        );
        assert_eq!(
            ask(&answers, 1, Authenticity::Genuine),
            Authenticity::Genuine
        );
    }
}
