//! What a run has to say at its end, beyond the counts.

use super::from::{Skip, Skipped};
use super::{Relabelled, remedy};
use crate::labelling::Forgery;
use crate::machine::error::shown;

/// A message, and what to do about it.
pub type Remark = (String, Option<&'static str>);

impl Relabelled {
    /// What could not be done: once for each filesystem and .deb.
    #[must_use]
    pub fn complaints(&self) -> Vec<Remark> {
        let troubles = self.tally.troubles.values();
        let troubles = troubles.map(|trouble| (trouble.to_string(), remedy(trouble.error)));
        let unreadable = self
            .skipped
            .iter()
            .filter(|skipped| matches!(skipped.why, Skip::Unreadable(_)));
        troubles
            .chain(unreadable.map(|skipped| (skipped.to_string(), None)))
            .collect()
    }

    /// What is as it should be, but perhaps not as it was meant.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let others = self
            .skipped
            .iter()
            .filter(|skipped| !matches!(skipped.why, Skip::Unreadable(_)));
        let mut remarks: Vec<Remark> = others.map(|skipped| (skipped.to_string(), None)).collect();
        if !self.passed_over.is_empty() {
            remarks.push((self.passed_over.to_string(), None));
        }
        remarks.extend(self.forged());
        remarks.extend(self.unheld());
        remarks.extend(self.unsigned());
        remarks
    }

    /// Once for each package and key.
    fn forged(&self) -> impl Iterator<Item = Remark> {
        let forgeries = self.tally.forgeries.iter();
        forgeries.map(|((package, key), Forgery { files, example })| {
            let (example, end) = (shown(example), if *files == 1 { "" } else { "s" });
            let text = format!(
                "package {package} has signatures that do not verify under key {key}, for {files} file{end} such as '{example}': forged or damaged, and not used"
            );
            let hint = "find out where the package is from, and install it from a source that you trust";
            (text, Some(hint))
        })
    }

    /// Whether signatures were found that fail under a key that is held.
    #[must_use]
    pub fn is_forged(&self) -> bool {
        let skipped = |skipped: &Skipped| matches!(skipped.why, Skip::Forged(_));
        !self.tally.forgeries.is_empty() || self.skipped.iter().any(skipped)
    }

    fn unheld(&self) -> Option<Remark> {
        let keys: Vec<_> = self.unheld.iter().map(ToString::to_string).collect();
        let text = format!(
            "signatures are by key {}, which this machine does not hold: an enforcing kernel refuses their files",
            keys.join(" and ")
        );
        let hint = "put its certificate into /etc/keys/ima";
        (!keys.is_empty()).then_some((text, Some(hint)))
    }

    fn unsigned(&self) -> Option<Remark> {
        let first = self.unsigned.first()?;
        let text = match self.unsigned.len() {
            1 => format!("package {first} has no signatures"),
            count => format!("{count} packages have no signatures, such as {first}"),
        };
        Some((
            text,
            Some("--from takes them from signed .debs of the same version"),
        ))
    }

    /// Whether something could not be done.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        let tally = &self.tally;
        tally.failures + tally.bad_lists > 0 || !self.complaints().is_empty()
    }
}
