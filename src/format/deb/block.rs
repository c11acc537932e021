//! A header block of tar, and its numbers by the rules of the two programs that unpack a .deb: dpkg reads data.tar, GNU
//! tar control.tar. The crate `tar` has the fields, but reads numbers by other rules than either.
//!
//! SPEC: tar(5). `lib/dpkg/tarfn.c` of dpkg; `from_header` and `tar_checksum` in list.c of GNU tar.

use std::io::{self, Read};
use std::ops::Range;

use tar::Header;

/// Length of a block in bytes.
pub(super) const BLOCK: usize = 512;

/// The field `magic` of ustar. GNU tar writes a space in place of the NUL, and has no prefix.
const USTAR: &[u8] = b"ustar\0";

/// The fields of ustar, within the padding of older headers. `Header::as_ustar` demands a version too, which neither
/// dpkg nor GNU tar looks at.
const MAGIC: Range<usize> = 0..6;
const USER: usize = 8;
const GROUP: usize = 40;
const PREFIX: Range<usize> = 88..243;

/// A header block.
pub(super) struct Block(Header);

/// A field that holds a number.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Mode,
    Uid,
    Gid,
    Size,
    Mtime,
    Checksum,
}

impl Block {
    /// Reads the next block. At the end of the input: how many bytes there were, less than a block.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Result<Self, usize>> {
        let mut block = Vec::with_capacity(BLOCK);
        input.take(BLOCK as u64).read_to_end(&mut block)?;
        if block.len() < BLOCK {
            return Ok(Err(block.len()));
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&block);
        Ok(Ok(Self(header)))
    }

    pub(super) fn bytes(&self) -> &[u8; BLOCK] {
        self.0.as_bytes()
    }

    /// The type flag of the entry.
    pub(super) fn kind(&self) -> u8 {
        self.0.as_old().linkflag[0]
    }

    /// The name, with ustar's prefix before it.
    pub(super) fn name(&self) -> Vec<u8> {
        let fields = self.0.as_old();
        let prefix = c_string(&fields.pad[PREFIX]);
        let name = c_string(&fields.name);
        if prefix.is_empty() || fields.pad[MAGIC] != *USTAR {
            return name.to_vec();
        }
        [prefix, b"/", name].concat()
    }

    /// The path that a link holds.
    pub(super) fn link(&self) -> &[u8] {
        c_string(&self.0.as_old().linkname)
    }

    /// Whether owner and group are there by name. GNU tar then takes a number only if it finds no such name.
    pub(super) fn has_names(&self) -> [bool; 2] {
        let pad = &self.0.as_old().pad;
        [pad[USER] != 0, pad[GROUP] != 0]
    }

    pub(super) fn is_zero(&self) -> bool {
        *self.bytes() == [0; BLOCK]
    }

    pub(super) fn field(&self, field: Field) -> &[u8] {
        let fields = self.0.as_old();
        match field {
            Field::Mode => &fields.mode,
            Field::Uid => &fields.uid,
            Field::Gid => &fields.gid,
            Field::Size => &fields.size,
            Field::Mtime => &fields.mtime,
            Field::Checksum => &fields.cksum,
        }
    }

    /// The sum of all bytes, with spaces in place of the checksum's.
    pub(super) fn sum(&self) -> i64 {
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(*byte)).sum::<i64>();
        sum(self.bytes()) - sum(&self.0.as_old().cksum) + sum(&[b' '; 8])
    }

    /// The sum of all bytes as signed ones, which some old programs wrote.
    pub(super) fn signed_sum(&self) -> i64 {
        let large = |bytes: &[u8]| bytes.iter().filter(|byte| **byte > 127).count();
        let large = large(self.bytes()) - large(&self.0.as_old().cksum);
        self.sum() - 256 * i64::try_from(large).unwrap_or(0)
    }
}

