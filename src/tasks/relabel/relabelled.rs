//! The result of a run, and its messages beyond the counts.

use std::collections::BTreeSet;

use super::answers::SourceAnswers;
use super::offered::PassedOver;
use super::remedy::remedy;
use super::skipped::{SkipReason, SkippedDeb};
use crate::dpkg::PackageName;
use crate::format::ima::KeyId;
use crate::format::plural::count;
use crate::labelling::{Affected, Tally};
use crate::machine::error::shown;

/// A message, and a hint on what to do about it.
pub type Notice = (String, Option<&'static str>);

/// The result of a run, or what it would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relabelled {
    /// Files by outcome, and what kept some from their labels.
    pub tally: Tally,
    /// Packages without a list.
    pub unsigned: BTreeSet<PackageName>,
    /// Keys that signatures of lists name, and that this machine does not hold, without those that were revoked.
    pub unheld: BTreeSet<KeyId>,
    /// Keys that signatures of lists name, and that were revoked here.
    pub revoked: BTreeSet<KeyId>,
    /// The number of packages that got a list from a .deb.
    pub adopted: usize,
    /// What the sources had for packages without a list.
    pub answers: SourceAnswers,
    /// .debs that were not used although they seemed to be meant.
    pub skipped: Vec<SkippedDeb>,
    /// Other files that `--from` named.
    pub passed_over: PassedOver,
}

impl Relabelled {
    /// The messages on what could not be done: one for each filesystem, answer of the kernel, .deb, and source.
    #[must_use]
    pub fn complaints(&self) -> Vec<Notice> {
        let troubles = self.tally.troubles();
        let troubles = troubles.map(|trouble| (trouble.to_string(), remedy(trouble.error)));
        let unreadable = self
            .skipped
            .iter()
            .filter(|skipped| skipped.is_unreadable());
        troubles
            .chain(unreadable.map(|skipped| (skipped.to_string(), None)))
            .chain(self.answers.complaints().map(|text| (text, None)))
            .collect()
    }

    /// The messages on what was done, but perhaps not as the user meant it.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let others = self
            .skipped
            .iter()
            .filter(|skipped| !skipped.is_unreadable());
        let mut notices: Vec<Notice> = others.map(|skipped| (skipped.to_string(), None)).collect();
        if !self.passed_over.is_empty() {
            notices.push((self.passed_over.to_string(), None));
        }
        let answers = self.answers.notices().into_iter();
        notices.extend(answers.map(|text| (text, None)));
        notices.extend(self.forged());
        notices.extend(self.unheld());
        notices.extend(self.revoked());
        notices.extend(self.unsigned());
        notices
    }

    /// One for each package and key.
    fn forged(&self) -> impl Iterator<Item = Notice> {
        let forgeries = self.tally.forgeries.iter();
        forgeries.map(|((package, key), Affected { files, example })| {
            let (example, files) = (shown(example), count(*files, "file"));
            let text = format!(
                "package {package} has signatures that do not verify under key {key}, for {files} such as '{example}': forged or damaged, and not used"
            );
            let hint = "find out where the package is from, and install it from a source that you trust";
            (text, Some(hint))
        })
    }

    /// Whether signatures were found that fail under a key that is held.
    #[must_use]
    pub fn is_forged(&self) -> bool {
        let skipped = |skipped: &SkippedDeb| matches!(skipped.why, SkipReason::Forged(_));
        let is_forged = !self.tally.forgeries.is_empty() || self.skipped.iter().any(skipped);
        is_forged || self.answers.has_forged()
    }

    fn unheld(&self) -> Option<Notice> {
        let keys: Vec<_> = self.unheld.iter().map(ToString::to_string).collect();
        let text = format!(
            "signatures are by key {}, which this machine does not hold: an enforcing kernel refuses their files",
            keys.join(" and ")
        );
        let hint = "put its certificate into /etc/keys/ima";
        (!keys.is_empty()).then_some((text, Some(hint)))
    }

    fn revoked(&self) -> Option<Notice> {
        let keys: Vec<_> = self.revoked.iter().map(ToString::to_string).collect();
        let text = format!(
            "signatures are by key {}, which was revoked: no file gets them",
            keys.join(" and ")
        );
        let hint = "install the packages signed by another key, or fetch lists by one";
        (!keys.is_empty()).then_some((text, Some(hint)))
    }

    fn unsigned(&self) -> Option<Notice> {
        let first = self.unsigned.first()?;
        let mut text = match self.unsigned.len() {
            1 => format!("package {first} has no signatures"),
            count => format!("{count} packages have no signatures, such as {first}"),
        };
        if !self.answers.sources.is_empty() {
            text.push_str(", and no source gave a list");
        }
        Some((
            text,
            Some("--from takes them from signed .debs of the same version"),
        ))
    }

    /// Whether a file, list or .deb could not be read or written.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        let tally = &self.tally;
        tally.failures + tally.bad_lists > 0 || !self.complaints().is_empty()
    }
}
