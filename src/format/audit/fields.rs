//! The fields of a record: words of the form `key=value`.

use data_encoding::HEXUPPER_PERMISSIVE;

use super::stamp::split_once;
use crate::format::decimal::decimal;

/// Longest string that a field holds, in bytes: a path of the kernel's.
const STRING_MAX: usize = 4096;
/// auditd's `ENRICHED` format adds readable copies of some fields behind this byte. What they say, names of users for
/// one, is not the kernel's.
const ENRICHED: u8 = 0x1d;

/// The fields as they stand in a record, between blanks.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        let end = text.iter().position(|&byte| byte == ENRICHED);
        Self(end.map_or(text, |end| text.split_at(end).0))
    }

    /// The value of the first field of that name. SECURITY: whoever chose a file's name cannot add a field, since the
    /// kernel writes a name with a blank or a quotation mark in it in hexadecimal.
    fn value(&self, key: &str) -> Option<&'a [u8]> {
        let mut words = self.0.split(u8::is_ascii_whitespace);
        words.find_map(|word| {
            let (name, value) = split_once(word, b'=')?;
            (name == key.as_bytes()).then_some(value)
        })
    }

    /// A number without a sign.
    pub(super) fn number<N: std::str::FromStr>(&self, key: &str) -> Option<N> {
        decimal(self.value(key)?)
    }

    /// A word of the kernel's own, which older kernels quote.
    pub(super) fn word(&self, key: &str) -> Option<&'a [u8]> {
        let value = self.value(key)?;
        Some(unquoted(value).unwrap_or(value))
    }

    /// A string that others chose: quoted, or in hexadecimal.
    pub(super) fn string(&self, key: &str) -> Option<Vec<u8>> {
        let value = self.value(key)?;
        let string = match unquoted(value) {
            Some(string) => string.to_vec(),
            None => HEXUPPER_PERMISSIVE.decode(value).ok()?,
        };
        (!string.is_empty() && string.len() <= STRING_MAX).then_some(string)
    }
}

fn unquoted(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_or_in_hexadecimal() {
        let fields = Fields::of(
            b" op=\"x\" cause=y comm=\"a=b\" name=2F6120620A22 dev=(null) ino=7 n=-1\x1dUID=\"op\"",
        );
        assert_eq!(fields.word("op"), Some(&b"x"[..]));
        assert_eq!(fields.word("cause"), Some(&b"y"[..]));
        assert_eq!(fields.string("comm"), Some(b"a=b".to_vec()));
        assert_eq!(fields.string("name"), Some(b"/a b\n\"".to_vec()));
        assert_eq!(fields.string("dev"), None);
        assert_eq!(fields.string("ino"), None);
        assert_eq!(fields.number("ino"), Some(7_u64));
        assert_eq!(fields.number::<u64>("n"), None);
        assert_eq!(fields.word("UID"), None);
    }

    #[test]
    fn strings_have_a_limit() {
        let name = |length: usize| format!("name=\"{}\"", "x".repeat(length));
        for (length, taken) in [(0, false), (STRING_MAX, true), (STRING_MAX + 1, false)] {
            let text = name(length);
            let string = Fields::of(text.as_bytes()).string("name");
            assert_eq!(string.is_some(), taken, "{length}");
        }
    }
}
