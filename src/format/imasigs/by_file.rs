//! The entries of a list file by file, where the list is not held whole.

use std::iter::Peekable;

use super::{Entry, ListedFile};

/// Gives the entries that a list has for one file together. An error comes when the files before it have been given.
pub struct ByFile<I: Iterator> {
    entries: Peekable<I>,
}

impl<I: Iterator> ByFile<I> {
    /// Of the entries of one list, in their order.
    pub fn new(entries: I) -> Self {
        let entries = entries.peekable();
        Self { entries }
    }
}

impl<I: Iterator<Item = Result<Entry, E>>, E> Iterator for ByFile<I> {
    type Item = Result<ListedFile, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut file = match self.entries.next()? {
            Ok(first) => ListedFile::from(first),
            Err(error) => return Some(Err(error)),
        };
        let path = file.entries().first.path.clone();
        let is_next = |next: &Result<Entry, E>| matches!(next, Ok(next) if next.path == path);
        while let Some(next) = self.entries.next_if(is_next) {
            file.extend(next);
        }
        Some(Ok(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::imasigs::sample;

    #[test]
    fn the_lines_of_a_file_come_together_and_an_error_behind_them() {
        let entry = |path, key| Ok(sample::entry(path, b"content", key));
        let entries = [
            entry("a", 1),
            entry("a", 2),
            entry("b", 1),
            Err("cut off"),
            entry("b", 2),
        ];
        let lines = |file: Result<ListedFile, _>| file.map(|file| file.entries().iter().count());
        let files: Vec<_> = ByFile::new(entries.into_iter()).map(lines).collect();
        assert_eq!(files, [Ok(2), Ok(1), Err("cut off"), Ok(1)]);
    }
}