/// A number as dpkg reads it: octal digits with spaces before them, spaces and NULs behind; or base 256.
///
/// SPEC: `tar_atol`.
pub(super) fn dpkg_number(field: &[u8]) -> Option<i64> {
    if let Some(number) = base_256(field) {
        return i64::try_from(number).ok();
    }
    octal_number(field)
}

/// A number as dpkg reads a checksum: as [`dpkg_number`], without base 256.
pub(super) fn octal_number(field: &[u8]) -> Option<i64> {
    // Spaces only: to dpkg other white space is none.
    let spaces = field.iter().take_while(|&&byte| byte == b' ').count();
    let digits = &field[spaces..];
    if digits.is_empty() {
        return None;
    }
    let (number, rest) = octal(digits);
    let blank = rest.iter().all(|byte| matches!(byte, 0 | b' '));
    blank.then_some(number)
}

/// A number as GNU tar reads it: octal digits behind white space, up to a NUL or white space, whatever is behind that;
/// or base 256.
///
/// SPEC: `from_header`. Its base 64, of test versions of 1999, is not taken.
pub(super) fn gnu_number(field: &[u8]) -> Option<i64> {
    let field = field.strip_prefix(b"\0").unwrap_or(field);
    let digits = field.trim_ascii_start();
    if digits.is_empty() {
        return None;
    }
    if let Some(number) = base_256(digits).filter(|_| digits.len() > 1) {
        return i64::try_from(number).ok();
    }
    let (number, rest) = octal(digits);
    let ends = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    rest.first().is_none_or(ends).then_some(number)
}

/// The number of the octal digits at the start, and the rest. A field has twelve bytes at most: no overflow.
fn octal(field: &[u8]) -> (i64, &[u8]) {
    let is_digit = |byte: &&u8| matches!(byte, b'0'..=b'7');
    let (digits, rest) = field.split_at(field.iter().take_while(is_digit).count());
    let number = digits
        .iter()
        .fold(0, |number, byte| number * 8 + i64::from(byte - b'0'));
    (number, rest)
}

/// A number in two's complement, if the first byte says that it is one. A field has twelve bytes at most: no overflow.
fn base_256(field: &[u8]) -> Option<i128> {
    let (first, rest) = field.split_first()?;
    let start = match first {
        0x80 => 0,
        0xff => -1,
        _ => return None,
    };
    let number = rest
        .iter()
        .fold(start, |number: i128, &byte| number << 8 | i128::from(byte));
    Some(number)
}

/// A field as C reads it: the bytes before the first NUL, or all of them.
pub(super) fn c_string(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&byte| byte == 0);
    &field[..end.unwrap_or(field.len())]
}

/// The components of a path without those that lead nowhere: empty ones and dots.
pub(super) fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
        .filter(|part| !matches!(*part, b"" | b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_both_read_them() {
        for (field, dpkg, gnu) in [
            (&b"0000021\0"[..], Some(17), Some(17)),
            (b"21      ", Some(17), Some(17)),
            (b"     21\0", Some(17), Some(17)),
            (b"00000021", Some(17), Some(17)),
            (b"\0\0\0\0\0\0\0\0", Some(0), Some(0)),
            (b"        ", None, None),
            (b"21\0x\0\0\0\0", None, Some(17)),
            (b"21 9    ", None, Some(17)),
            (b"\0 21\0\0\0\0", None, Some(17)),
            (b"28\0\0\0\0\0\0", None, None),
            (b"+21\0\0\0\0\0", None, None),
            (b"-21\0\0\0\0\0", None, None),
            (b"\t21\0\0\0\0\0", None, Some(17)),
            (b"\x80\0\0\0\0\0\x01\0", Some(256), Some(256)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2), Some(-2)),
            (b"\x81\0\0\0\0\0\0\0", None, None),
            (
                b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
                Some(i64::MAX),
                Some(i64::MAX),
            ),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None, None),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None, None),
        ] {
            assert_eq!(dpkg_number(field), dpkg, "{}", field.escape_ascii());
            assert_eq!(gnu_number(field), gnu, "{}", field.escape_ascii());
        }
    }
}
