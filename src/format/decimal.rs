//! Numbers as texts and headers write them.

use std::str::FromStr;

/// A number of decimal digits and nothing else, where `str::parse` would take a sign too; none if there are no digits,
/// or if the number does not fit.
#[must_use]
pub fn decimal<N: FromStr>(digits: &[u8]) -> Option<N> {
    let decimal = digits.iter().all(u8::is_ascii_digit);
    decimal.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_nothing_else() {
        assert_eq!(decimal(b"0042"), Some(42));
        assert_eq!(decimal(b"255"), Some(255_u8));
        for bad in [
            &b""[..],
            b"256",
            b"+1",
            b"-1",
            b" 1",
            b"1 ",
            b"0x1",
            b"1\n",
            b"\xd9\xa1",
        ] {
            assert_eq!(decimal::<u8>(bad), None, "{}", bad.escape_ascii());
        }
    }
}
