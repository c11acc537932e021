//! Colours, for what people look at on a terminal.

use std::fmt::Display;
use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};

/// What a word says of the thing that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It is as it should be. Green.
    Good,
    /// It is not, or not yet, and does no harm so far. Yellow.
    Doubtful,
    /// It is wrong. Red.
    Bad,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Doubtful => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
        }
    }

    /// The text between the escape sequences that colour it. It is not escaped itself.
    pub(super) fn paint(self, text: impl Display) -> String {
        let style = self.style();
        format!("{style}{text}{style:#}")
    }
}

/// Whether standard output is a terminal that has colours, and nobody has said that there are to be none.
///
/// SPEC: no-color.org: `NO_COLOR`; bixense.com/clicolors: `CLICOLOR=0`; `TERM=dumb` of terminfo(5). `CLICOLOR_FORCE` is not
/// heeded: what is in a pipe is for programs.
pub(super) fn has_colours() -> bool {
    io::stdout().is_terminal()
        && !anstyle_query::no_color()
        && anstyle_query::clicolor() != Some(false)
        && anstyle_query::term_supports_color()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tone_has_its_own_colour_and_ends_it() {
        let painted = [Tone::Good, Tone::Doubtful, Tone::Bad].map(|tone| tone.paint("x"));
        let expected = [
            "\x1b[32mx\x1b[0m",
            "\x1b[33mx\x1b[0m",
            "\x1b[1m\x1b[31mx\x1b[0m",
        ];
        assert_eq!(painted, expected);
    }
}
