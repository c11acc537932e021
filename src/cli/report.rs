//! What users read. No other module of the command prints. A report also remembers the exit code.

use std::fmt::Display;
use std::io::{self, IsTerminal, StdoutLock, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::exit::Exit;
use super::tone::{Tone, has_colours};
use crate::format::plural::count;
use crate::format::signature_source::SignatureSource;
use crate::format::text::Escaped;
use crate::machine::root::Root;

/// Every message begins with it.
const NAME: &str = "dpkg-ima";

/// Prints a message in one line of standard error, and a hint in another.
pub fn complain(message: impl Display, hint: Option<&str>) {
    let mut text = format!("{NAME}: {}\n", Escaped(message));
    if let Some(hint) = hint {
        text.push_str(&format!("hint: {}\n", Escaped(hint)));
    }
    // One write, so that the lines of several threads do not mix. Where standard error is closed
    // there is no one left to tell.
    io::stderr().write_all(text.as_bytes()).unwrap_or_default();
}

/// Says which source is slow.
pub fn fetching(source: &SignatureSource, lists: usize) {
    let lists = count(lists, "signature list");
    complain(format_args!("fetching {lists} from {source} ..."), None);
}

/// The standard output of one command, and its exit code so far. Once printing fails, nothing more is printed.
pub struct Report {
    out: io::BufWriter<StdoutLock<'static>>,
    /// The first error of printing.
    failed: Option<io::Error>,
    exit: Exit,
    has_colours: bool,
}

impl Report {
    #[must_use]
    pub fn new() -> Self {
        Self {
            out: io::BufWriter::new(io::stdout().lock()),
            failed: None,
            exit: Exit::Yes,
            has_colours: has_colours(),
        }
    }

    /// Prints bytes without escaping them: for text of this program only.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(bytes).err();
        }
    }

    pub fn line(&mut self, line: impl Display) {
        self.bytes(format!("{}\n", Escaped(line)).as_bytes());
    }

    /// Prints a line of parts, each in the colour of its tone where there are colours.
    pub fn toned(&mut self, parts: &[(Option<Tone>, &str)]) {
        let mut line = String::new();
        for (tone, text) in parts {
            let text = Escaped(text).to_string();
            match tone.filter(|_| self.has_colours) {
                Some(tone) => line.push_str(&tone.paint(text)),
                None => line.push_str(&text),
            }
        }
        line.push('\n');
        self.bytes(line.as_bytes());
    }

    /// Prints text of several lines.
    pub fn lines(&mut self, lines: impl Display) {
        lines.to_string().lines().for_each(|line| self.line(line));
    }

    /// Prints an object in one line of ASCII.
    pub fn json(&mut self, object: &serde_json::Value) {
        self.bytes(ascii(object).as_bytes());
        self.bytes(b"\n");
    }

    /// Whether people look at what is printed.
    #[must_use]
    pub fn is_on_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether printing has failed, most likely since nobody reads any more: going on is of no use.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.failed.is_some()
    }

    /// Prints what is still buffered, for readers that wait for it.
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }

    /// Asks on the terminal, below what was printed; true only if the answer is yes. Else it prints `undone`, such as
    /// `nothing is changed`, and the exit code says no, or trouble if there is no terminal.
    #[must_use]
    pub fn confirms(&mut self, question: &str, undone: &str) -> bool {
        if !io::stdin().is_terminal() {
            let message = format_args!("{undone}: there is no terminal to ask on");
            self.trouble(message, Some("give --yes"));
            return false;
        }
        self.flush();
        let mut answer = String::new();
        let asked = io::stderr().write_all(format!("{question} [y/N] ").as_bytes());
        let read = asked.and_then(|()| io::stdin().read_line(&mut answer));
        let agreed = read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes");
        if !agreed {
            self.note(undone);
            self.answer(Exit::No);
        }
        agreed
    }

    /// Prints a message that leaves the exit code as it is.
    pub fn note(&self, message: impl Display) {
        complain(message, None);
    }

    /// Names the mounts that were left out of the work.
    pub fn left_out(&self, root: &Root) {
        for mount in root.left_out().worth_a_word() {
            self.note(format_args!("left out: {mount}"));
        }
    }

    /// Prints a message, and sees to it that the exit code says trouble.
    pub fn trouble(&mut self, message: impl Display, hint: Option<&str>) {
        complain(message, hint);
        self.answer(Exit::Trouble);
    }

    /// Whether something could not be done.
    #[must_use]
    pub fn is_in_trouble(&self) -> bool {
        self.exit == Exit::Trouble
    }

    /// Raises the exit code to this one, if it is lower.
    pub fn answer(&mut self, exit: Exit) {
        self.exit = self.exit.max(exit);
    }

    /// Prints what is still buffered; returns the exit code. That a reader has closed the pipe is no failure.
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

/// An object without escape sequences and control characters, whatever it quotes.
///
/// SPEC: RFC 8259, 7: any character within a string may be written as `\u` and its UTF-16 units; outside of
/// strings all are ASCII.
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

/// Work that takes no longer shows no bar.
const BAR_AFTER: Duration = Duration::from_secs(1);

/// What a bar counts.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    Bytes,
    Files,
    Packages,
}

/// A progress bar over `total` units. It appears on a terminal only, and only after [`BAR_AFTER`].
#[must_use]
pub fn progress(total: u64, unit: Unit) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template(match unit {
        Unit::Bytes => "{bar:20} {msg} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}",
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

/// The rate in whole units a second; the template knows no such key.
fn write_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    // Nobody could be told.
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
