//! The member debian-binary: which version of the format a .deb has.

use std::io::{BufRead, BufReader, Read};

use super::DebError;

/// Longest first line that we read, in bytes; dpkg-deb writes `2.0`.
const LINE_MAX: u64 = 4096;

/// Most that dpkg takes for either number.
///
/// SPEC: `deb_version_parse`: a positive C int.
const NUMBER_MAX: u64 = i32::MAX as u64;

/// The first line must be a version of 2. dpkg takes any lines behind it.
///
/// # Errors
/// [`DebError::Version`] with the line, or that it cannot be read.
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
    let major = numbers.next().and_then(number);
    let minor = numbers.next().and_then(number);
    major == Some(2) && minor.is_some()
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let number = number * 10 + u64::from(byte.wrapping_sub(b'0'));
        (byte.is_ascii_digit() && number <= NUMBER_MAX).then_some(number)
    })
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
