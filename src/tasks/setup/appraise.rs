//! The kernel parameter `ima_appraise`.

/// What the kernel does with a file that it appraises and finds wanting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appraise {
    /// It lets it run, and says so in its log.
    Log,
    /// It refuses it.
    Enforce,
}

/// SPEC: `default_appraise_setup()`: the last word counts; without any the kernel enforces.
const PARAMETER: &str = "ima_appraise=";

impl Appraise {
    /// The word for the kernel's command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Log => "ima_appraise=log",
            Self::Enforce => "ima_appraise=enforce",
        }
    }

    /// The mode that a command line asks for by name; none if it names no mode, or one that setup never sets.
    pub(super) fn named_on(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let last = words.rfind(|word| word.starts_with(PARAMETER))?;
        [Self::Log, Self::Enforce]
            .into_iter()
            .find(|mode| mode.word() == last)
    }

    /// The command line with this mode in place of any other, in one line without an end.
    pub(super) fn put_on(self, line: &str) -> String {
        let others = without_mode(line);
        match others.is_empty() {
            true => self.word().to_owned(),
            false => format!("{others} {}", self.word()),
        }
    }
}

/// The command line without the parameter.
pub(super) fn without_mode(line: &str) -> String {
    let others = line
        .split_whitespace()
        .filter(|word| !word.starts_with(PARAMETER));
    others.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_is_the_one_that_is_replaced() {
        for (line, mode, put) in [
            ("", None, "ima_appraise=log"),
            ("quiet\n", None, "quiet ima_appraise=log"),
            (
                "ima_appraise=log a  ima_appraise=enforce b",
                Some(Appraise::Enforce),
                "a b ima_appraise=log",
            ),
            (
                "ima_appraise=log ima_appraise=off",
                None,
                "ima_appraise=log",
            ),
            (
                "xima_appraise=log",
                None,
                "xima_appraise=log ima_appraise=log",
            ),
        ] {
            assert_eq!(Appraise::named_on(line), mode, "{line}");
            assert_eq!(Appraise::Log.put_on(line), put, "{line}");
        }
    }
}
