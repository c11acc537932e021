//! The member debian-binary: the version of the format.

use std::io::{BufRead, BufReader, Read};

use super::DebError;
use crate::format::decimal::decimal;

/// Longest first line that we read, in bytes; dpkg-deb writes `2.0`.
const LINE_MAX: u64 = 4096;

/// The largest number that dpkg takes for either part. SPEC: `deb_version_parse`: a positive C int.
const NUMBER_MAX: u64 = i32::MAX as u64;

/// Checks that the first line is a version 2.x. dpkg takes any lines behind it.
///
/// # Errors
/// [`DebError::Version`] with the start of the line, or if it cannot be read.
pub(super) fn ensure_version_2(content: impl Read) -> Result<(), DebError> {
    let mut line = Vec::new();
    BufReader::new(content)
        .take(LINE_MAX)
        .read_until(b'\n', &mut line)
        .map_err(DebError::io("cannot read"))?;
    if is_version_2(&line) {
        return Ok(());
    }
    let start = &line[..line.len().min(16)];
    Err(DebError::Version(start.trim_ascii_end().into()))
}

fn is_version_2(line: &[u8]) -> bool {
    let Some(version) = line.strip_suffix(b"\n") else {
        return false;
    };
    let mut numbers = version.splitn(2, |&byte| byte == b'.');
    let mut number = || decimal(numbers.next()?).filter(|number| *number <= NUMBER_MAX);
    number() == Some(2) && number().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_2_and_no_others() {
        for (good, line) in [
            (true, &b"2.0\n"[..]),
            (true, b"2.99\n"),
            (true, b"002.0\nmore\n\0"),
            (true, b"2.2147483647\n"),
            (false, b"2.2147483648\n"),
            (false, b"2.99999999999999999999999999\n"),
            (false, b"2.0"),
            (false, b"2.0\0\n"),
            (false, b"2.0\r\n"),
            (false, b"2.0.1\n"),
            (false, b"2.\n"),
            (false, b".0\n"),
            (false, b"2\n"),
            (false, b"-2.0\n"),
            (false, b"3.0\n"),
            (false, b"20.0\n"),
            (false, b""),
        ] {
            assert_eq!(ensure_version_2(line).is_ok(), good, "{line:?}");
        }
    }
}
