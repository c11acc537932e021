//! Reads a list, line by line and strictly; [`super::write`] writes it.

use std::io::{BufRead, Read};

use super::line::parse_entry;
use super::{ENTRIES_MAX, Entry, FIRST_LINE, LINE_MAX, LIST_MAX, List, ListError, Problem};
use crate::format::package_path::PackagePath;

impl List {
    /// Reads a whole list, which is held.
    ///
    /// # Errors
    /// The first line with a mistake.
    pub fn read_from(input: impl BufRead) -> Result<Self, ListError> {
        let entries = Parser::new(input)?.collect::<Result<_, _>>()?;
        Ok(Self::new(entries))
    }
}

/// Reads the entries one by one and holds no more than one. Ends at the first error.
#[derive(Debug)]
pub struct Parser<R> {
    input: R,
    /// The number of the line that was read last.
    line: usize,
    /// Entries so far.
    entries: usize,
    /// Bytes that may follow before the list is over [`LIST_MAX`].
    left: u64,
    /// The path of the last entry.
    last: Option<PackagePath>,
    failed: bool,
}

impl<R: BufRead> Parser<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// If that is not [`FIRST_LINE`].
    pub fn new(input: R) -> Result<Self, ListError> {
        let mut parser = Self {
            input,
            line: 0,
            entries: 0,
            left: LIST_MAX,
            last: None,
            failed: false,
        };
        match parser.read_line() {
            Ok(Some(line)) if line == FIRST_LINE => Ok(parser),
            Ok(_) => Err(parser.error(Problem::FirstLine)),
            Err(problem) => Err(parser.error(problem)),
        }
    }

    fn error(&self, problem: Problem) -> ListError {
        let line = self.line;
        ListError { line, problem }
    }

    /// The next line without its line feed; none at the end.
    fn read_line(&mut self) -> Result<Option<String>, Problem> {
        self.line += 1;
        let mut line = Vec::new();
        let limit = LINE_MAX as u64 + 1;
        self.input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)?;
        let left = self.left.checked_sub(line.len() as u64);
        self.left = left.ok_or(Problem::ListTooLong)?;
        match line.pop() {
            None => Ok(None),
            Some(b'\n')
                if line
                    .iter()
                    .all(|&byte| byte == b' ' || byte.is_ascii_graphic()) =>
            {
                Ok(Some(String::from_utf8(line).expect("checked to be ASCII")))
            }
            Some(b'\n') if self.line == 1 => Err(Problem::FirstLine),
            Some(b'\n') => Err(Problem::Byte),
            Some(_) if line.len() >= LINE_MAX => Err(Problem::TooLong),
            Some(_) => Err(Problem::Truncated),
        }
    }

    /// The next entry; blank lines and comments are passed over, as mtree(5) has it.
    fn read_entry(&mut self) -> Result<Option<Entry>, Problem> {
        while let Some(line) = self.read_line()? {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(Problem::TooMany);
            }
            let entry = parse_entry(&line)?;
            if self.last.as_ref().is_some_and(|last| *last >= entry.path) {
                return Err(Problem::Order);
            }
            self.last = Some(entry.path.clone());
            return Ok(Some(entry));
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for Parser<R> {
    type Item = Result<Entry, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let entry = self.read_entry().map_err(|problem| self.error(problem));
        self.failed = entry.is_err();
        entry.transpose()
    }
}

#[cfg(test)]
mod tests;
