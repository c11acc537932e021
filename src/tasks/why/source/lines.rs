//! Lines of a file or a pipe, in bounded memory.

use std::io::{self, BufRead, Read};

use crate::format::audit::LINE_MAX;

/// Reads line after line. One that is longer than [`LINE_MAX`] is passed over.
pub(super) struct Lines<R> {
    input: R,
    /// What was read of the line; at most [`LINE_MAX`] and a line feed.
    line: Vec<u8>,
    /// Whether `line` was given.
    given: bool,
    /// Whether what comes belongs to a line that is too long.
    skipping: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn of(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            given: false,
            skipping: false,
        }
    }

    /// The next line, without its line feed; none at the end. What stands behind the last line feed is no line yet: it is
    /// given once the rest of it is there.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.given {
            self.line.clear();
            self.given = false;
        }
        loop {
            let room = (LINE_MAX + 1).saturating_sub(self.line.len()) as u64;
            let mut input = (&mut self.input).take(room);
            if input.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(None);
            }
            match (self.line.ends_with(b"\n"), self.skipping) {
                (true, false) => {
                    self.given = true;
                    return Ok(self.line.strip_suffix(b"\n"));
                }
                (true, true) => {
                    self.skipping = false;
                    self.line.clear();
                }
                (false, _) if self.line.len() > LINE_MAX => {
                    self.skipping = true;
                    self.line.clear();
                }
                (false, _) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Lines::of(text);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(line.to_vec());
        }
        all
    }

    #[test]
    fn lines_have_a_limit_and_an_end() {
        let longest = vec![b'x'; LINE_MAX];
        let longer = vec![b'y'; LINE_MAX + 1];
        let endless = vec![b'z'; 5 * LINE_MAX];
        let text = [
            &b"a\n"[..],
            &longest,
            b"\n\n",
            &longer,
            b"\nb\n",
            &endless,
            b"\nc\nd",
        ]
        .concat();
        let expected = [&b"a"[..], &longest, b"", b"b", b"c"];
        assert_eq!(all(&text), expected);
        assert_eq!(all(b""), Vec::<Vec<u8>>::new());
    }
}
