//! How much larger lists make packages: the figure by which people judge what signing costs.

use std::fmt;

use indicatif::HumanBytes;

/// Bytes that carry lists, and those of the packages that they are of. Prints as `1.20 MiB, 0.41 % of the packages`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) lists: u64,
    pub(super) packages: u64,
}

impl Growth {
    /// In percent; none where there are no packages.
    pub(super) fn percent(self) -> Option<f64> {
        (self.packages > 0).then(|| self.lists as f64 * 100.0 / self.packages as f64)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", HumanBytes(self.lists))?;
        match self.percent() {
            Some(percent) => write!(f, ", {percent:.2} % of the packages"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_something() {
        let growth = |lists, packages| Growth { lists, packages }.to_string();
        assert_eq!(growth(4_300, 1 << 20), "4.20 KiB, 0.41 % of the packages");
        assert_eq!(growth(12, 0), "12 B");
    }
}
