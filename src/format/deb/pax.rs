//! PAX headers in control.tar: the records that change what a member is, and those that GNU tar checks.
//!
//! SPEC: pax(1), "pax Extended Header"; xheader.c of GNU tar, which unpacks control.tar.

use super::block::c_string;
use crate::format::decimal::decimal;

/// What a PAX header says of the entry behind it, in place of fields of that entry's header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    pub(super) name: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    /// Whether the content is stored as pieces of a sparse file.
    pub(super) sparse: bool,
}

impl Pax {
    /// Parses records of the form `LENGTH KEYWORD=VALUE`, each with a line feed at its end. Of two with one keyword the
    /// later counts; unknown keywords are passed over.
    ///
    /// # Errors
    /// The first mistake to GNU tar.
    pub(super) fn parse(mut records: &[u8]) -> Result<Self, &'static str> {
        const DAMAGED: &str = "a damaged PAX header";
        let mut pax = Self::default();
        while !matches!(records, [] | [0, ..]) {
            let space = records.iter().take(20).position(|&byte| byte == b' ');
            let space = space.ok_or(DAMAGED)?;
            let length: usize = decimal(records[..space].trim_ascii_start()).ok_or(DAMAGED)?;
            let record = records.get(space + 1..length).ok_or(DAMAGED)?;
            let record = record.strip_suffix(b"\n").ok_or(DAMAGED)?;
            let equals = record.iter().position(|&byte| byte == b'=');
            let (keyword, value) = record.split_at(equals.ok_or(DAMAGED)?);
            pax.set(keyword, &value[1..])?;
            records = &records[length..];
        }
        Ok(pax)
    }

    fn set(&mut self, keyword: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match keyword {
            b"path" => self.name = Some(c_string(value).to_vec()),
            b"linkpath" => self.link = Some(c_string(value).to_vec()),
            b"size" => self.size = Some(decimal(value).ok_or("a size that tar does not take")?),
            b"uid" | b"gid" if decimal::<u64>(value).is_none() => {
                return Err("an owner that tar does not take");
            }
            b"mtime" | b"atime" | b"ctime" if !is_time(value) => {
                return Err("a time that tar does not take");
            }
            _ => self.sparse |= keyword.starts_with(b"GNU.sparse."),
        }
        Ok(())
    }

    /// Whether it changes name, link, size or content, so that a global header with it would do so to every entry
    /// behind it.
    pub(super) fn is_about_members(&self) -> bool {
        *self != Self::default()
    }
}

/// Whether it is a time in seconds, perhaps with a minus sign, perhaps with a fraction.
fn is_time(value: &[u8]) -> bool {
    let number = value.strip_prefix(b"-").unwrap_or(value);
    let mut parts = number.splitn(2, |&byte| byte == b'.');
    let whole = parts.next().and_then(decimal::<u64>);
    whole.is_some() && parts.all(|fraction| fraction.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_that_matter() {
        let pax = Pax::parse(
            b"12 path=a b\n14 linkpath=c\n10 size=9\n19 mtime=1234567.89\n9 x.y=z\n\n\0",
        );
        assert!(pax.is_err(), "the last length is wrong");
        let pax =
            Pax::parse(b"12 path=a b\n14 linkpath=c\n10 size=9\n19 mtime=1234567.8\n\0").unwrap();
        assert_eq!(pax.name.as_deref(), Some(&b"a b"[..]));
        assert_eq!(pax.link.as_deref(), Some(&b"c"[..]));
        assert_eq!(pax.size, Some(9));
        assert!(pax.is_about_members());
        let pax = Pax::parse(b"11 path=a\n\n").unwrap();
        assert_eq!(pax.name.as_deref(), Some(&b"a\n"[..]));
        assert!(!Pax::parse(b"14 comment=ok\n").unwrap().is_about_members());
        assert!(Pax::parse(b"24 GNU.sparse.major=1.0\n").unwrap().sparse);
    }

    #[test]
    fn what_is_damaged() {
        for bad in [
            &b"garbage"[..],
            b"99 path=./y\n",
            b"10 path=ab",
            b"3 \n",
            b"0 path=x\n",
            b"10 size=x\n",
            b"11 mtime=x\n",
            b"99999999999999999999 path=x\n",
        ] {
            assert!(Pax::parse(bad).is_err(), "{}", bad.escape_ascii());
        }
    }
}
