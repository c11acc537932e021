//! The ar level: which members a .deb has, and where.
//!
//! SECURITY: the crate `ar` 0.9 panics on a member name `/999`, allocates what a `#1/` header asks
//! for, and takes a truncated member as whole. So every header is checked here first, and only a
//! file that passed is handed to it. What passes is stricter than deb(5): exactly what dpkg-deb
//! writes, a trailing slash in names, and extra members where dpkg tolerates them.

use std::io::{Read, Seek, SeekFrom};

use super::{Compression, DebError};

/// SPEC: `ARMAG`, ar.h.
const MAGIC: &[u8; 8] = b"!<arch>\n";
/// SPEC: `struct ar_hdr`: name 16, mtime 12, uid 6, gid 6, mode 8, size 10, end 2.
const HEADER_LEN: usize = 60;
/// SPEC: `ARFMAG`, the last two bytes of a header.
const HEADER_END: &[u8] = b"`\n";
/// Longest name; the sixteenth byte is a space or a slash.
const NAME_MAX: usize = 15;
/// Most members that we look at; dpkg-deb writes three.
const MEMBERS_MAX: usize = 64;
/// Content of debian-binary is "2.0\n"; dpkg takes lines to come, within reason.
const VERSION_MAX: u64 = 64;

/// One member of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Without padding and without GNU ar's trailing slash.
    pub name: String,
    /// Where its content begins, in bytes from the start of the file.
    pub offset: u64,
    /// Length of its content in bytes.
    pub size: u64,
}

/// The members of a .deb that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// All members, in their order.
    pub members: Vec<Member>,
    /// How control.tar is compressed.
    pub control: Compression,
    /// How data.tar is compressed.
    pub data: Compression,
}

impl Layout {
    /// Index of control.tar among the members is found by its name; so is data.tar's.
    const CONTROL: &'static str = "control.tar";
    const DATA: &'static str = "data.tar";

    /// Checks every header of the archive and the order of its members, and leaves the reader at the
    /// start of the file.
    ///
    /// # Errors
    /// A [`DebError`] that names the header or member at fault.
    pub fn scan(file: &mut (impl Read + Seek)) -> Result<Self, DebError> {
        let members = scan_members(file)?;
        check_version(file, members.first())?;
        let (control, data) = check_order(&members)?;
        file.rewind().map_err(DebError::io("cannot read"))?;
        Ok(Self {
            members,
            control,
            data,
        })
    }

    /// Whether a member of that name is the control archive.
    #[must_use]
    pub fn is_control(name: &[u8]) -> bool {
        name.starts_with(Self::CONTROL.as_bytes())
    }

    /// Whether a member of that name is the data archive.
    #[must_use]
    pub fn is_data(name: &[u8]) -> bool {
        name.starts_with(Self::DATA.as_bytes())
    }
}

fn scan_members(file: &mut (impl Read + Seek)) -> Result<Vec<Member>, DebError> {
    let end = file
        .seek(SeekFrom::End(0))
        .map_err(DebError::io("cannot read"))?;
    file.rewind().map_err(DebError::io("cannot read"))?;
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic).map_err(|_| DebError::NotAr)?;
    if magic != *MAGIC {
        return Err(DebError::NotAr);
    }
    let mut members: Vec<Member> = Vec::new();
    let mut at = MAGIC.len() as u64;
    while at < end {
        let fault = |what| DebError::Header { offset: at, what };
        if members.len() == MEMBERS_MAX {
            return Err(fault("too many members before it"));
        }
        let mut header = [0; HEADER_LEN];
        file.seek(SeekFrom::Start(at))
            .map_err(DebError::io("cannot read"))?;
        file.read_exact(&mut header)
            .map_err(|_| fault("been cut off"))?;
        let (name, size) = parse_header(&header).map_err(fault)?;
        let offset = at + HEADER_LEN as u64;
        // Ten digits and a file's length: no overflow.
        let next = offset + size + size % 2;
        if next > end {
            return Err(DebError::Truncated(name.into()));
        }
        if size % 2 == 1 {
            check_padding(file, next - 1).map_err(|what| DebError::Header { offset: at, what })?;
        }
        members.push(Member { name, offset, size });
        at = next;
    }
    Ok(members)
}

