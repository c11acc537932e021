//! Exit codes, as a type.

use std::process::ExitCode;

/// The exit code of a run, in rising order: of several answers the highest counts.
///
/// SPEC: dpkg(1), EXIT STATUS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or the answer is yes.
    #[default]
    Yes = 0,
    /// A check answered no.
    No = 1,
    /// The work could not be done, or the answer not be found.
    Trouble = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_wins() {
        assert_eq!(Exit::Yes.max(Exit::No).max(Exit::Trouble) as u8, 2);
        assert_eq!(Exit::Trouble.max(Exit::No), Exit::Trouble);
        assert_eq!(Exit::default() as u8, 0);
    }
}
