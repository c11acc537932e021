//! Reads the lines one by one, within bounds.

use std::io::{BufRead, Read};

use super::error::{DIGESTS_MAX, DigestLineError, DigestLineProblem, LINE_MAX, TEXT_MAX};
use super::line::DigestLine;

/// The lines of a text; no more than one is held. Ends at the first error.
#[derive(Debug)]
pub struct DigestLines<R> {
    input: R,
    /// The number of the line that was read last.
    line: usize,
    digests: usize,
    /// Bytes that may follow before the text is over [`TEXT_MAX`].
    left: u64,
    failed: bool,
}

impl<R: BufRead> DigestLines<R> {
    /// Reads nothing yet.
    pub const fn new(input: R) -> Self {
        Self {
            input,
            line: 0,
            digests: 0,
            left: TEXT_MAX,
            failed: false,
        }
    }

    /// The next line without its line feed; none at the end.
    fn read_line(&mut self) -> Result<Option<String>, DigestLineProblem> {
        self.line += 1;
        let mut line = Vec::new();
        let limit = LINE_MAX as u64 + 1;
        let mut bounded = self.input.by_ref().take(limit);
        bounded.read_until(b'\n', &mut line)?;
        let left = self.left.checked_sub(line.len() as u64);
        self.left = left.ok_or(DigestLineProblem::TextTooLong)?;
        match line.pop() {
            None => Ok(None),
            Some(b'\n') if line.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
                Ok(Some(String::from_utf8(line).expect("checked to be ASCII")))
            }
            Some(b'\n') => Err(DigestLineProblem::Byte),
            Some(_) if line.len() >= LINE_MAX => Err(DigestLineProblem::TooLong),
            Some(_) => Err(DigestLineProblem::Truncated),
        }
    }

    fn read_digest(&mut self) -> Result<Option<DigestLine>, DigestLineProblem> {
        while let Some(line) = self.read_line()? {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            self.digests += 1;
            if self.digests > DIGESTS_MAX {
                return Err(DigestLineProblem::TooMany);
            }
            return DigestLine::parse(self.line, line).map(Some);
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for DigestLines<R> {
    type Item = Result<DigestLine, DigestLineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.read_digest();
        self.failed = next.is_err();
        let line = self.line;
        next.map_err(|problem| DigestLineError { line, problem })
            .transpose()
    }
}

#[cfg(test)]
mod tests;
