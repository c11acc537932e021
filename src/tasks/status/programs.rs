//! How many of the programs and libraries are signed.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::line::StatusLine;
use super::topic::Topic;
use crate::format::ima::{Label, Signature};
use crate::keys::held::{Authenticity, HeldKeys};
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::{ProgramFile, walk};

const TOPIC: Topic = Topic::Programs;

/// The numbers of programs and libraries.
#[derive(Default)]
struct Counts {
    all: AtomicUsize,
    /// The signature is by a held key.
    signed: AtomicUsize,
    /// There is a signature, and nothing here can verify it.
    unknown: AtomicUsize,
}

/// Verifies the labels. What has none, or one by a key that is not held, is not read.
pub(super) fn programs(root: &Root, held: &HeldKeys) -> StatusLine {
    match count(root, held) {
        Ok(counts) => counts.line(),
        Err(error) => StatusLine::unknown(TOPIC, error.to_string(), "run this as root"),
    }
}

fn count(root: &Root, held: &HeldKeys) -> Result<Counts, SystemError> {
    let counts = Counts::default();
    walk(root, |met| {
        let file = met.program_file()?;
        if file.is_program() {
            counts.add(authenticity(root, &file, held));
        }
        Ok(())
    })?;
    Ok(counts)
}

/// A file that cannot be read counts as unsigned.
fn authenticity(root: &Root, file: &ProgramFile, held: &HeldKeys) -> Authenticity {
    let file = root.open_file(&file.path).ok().flatten();
    let told = file.and_then(|file| match attribute::read(&file).ok()? {
        Label::Signature(label) => label_authenticity(&label, &file, held).ok(),
        Label::None | Label::Hash | Label::Malformed(_) => None,
    });
    told.unwrap_or(Authenticity::Forged)
}

/// SECURITY: the key id in a label is a claim, so the label is verified. Where keys are held, one by another key is refused
/// like one that is forged; where none is held, nothing is known.
fn label_authenticity(label: &Signature, file: &File, held: &HeldKeys) -> io::Result<Authenticity> {
    Ok(match held.verify_label(label, file)? {
        Authenticity::Unknown if !held.is_empty() && !held.holds(label.key_id) => {
            Authenticity::Forged
        }
        told => told,
    })
}

impl Counts {
    fn add(&self, told: Authenticity) {
        let count = |of: &AtomicUsize| {
            of.fetch_add(1, Ordering::Relaxed);
        };
        count(&self.all);
        match told {
            Authenticity::Genuine => count(&self.signed),
            Authenticity::Unknown => count(&self.unknown),
            Authenticity::Forged => {}
        }
    }

    fn line(self) -> StatusLine {
        let [all, signed, unknown] =
            [self.all, self.signed, self.unknown].map(AtomicUsize::into_inner);
        let reason = format!(
            "{signed} of {all} programs and libraries carry a signature that verifies under a key that is held"
        );
        if signed == all {
            return StatusLine::good(TOPIC, reason);
        }
        if signed + unknown == all {
            let reason = format!("{reason}; nothing here can verify {unknown}");
            let next =
                "put the certificate into /etc/keys/ima, so that signatures can be verified by it";
            return StatusLine::unknown(TOPIC, reason, next);
        }
        let next = "dpkg-ima policy check names those that a policy would refuse; dpkg-ima relabel";
        StatusLine::not(TOPIC, reason, next)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::line::Readiness;
    use super::*;
    use crate::keys::held::sample::{self, SampleKey, forged, genuine, strange};

    #[test]
    fn a_label_counts_by_what_it_signs_and_not_by_the_key_id_that_it_names() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(sample::CONTENT).unwrap();
        let held = sample::held();
        let ids: HeldKeys = [sample::key_id(SampleKey::A)].into_iter().collect();
        let (good, forged) = (genuine(SampleKey::A), forged(SampleKey::A, 1));
        for (label, held, readiness) in [
            (&good, &held, Readiness::Good),
            (&forged, &held, Readiness::Not),
            (&strange(1), &held, Readiness::Not),
            // Nothing can verify.
            (&good, &ids, Readiness::Unknown),
            (&good, &HeldKeys::default(), Readiness::Unknown),
        ] {
            let counts = Counts::default();
            counts.add(label_authenticity(label, &file, held).unwrap());
            let line = counts.line();
            assert_eq!(line.readiness, readiness, "{label:?}: {}", line.reason);
        }
    }
}
