//! What the sources of /etc/dpkg-ima.toml had for packages without a list, and the messages about it.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::skipped::SkipReason;
use crate::dpkg::PackageName;
use crate::format::signature_source::SignatureSource;
use crate::format::text::Text;
use crate::tasks::fetch::SourceTrouble;

/// What the sources had for packages without a list. The default is that nobody was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceAnswers {
    /// The sources that were asked, or would be; none of them where the configuration names none.
    pub sources: Vec<SignatureSource>,
    /// Packages whose lists were fetched and are kept.
    pub fetched: BTreeSet<PackageName>,
    /// Packages whose lists would be asked for, if this were no dry run.
    pub put_off: BTreeSet<PackageName>,
    /// Packages whose lists were fetched and are of no use.
    pub not_used: Vec<(PackageName, SkipReason)>,
    /// Sources that did not answer.
    pub troubles: Vec<SourceTrouble>,
    /// Why nobody was asked, or nothing is kept.
    pub failure: Option<Text>,
}

impl SourceAnswers {
    pub(super) fn fail(&mut self, what: &str, error: &impl Display) {
        self.failure = Some(Text::of(&format_args!("{what}: {error}")));
    }

    /// Whether a list of theirs had signatures that fail under a key that is held.
    pub(super) fn has_forged(&self) -> bool {
        self.not_used.iter().any(|(_, why)| is_forged(why))
    }

    /// The messages on what could not be done: one for each source.
    pub(super) fn complaints(&self) -> impl Iterator<Item = String> {
        let failure = self.failure.iter().map(ToString::to_string);
        failure.chain(self.troubles.iter().map(ToString::to_string))
    }

    /// The messages on lists that were not used, whatever the number of them, and on those that would be asked for.
    pub(super) fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        for forged in [true, false] {
            let mut lists = self.not_used.iter();
            let first = lists.find(|(_, why)| is_forged(why) == forged);
            let more = lists.filter(|(_, why)| is_forged(why) == forged).count();
            if let Some((package, why)) = first {
                let more = match more {
                    0 => String::new(),
                    more => format!(", nor are those for {more} more"),
                };
                notices.push(format!(
                    "a list that was fetched for {package} is not used{more}: {why}"
                ));
            }
        }
        notices.extend(self.put_off());
        notices
    }

    fn put_off(&self) -> Option<String> {
        let first = self.put_off.first()?;
        let packages = match self.put_off.len() {
            1 => format!("package {first}"),
            count => format!("{count} packages, such as {first},"),
        };
        let sources: Vec<_> = self.sources.iter().map(ToString::to_string).collect();
        let sources = sources.join(" and ");
        Some(format!(
            "lists would be fetched for {packages} from {sources}: what they would label is not known yet"
        ))
    }
}

const fn is_forged(why: &SkipReason) -> bool {
    matches!(why, SkipReason::Forged(_))
}
