//! The header of an ar member: where its fields are, and the two that dpkg reads.
//!
//! SPEC: `struct ar_hdr`, ar.h: name 16, mtime 12, uid 6, gid 6, mode 8, size 10, end 2.

use std::ops::Range;

use super::block::c_string;

/// Length of a header in bytes.
pub(super) const HEADER_LEN: u64 = 60;
pub(super) const NAME: Range<usize> = 0..16;
pub(super) const SIZE: Range<usize> = 48..58;
pub(super) const END: Range<usize> = 58..60;
/// SPEC: `ARFMAG`.
pub(super) const END_MARKER: &[u8] = b"`\n";

/// A member's name without trailing spaces, then without one slash, up to a NUL. SPEC: `dpkg_ar_normalize_name`.
pub(super) fn parse_name(field: &[u8]) -> &[u8] {
    let name = unpadded(field);
    let name = name.strip_suffix(b"/").unwrap_or(name);
    c_string(name)
}

/// A field without the spaces that pad it.
pub(super) fn unpadded(field: &[u8]) -> &[u8] {
    let spaces = field.iter().rev().take_while(|&&byte| byte == b' ').count();
    &field[..field.len() - spaces]
}

/// A member's size: spaces, digits, and anything behind a further space. SPEC: `dpkg_ar_member_get_size`.
pub(super) fn parse_size(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start();
    let digits = digits.split(|&byte| byte == b' ').next().unwrap_or(digits);
    digits.iter().try_fold(0_u64, |size, byte| {
        byte.is_ascii_digit()
            .then(|| size * 10 + u64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sizes_are_read_as_dpkg_reads_them() {
        for (name, field) in [
            ("data.tar", &b"data.tar        "[..]),
            ("data.tar", b"data.tar/       "),
            ("data.tar/", b"data.tar//      "),
            ("data.tar ", b"data.tar /      "),
            ("data.tar", b"data.tar\0/     "),
            ("", b"                "),
            ("sixteen-letters-", b"sixteen-letters-"),
        ] {
            assert_eq!(parse_name(field), name.as_bytes(), "{name:?}");
        }
        for (size, field) in [
            (Some(12), &b"12        "[..]),
            (Some(12), b"        12"),
            (Some(12), b"12 x      "),
            (Some(9_999_999_999), b"9999999999"),
            (Some(0), b"          "),
            (None, b"+12       "),
            (None, b"12\0\0\0\0\0\0\0\0"),
            (None, b"0x1       "),
        ] {
            assert_eq!(parse_size(field), size, "{}", field.escape_ascii());
        }
    }
}