/// The byte that pads an odd member is a line feed; dpkg-deb takes no other.
fn check_padding(file: &mut (impl Read + Seek), at: u64) -> Result<(), &'static str> {
    let mut byte = [0];
    let read = file
        .seek(SeekFrom::Start(at))
        .and_then(|_| file.read_exact(&mut byte));
    match (read, byte) {
        (Ok(()), [b'\n']) => Ok(()),
        _ => Err("a padding byte that is not a line feed"),
    }
}

/// Name and size, from a header in which every field has its one form.
fn parse_header(header: &[u8; HEADER_LEN]) -> Result<(String, u64), &'static str> {
    let (name, numbers) = header.split_at(16);
    let (numbers, end) = numbers.split_at(42);
    if end != HEADER_END {
        return Err("no end marker");
    }
    let (rest, size) = numbers.split_at(32);
    for field in [&rest[..12], &rest[12..18], &rest[18..24], &rest[24..32]] {
        parse_number(field).ok_or("a field that is not a number")?;
    }
    let size = parse_number(size).ok_or("a size that is not a number")?;
    let name = name.trim_ascii_end();
    let name = name.strip_suffix(b"/").unwrap_or(name);
    // SECURITY: no leading slash or '#', which mean GNU's and BSD's long names to the crate `ar`.
    let plain = |&byte: &u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    if name.is_empty() || name.len() > NAME_MAX || !name.iter().all(plain) {
        return Err("a member name that dpkg does not take");
    }
    let name = String::from_utf8(name.to_vec()).expect("checked to be ASCII");
    Ok((name, size))
}

/// Digits, then spaces. An empty field is zero to ar, but dpkg-deb never writes one.
fn parse_number(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_end();
    let decimal = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    decimal.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

fn check_version(file: &mut (impl Read + Seek), first: Option<&Member>) -> Result<(), DebError> {
    const NAME: &str = "debian-binary";
    let member = first.ok_or(DebError::Missing(NAME))?;
    if member.name != NAME {
        return Err(DebError::Order {
            name: member.name.clone().into(),
            expected: NAME,
        });
    }
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(member.offset))
        .and_then(|_| {
            file.take(member.size.min(VERSION_MAX))
                .read_to_end(&mut content)
        })
        .map_err(DebError::io("cannot read"))?;
    if content.starts_with(b"2.") {
        return Ok(());
    }
    Err(DebError::Version(content.trim_ascii().into()))
}

