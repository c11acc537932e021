//! What users read. The only module of the command that prints; it also remembers the exit code.

use std::fmt::Display;
use std::io::{self, IsTerminal, StdoutLock, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::exit::Exit;
use crate::format::text::Escaped;
use crate::machine::root::Root;

/// The name in front of every message.
const NAME: &str = "dpkg-ima";

/// Prints a message as one line, and a hint as another.
pub fn complain(message: impl Display, hint: Option<&str>) {
    let mut text = format!("{NAME}: {}\n", Escaped(message));
    if let Some(hint) = hint {
        text.push_str(&format!("hint: {}\n", Escaped(hint)));
    }
    // One write, so that the lines of several threads do not mix. Where standard error is closed
    // there is no one left to tell.
    io::stderr().write_all(text.as_bytes()).unwrap_or_default();
}

/// A number of things, such as `1 file` or `2 files`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{end}")
}

/// Standard output of one command.
pub struct Report {
    out: io::BufWriter<StdoutLock<'static>>,
    /// Why nothing more can be printed.
    failed: Option<io::Error>,
    exit: Exit,
}

impl Report {
    /// Nothing printed yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            out: io::BufWriter::new(io::stdout().lock()),
            failed: None,
            exit: Exit::Yes,
        }
    }

    /// Prints bytes as they are: only what this program is made of.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(bytes).err();
        }
    }

    /// Prints a line.
    pub fn line(&mut self, line: impl Display) {
        self.bytes(format!("{}\n", Escaped(line)).as_bytes());
    }

    /// Prints what has several lines.
    pub fn lines(&mut self, lines: impl Display) {
        lines.to_string().lines().for_each(|line| self.line(line));
    }

    /// Prints an object in a line, in ASCII.
    pub fn json(&mut self, object: &serde_json::Value) {
        self.bytes(ascii(object).as_bytes());
        self.bytes(b"\n");
    }

    /// Whether no one reads any more, so that going on is no use.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.failed.is_some()
    }

    /// Prints a message that is no failure.
    pub fn note(&self, message: impl Display) {
        complain(message, None);
    }

    /// Names the mounts that were not looked into.
    pub fn left_out(&self, root: &Root) {
        for mount in root.left_out().worth_a_word() {
            self.note(format_args!("left out: {mount}"));
        }
    }

    /// Prints a message and remembers that something could not be done.
    pub fn trouble(&mut self, message: impl Display, hint: Option<&str>) {
        complain(message, hint);
        self.answer(Exit::Trouble);
    }

    /// Remembers an answer.
    pub fn answer(&mut self, exit: Exit) {
        self.exit = self.exit.max(exit);
    }

    /// The exit code of all that was reported. A reader that went away is no failure.
    #[must_use]
    pub fn finish(mut self) -> Exit {
        let failed = self.failed.take().or_else(|| self.out.flush().err());
        match failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.trouble(format_args!("cannot print: {error}"), None);
            }
            Some(_) | None => {}
        }
        self.exit
    }
}

/// SPEC: RFC 8259, 7: within strings any character may be written so, and outside them all are ASCII.
fn ascii(object: &serde_json::Value) -> String {
    let mut ascii = String::new();
    for character in object.to_string().chars() {
        if matches!(character, ' '..='~') {
            ascii.push(character);
        } else {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            ascii.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}

/// How long work must take before a bar is worth showing.
const BAR_AFTER: Duration = Duration::from_secs(1);

/// What a bar counts.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Files.
    Files,
    /// Packages.
    Packages,
}

/// A bar over that many of them, on a terminal only, and only once the work took a while.
#[must_use]
pub fn progress(total: u64, unit: Unit) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template(match unit {
        Unit::Bytes => "{bar:40} {bytes}/{total_bytes} {eta}",
        Unit::Files => "{bar:40} {pos}/{len} {rate} {eta} {msg}",
        Unit::Packages => "{bar:40} {pos}/{len} packages {rate} {eta}",
    });
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style.with_key("rate", write_rate));
    let shown = bar.clone();
    std::thread::spawn(move || {
        std::thread::sleep(BAR_AFTER);
        if !shown.is_finished() {
            shown.set_draw_target(ProgressDrawTarget::stderr());
        }
    });
    bar
}

/// How many a second, without a fraction.
fn write_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    // A bar is no place to fail at.
    write!(out, "{:.0}/s", state.per_sec()).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_ascii_and_mean_the_same() {
        let object = serde_json::json!({ "a": "\u{1b}\u{7f}\u{9b}\u{202e}\u{1f600}\n" });
        let ascii = ascii(&object);
        assert!(ascii.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        let back: serde_json::Value = serde_json::from_str(&ascii).unwrap();
        assert_eq!(back, object);
    }
}
