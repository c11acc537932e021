//! Untrusted text: fields of control files, words of a policy, subjects of certificates, and messages of libraries that
//! quote what they read.
//!
//! SECURITY: a terminal obeys escape sequences, and a line feed forges a line of a log. So untrusted text has a type
//! that shows itself escaped only, and every line that the programs print or log passes [`Escaped`] once more. Paths
//! are shown as signature lists write them ([`escaped`](crate::format::imasigs::escaped)).

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

/// Most bytes of a [`Text`] that are shown: enough to find the whole where it was read.
const SHOWN_MAX: usize = 1000;

/// Whether a terminal only shows the byte: a printable ASCII character. Others may be control characters (0x80 to 0x9f
/// too), or turn the direction of writing.
const fn is_shown(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Untrusted text. It shows each byte that is no printable ASCII character as a backslash and three octal digits, and
/// is never a `str` with such a byte in it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<[u8]>);

impl Text {
    /// What a value displays, such as the error of a library.
    #[must_use]
    pub fn of(said: &impl Display) -> Self {
        said.to_string().into()
    }

    /// The bytes as they are, to parse and compare.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is printable ASCII and nothing else.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.0).ok()?;
        text.bytes().all(is_shown).then_some(text)
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other.as_bytes()
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN_MAX)];
        write_bytes(f, shown)?;
        if shown.len() < self.0.len() {
            f.write_str("...")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Displays a value in one line, escaped as [`Text`] is, but whole and without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<D>(pub D);

impl<D: Display> Display for Escaped<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// Escapes what is written to it.
struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_bytes(self.0, text.as_bytes())
    }
}

fn write_bytes(out: &mut fmt::Formatter<'_>, mut bytes: &[u8]) -> fmt::Result {
    while let Some(&first) = bytes.first() {
        let plain = bytes.iter().position(|&byte| !is_shown(byte));
        let (shown, rest) = bytes.split_at(plain.unwrap_or(bytes.len()));
        if shown.is_empty() {
            write!(out, "\\{first:03o}")?;
            bytes = &rest[1..];
        } else {
            out.write_str(&String::from_utf8_lossy(shown))?;
            bytes = rest;
        }
    }
    Ok(())
}

/// Writes one line to a terminal or a log, escaped, in one call so that the lines of several threads do not mix.
///
/// # Errors
/// The writer's.
pub fn write_line(mut out: impl Write, line: impl Display) -> io::Result<()> {
    out.write_all(format!("{}\n", Escaped(line)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_printable_ascii_is_shown() {
        let all: Vec<u8> = (0..=255).collect();
        let shown = Text::from(all.as_slice()).to_string();
        assert!(shown.bytes().all(is_shown), "{shown}");
        assert!(shown.starts_with(r"\000\001"), "{shown}");
        assert!(shown.contains(r"\037 !"), "{shown}");
        assert!(shown.contains(r"}~\177\200"), "{shown}");
        for (text, expected) in [
            ("a b=c\\d", "a b=c\\d"),
            ("\x1b]0;x\x07\n", r"\033]0;x\007\012"),
            ("\u{9b}31m", r"\302\23331m"),
            ("\u{202e}x", r"\342\200\256x"),
        ] {
            assert_eq!(Text::from(text).to_string(), expected);
            assert_eq!(format!("{:?}", Text::from(text)), format!("\"{expected}\""));
            assert_eq!(Escaped(text).to_string(), expected);
            // What was escaped may be escaped again.
            assert_eq!(Escaped(Escaped(text)).to_string(), expected);
            let mut line = Vec::new();
            write_line(&mut line, text).unwrap();
            assert_eq!(line, format!("{expected}\n").as_bytes());
        }
    }

    #[test]
    fn only_harmless_text_can_be_had() {
        assert_eq!(Text::from("libc6:amd64").plain(), Some("libc6:amd64"));
        assert_eq!(Text::from("x\x1b").plain(), None);
        assert_eq!(Text::from(&b"\xff"[..]).plain(), None);
    }

    #[test]
    fn a_long_text_is_cut_off() {
        let long = Text::from("x".repeat(1 << 20)).to_string();
        assert_eq!(long.len(), SHOWN_MAX + 3);
        assert!(long.ends_with("x..."));
    }
}