/// SPEC: debian-binary, control.tar, data.tar; a name with a leading underscore anywhere between,
/// any name behind data.tar. A second archive of either kind is refused: dpkg-deb ignores the later
/// one, others may not.
fn check_order(members: &[Member]) -> Result<(Compression, Compression), DebError> {
    let mut control = None;
    let mut data = None;
    for member in members
        .iter()
        .skip(1)
        .filter(|member| !member.name.starts_with('_'))
    {
        let name = member.name.as_str();
        let order = |expected| DebError::Order {
            name: name.into(),
            expected,
        };
        if let Some(suffix) = name.strip_prefix(Layout::CONTROL) {
            if control.is_some() || data.is_some() {
                return Err(order("no further control archive"));
            }
            let known = Compression::from_suffix(suffix).filter(|known| known.may_be_control());
            control = Some(known.ok_or_else(|| order("a control archive of a known compression"))?);
        } else if let Some(suffix) = name.strip_prefix(Layout::DATA) {
            if data.is_some() || control.is_none() {
                return Err(order("control.tar, and one data archive only,"));
            }
            let known = Compression::from_suffix(suffix);
            data = Some(known.ok_or_else(|| order("a data archive of a known compression"))?);
        } else if data.is_none() {
            return Err(order("control.tar or data.tar"));
        }
    }
    let control = control.ok_or(DebError::Missing(Layout::CONTROL))?;
    Ok((control, data.ok_or(DebError::Missing(Layout::DATA))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn member(name: &str, content: &[u8]) -> Vec<u8> {
        let size = content.len();
        let mut bytes = format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
            0, 0, 0, 100_644
        );
        bytes.push_str(std::str::from_utf8(content).unwrap());
        if size % 2 == 1 {
            bytes.push('\n');
        }
        bytes.into_bytes()
    }

    fn deb(members: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(member("debian-binary", b"2.0\n"));
        for (name, content) in members {
            bytes.extend(member(name, content.as_bytes()));
        }
        bytes
    }

    fn scan(bytes: &[u8]) -> Result<Layout, DebError> {
        Layout::scan(&mut Cursor::new(bytes))
    }

    const GOOD: [(&str, &str); 2] = [("control.tar.xz", "odd"), ("data.tar.zst", "even")];

    #[test]
    fn a_package_as_dpkg_deb_writes_it() {
        let layout = scan(&deb(&GOOD)).unwrap();
        assert_eq!(layout.control, Compression::Xz);
        assert_eq!(layout.data, Compression::Zstd);
        let names: Vec<_> = layout.members.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["debian-binary", "control.tar.xz", "data.tar.zst"]);
        assert_eq!(layout.members[1].size, 3);
    }

    #[test]
    fn extra_members_where_dpkg_takes_them() {
        for extra in [
            &[("_sig", "x"), GOOD[0], ("_more", ""), GOOD[1]][..],
            &[GOOD[0], GOOD[1], ("anything", "x")],
            &[("control.tar.xz/", "x"), GOOD[1]],
        ] {
            assert!(scan(&deb(extra)).is_ok(), "{extra:?}");
        }
    }

    #[test]
    fn orders_that_dpkg_or_others_read_differently() {
        for bad in [
            &[][..],
            &[GOOD[0]],
            &[GOOD[1], GOOD[0]],
            &[GOOD[0], GOOD[0], GOOD[1]],
            &[GOOD[0], GOOD[1], ("data.tar.gz", "x")],
            &[GOOD[0], GOOD[1], GOOD[0]],
            &[("premature", ""), GOOD[0], GOOD[1]],
            &[("control.tar.bz2", ""), GOOD[1]],
            &[GOOD[0], ("data.tar.lz4", "")],
            &[GOOD[0], ("data.tarball", "")],
        ] {
            assert!(scan(&deb(bad)).is_err(), "{bad:?}");
        }
        let third = deb(&GOOD)
            .iter()
            .map(|&b| if b == b'2' { b'3' } else { b })
            .collect::<Vec<_>>();
        assert!(scan(&third).is_err());
    }

    /// The members that make the crate `ar` panic, allocate or resolve a long name.
    #[test]
    fn headers_that_the_ar_crate_stumbles_on() {
        for name in [
            "/999",
            "#1/8",
            "#1/9999999999",
            "//",
            "/",
            "",
            "a b",
            "sixteen-letters-",
        ] {
            let bytes = deb(&[GOOD[0], GOOD[1], (name, "x")]);
            assert!(
                matches!(scan(&bytes), Err(DebError::Header { .. })),
                "{name:?}"
            );
        }
        let good = deb(&GOOD);
        let at = MAGIC.len();
        for (offset, byte) in [(48, b'+'), (58, b'x'), (59, b'x'), (16, b'-'), (40, b'y')] {
            let mut bytes = good.clone();
            bytes[at + offset] = byte;
            assert!(
                matches!(scan(&bytes), Err(DebError::Header { .. })),
                "{offset}"
            );
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let good = deb(&GOOD);
        for length in 0..good.len() {
            assert!(scan(&good[..length]).is_err(), "{length}");
        }
        let mut longer = good;
        longer.push(b'\n');
        assert!(scan(&longer).is_err());
    }
}
