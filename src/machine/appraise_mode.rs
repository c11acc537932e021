//! The kernel parameter `ima_appraise`.

use std::fs;
use std::io;

/// What becomes of a file whose label does not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppraiseMode {
    /// `enforce`, or not given: it is refused.
    #[default]
    Enforce,
    /// `log`: a record says so, and it is used.
    Log,
    /// `fix`: the kernel gives it a hash for a label, unless it has a signature.
    Fix,
    /// `off`: nothing is appraised.
    Off,
}

impl AppraiseMode {
    /// The mode that the running kernel was told. With Secure Boot it may enforce all the same.
    ///
    /// # Errors
    /// If /proc/cmdline cannot be read.
    pub fn of_this_boot() -> io::Result<Self> {
        fs::read_to_string("/proc/cmdline").map(|line| Self::parse(&line))
    }

    /// The mode on a command line. SPEC: `ima_appraise_parse_cmdline()`: the last word counts, by how it begins; any
    /// other leaves the default.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let mut values = line
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("ima_appraise="));
        match values.next_back() {
            Some(value) if value.starts_with("log") => Self::Log,
            Some(value) if value.starts_with("fix") => Self::Fix,
            Some(value) if value.starts_with("off") => Self::Off,
            _ => Self::Enforce,
        }
    }

    /// The value of the parameter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Log => "log",
            Self::Fix => "fix",
            Self::Off => "off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts() {
        for (line, mode) in [
            ("quiet", AppraiseMode::Enforce),
            ("ima_appraise=log quiet\n", AppraiseMode::Log),
            (
                "ima_appraise=log ima_appraise=enforce",
                AppraiseMode::Enforce,
            ),
            ("ima_appraise=enforce ima_appraise=fix", AppraiseMode::Fix),
            ("ima_appraise=off", AppraiseMode::Off),
            ("ima_appraise=on ima_appraise=", AppraiseMode::Enforce),
            ("xima_appraise=log", AppraiseMode::Enforce),
        ] {
            assert_eq!(AppraiseMode::parse(line), mode, "{line}");
            assert_eq!(
                AppraiseMode::parse(&format!("ima_appraise={}", mode.name())),
                mode
            );
        }
    }
}
