//! The packages whose lists no source could be asked for, in one line with the sources.

use std::fmt;

use super::trouble::SourceTrouble;

/// Most packages that are named.
const NAMED_MAX: usize = 20;

/// It prints as a sentence.
#[derive(Clone, Copy, Debug)]
pub struct Unanswered<'a> {
    /// The packages, of which there is at least one.
    pub packages: &'a [&'a str],
    /// What became of the sources.
    pub troubles: &'a [SourceTrouble],
}

impl fmt::Display for Unanswered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.packages.iter().take(NAMED_MAX);
        let named: Vec<_> = named.map(|package| format!("'{package}'")).collect();
        let named = named.join(", ");
        let count = self.packages.len();
        match (count, count.saturating_sub(NAMED_MAX)) {
            (1, _) => write!(f, "package {named} is unsigned")?,
            (_, 0) => write!(f, "packages {named} are unsigned")?,
            (_, more) => write!(f, "packages {named} and {more} more are unsigned")?,
        }
        let mut begin = ", and";
        for trouble in self.troubles {
            write!(f, "{begin} {trouble}")?;
            begin = ";";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::signature_source::SignatureSource;
    use crate::tasks::fetch::TroubleCause;

    #[test]
    fn all_is_said_in_one_line() {
        let trouble = |source: &str, cause| SourceTrouble {
            source: SignatureSource::parse(source).unwrap(),
            count: 2,
            cause,
        };
        let troubles = [
            trouble("https://a.example", TroubleCause::Time),
            trouble("file:///b", TroubleCause::Other("x\ny".into())),
        ];
        let told = |packages: &[&str], troubles: &[SourceTrouble]| {
            Unanswered { packages, troubles }.to_string()
        };
        assert_eq!(
            told(&["a"], &troubles[..1]),
            "package 'a' is unsigned, and 2 lists could not be fetched from https://a.example: no answer in time"
        );
        assert_eq!(
            told(&["a", "b"], &troubles),
            "packages 'a', 'b' are unsigned, and 2 lists could not be fetched from https://a.example: no answer in time; \
             2 lists could not be fetched from file:///b: x\\012y"
        );
        let many = ["p"; NAMED_MAX + 2];
        assert!(told(&many, &[]).ends_with("'p' and 2 more are unsigned"));
    }
}
