//! Paths as text, both ways: mtree(5) escapes the bytes that would break a line.

/// Whether a byte stands for itself.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'=')
}

/// The path as a list writes it. It is safe on a terminal too: no control character is left.
#[must_use]
pub fn escaped(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for &byte in path {
        if is_plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push('\\');
            for shift in [6, 3, 0] {
                text.push(char::from(b'0' + (byte >> shift & 7)));
            }
        }
    }
    text
}

/// The inverse of [`escaped`]; none if a backslash has no three octal digits of a byte behind it.
#[must_use]
pub fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut path = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'\\' {
            path.push(byte);
            rest = after;
            continue;
        }
        let (&digits, after) = after.split_first_chunk::<3>()?;
        let mut value = 0u16;
        for digit in digits {
            let digit = digit.checked_sub(b'0').filter(|&digit| digit < 8)?;
            value = value << 3 | u16::from(digit);
        }
        path.push(u8::try_from(value).ok()?);
        rest = after;
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_goes_there_and_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = escaped(&all);
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(unescaped(text.as_bytes()), Some(all));
        assert_eq!(escaped(b"a b#c=d\\\n"), r"a\040b\043c\075d\134\012");
        assert_eq!(escaped("é".as_bytes()), r"\303\251");
    }

    #[test]
    fn a_broken_escape_is_refused() {
        for bad in [r"\", r"\1", r"\12", r"\128", r"\400", r"\n"] {
            assert_eq!(unescaped(bad.as_bytes()), None, "{bad}");
        }
    }
}
