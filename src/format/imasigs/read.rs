//! Reads a list, line by line and strictly; [`super::write`] writes it.

use std::cmp::Ordering;
use std::io::{BufRead, Read};

use super::line::parse_entry;
use super::{
    ENTRIES_MAX, Entry, FILE_SIGNATURES_MAX, FIRST_LINE, LINE_MAX, LIST_MAX, List, ListError,
    Problem,
};
use crate::format::ima::{Digest, KeyId};
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
    last: Option<LastEntry>,
    failed: bool,
}

/// What the next entry is compared with.
#[derive(Debug)]
struct LastEntry {
    path: PackagePath,
    key: KeyId,
    content: (u64, Digest),
    /// How many entries of the path there were with it.
    of_path: usize,
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
            self.last = Some(LastEntry::after(self.last.take(), &entry)?);
            return Ok(Some(entry));
        }
        Ok(None)
    }
}

impl LastEntry {
    /// Takes the place of the last entry, if this one may follow that.
    fn after(last: Option<Self>, entry: &Entry) -> Result<Self, Problem> {
        let new = Self {
            path: entry.path.clone(),
            key: entry.signature.key_id,
            content: (entry.size, entry.digest),
            of_path: 1,
        };
        let Some(last) = last else {
            return Ok(new);
        };
        match last.path.cmp(&new.path) {
            Ordering::Less => Ok(new),
            Ordering::Equal if last.key < new.key => last.followed_by(new),
            Ordering::Equal | Ordering::Greater => Err(Problem::Order),
        }
    }

    /// The same path again, by a further key.
    fn followed_by(self, mut new: Self) -> Result<Self, Problem> {
        new.of_path = self.of_path + 1;
        match self.content == new.content {
            false => Err(Problem::OtherContent),
            true if new.of_path > FILE_SIGNATURES_MAX => Err(Problem::TooManySignatures),
            true => Ok(new),
        }
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
