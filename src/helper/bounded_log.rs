//! The guard's log, bounded in size: it lies in memory, and users can make the guard say something.

use std::io::{self, Write};

/// The most that one guard writes, in bytes.
const LOG_MAX: usize = 16 << 20;
/// The last line of a log that is full.
const LAST: &[u8] = b"dpkg-ima-helper: the log is full, and ends here\n";

/// Writes lines until there are too many, then one last line, and nothing more: what it is given then is taken and lost.
#[derive(Debug)]
pub(super) struct BoundedLog<W> {
    out: W,
    /// How many bytes may still be written; none after the last line.
    left: Option<usize>,
}

impl<W> BoundedLog<W> {
    pub(super) const fn new(out: W) -> Self {
        let left = Some(LOG_MAX);
        Self { out, left }
    }
}

/// Each call is one line, as the logger writes them.
impl<W: Write> Write for BoundedLog<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left else {
            return Ok(line.len());
        };
        self.left = left.checked_sub(line.len());
        let line_or_last = self.left.map_or(LAST, |_| line);
        self.out.write_all(line_or_last)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_one_last_line() {
        let mut log = BoundedLog {
            out: Vec::new(),
            left: Some(10),
        };
        for line in ["12345678\n", "2\n", "3\n", "4\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let expected = [b"12345678\n", LAST].concat();
        assert_eq!(log.out, expected);
    }
}
