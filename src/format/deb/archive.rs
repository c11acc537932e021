//! The ar level: which members a .deb has, and where.
//!
//! SPEC: deb(5) as dpkg-deb reads it (`lib/dpkg/ar.c` and `extracthalf` in `src/format/deb/extract.c`): of a
//! header it looks at name, size and end marker only, and at nothing behind data.tar. Where another
//! reader could find a second archive behind it, we refuse.

use std::io::{Read, Seek, SeekFrom};

use super::version::ensure_version_2;
use super::{Compression, DebError};

/// SPEC: `ARMAG`, ar.h.
const MAGIC: &[u8; 8] = b"!<arch>\n";
/// How files begin that dpkg wrote before 1995, and that it still takes.
const OLD_MAGIC: &[u8] = b"0.93";
/// SPEC: `struct ar_hdr`: name 16, mtime 12, uid 6, gid 6, mode 8, size 10, end 2.
pub(super) const HEADER_LEN: u64 = 60;
/// Where its fields are.
pub(super) const NAME: std::ops::Range<usize> = 0..16;
const SIZE: std::ops::Range<usize> = 48..58;
const END: std::ops::Range<usize> = 58..60;
/// SPEC: `ARFMAG`, the last two bytes of a header.
const HEADER_END: &[u8] = b"`\n";
/// Most members that we look at; dpkg-deb writes three.
const MEMBERS_MAX: usize = 4096;

/// One member of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// As dpkg reads it: without padding and without GNU ar's trailing slash; escaped for a terminal.
    pub name: String,
    /// Where its content begins, in bytes from the start of the file.
    pub offset: u64,
    /// Length of its content in bytes.
    pub size: u64,
}

impl Member {
    /// Where its content ends, and the byte that pads an odd one to the next header.
    pub(super) fn end(&self) -> u64 {
        // Ten digits and a file's length: no overflow.
        self.offset + self.size + self.size % 2
    }
}

/// The members of a .deb that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// All members, in their order, as far as the file is an archive: dpkg takes any bytes behind data.tar.
    pub members: Vec<Member>,
    /// How control.tar is compressed.
    pub control: Compression,
    /// How data.tar is compressed.
    pub data: Compression,
}

impl Layout {
    /// control.tar is found among the members by how its name begins; so is data.tar.
    const CONTROL: &'static str = "control.tar";
    const DATA: &'static str = "data.tar";

    /// Checks the headers of the archive and the order of its members, and leaves the reader at the
    /// start of the file.
    ///
    /// # Errors
    /// A [`DebError`] that names the header or member at fault.
    pub fn scan(file: &mut (impl Read + Seek)) -> Result<Self, DebError> {
        let mut scan = Scan::start(file)?;
        scan.version()?;
        let (control, data) = scan.up_to_data()?;
        scan.behind_data()?;
        let members = scan.members;
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

    /// The control archive.
    pub(super) fn control_member(&self) -> Result<&Member, DebError> {
        self.first(Self::is_control, Self::CONTROL)
    }

    /// The data archive.
    #[cfg(feature = "cli")]
    pub(super) fn data_member(&self) -> Result<&Member, DebError> {
        self.first(Self::is_data, Self::DATA)
    }

    /// The members that dpkg reads, and those behind data.tar, which it does not.
    #[cfg(feature = "cli")]
    pub(super) fn split_behind_data(&self) -> (&[Member], &[Member]) {
        let mut members = self.members.iter();
        let data = members.position(|member| Self::is_data(member.name.as_bytes()));
        let behind = data.map_or(self.members.len(), |data| data + 1);
        self.members.split_at(behind)
    }

    fn first(&self, is: fn(&[u8]) -> bool, name: &'static str) -> Result<&Member, DebError> {
        let mut members = self.members.iter();
        let found = members.find(|member| is(member.name.as_bytes()));
        found.ok_or(DebError::Missing(name))
    }
}

/// A scan of an archive's headers, one after the other.
struct Scan<'a, F> {
    file: &'a mut F,
    /// Length of the file.
    end: u64,
    members: Vec<Member>,
}

impl<'a, F: Read + Seek> Scan<'a, F> {
    fn start(file: &'a mut F) -> Result<Self, DebError> {
        let end = file
            .seek(SeekFrom::End(0))
            .map_err(DebError::io("cannot read"))?;
        file.rewind().map_err(DebError::io("cannot read"))?;
        let mut magic = Vec::new();
        file.by_ref()
            .take(MAGIC.len() as u64)
            .read_to_end(&mut magic)
            .map_err(DebError::io("cannot read"))?;
        if magic.starts_with(OLD_MAGIC) {
            return Err(DebError::OldFormat);
        }
        if magic != MAGIC {
            return Err(DebError::NotAr);
        }
        let members = Vec::new();
        Ok(Self { file, end, members })
    }

    /// SPEC: the first member is debian-binary, which holds the format's version.
    fn version(&mut self) -> Result<(), DebError> {
        const NAME: &str = "debian-binary";
        let member = self.next()?.ok_or(DebError::Missing(NAME))?;
        self.ensure_whole(&member)?;
        if member.name != NAME {
            return Err(DebError::Order {
                name: member.name.into(),
                expected: NAME,
            });
        }
        self.file
            .seek(SeekFrom::Start(member.offset))
            .map_err(DebError::io("cannot read"))?;
        ensure_version_2(self.file.by_ref().take(member.size))?;
        self.members.push(member);
        Ok(())
    }

    /// SPEC: control.tar, then data.tar; a name with a leading underscore anywhere between.
    fn up_to_data(&mut self) -> Result<(Compression, Compression), DebError> {
        let mut control = None;
        loop {
            let missing = if control.is_none() {
                Layout::CONTROL
            } else {
                Layout::DATA
            };
            let member = self.next()?.ok_or(DebError::Missing(missing))?;
            let order = |expected| DebError::Order {
                name: member.name.clone().into(),
                expected,
            };
            if member.name.starts_with('_') {
            } else if let Some(suffix) = member.name.strip_prefix(Layout::CONTROL) {
                if control.is_some() {
                    return Err(order("no further control archive"));
                }
                let known = Compression::from_suffix(suffix).filter(|known| known.may_be_control());
                control =
                    Some(known.ok_or_else(|| order("a control archive of a known compression"))?);
            } else if let Some(suffix) = member.name.strip_prefix(Layout::DATA) {
                let control =
                    control.ok_or_else(|| order("control.tar, and one data archive only,"))?;
                let known = Compression::from_suffix(suffix);
                let data = known.ok_or_else(|| order("a data archive of a known compression"))?;
                // Its padding may be missing: dpkg-deb reads no further.
                if member.offset + member.size > self.end {
                    return Err(DebError::Truncated(member.name.into()));
                }
                self.members.push(member);
                return Ok((control, data));
            } else {
                return Err(order("control.tar or data.tar"));
            }
            self.ensure_whole(&member)?;
            self.members.push(member);
        }
    }

    /// dpkg-deb never looks behind data.tar, other readers do: no archive may be there.
    ///
    /// SECURITY: nor a name that GNU's table (`//`) or BSD's length (`#1/`) could turn into one.
    fn behind_data(&mut self) -> Result<(), DebError> {
        loop {
            let member = match self.next() {
                Ok(Some(member)) if member.end() <= self.end => member,
                Ok(_) | Err(DebError::Header { .. }) => return Ok(()),
                Err(error) => return Err(error),
            };
            let order = |expected| DebError::Order {
                name: member.name.clone().into(),
                expected,
            };
            let name = member.name.as_bytes();
            if Layout::is_control(name) {
                return Err(order("no further control archive"));
            }
            if Layout::is_data(name) {
                return Err(order("control.tar, and one data archive only,"));
            }
            if name.is_empty() || name.starts_with(b"/") || name.starts_with(b"#1/") {
                return Err(DebError::LongName(member.name.into()));
            }
            self.members.push(member);
        }
    }

    /// The next member; none at the end of the file.
    fn next(&mut self) -> Result<Option<Member>, DebError> {
        let at = self.members.last().map_or(MAGIC.len() as u64, Member::end);
        let fault = |what| DebError::Header { offset: at, what };
        if at >= self.end {
            return Ok(None);
        }
        if self.members.len() == MEMBERS_MAX {
            return Err(DebError::TooMany(MEMBERS_MAX));
        }
        if self.end - at < HEADER_LEN {
            return Err(fault("been cut off"));
        }
        let mut header = [0; HEADER_LEN as usize];
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.read_exact(&mut header))
            .map_err(DebError::io("cannot read"))?;
        if header[END] != *HEADER_END {
            return Err(fault("no end marker"));
        }
        let size = parse_size(&header[SIZE]).ok_or_else(|| fault("a size that is not a number"))?;
        Ok(Some(Member {
            name: parse_name(&header[NAME]).escape_ascii().to_string(),
            offset: at + HEADER_LEN,
            size,
        }))
    }

    fn ensure_whole(&self, member: &Member) -> Result<(), DebError> {
        if member.end() > self.end {
            return Err(DebError::Truncated(member.name.clone().into()));
        }
        Ok(())
    }
}

/// SPEC: `dpkg_ar_normalize_name`: without trailing spaces, then without one slash; a string of C.
fn parse_name(field: &[u8]) -> &[u8] {
    let spaces = field.iter().rev().take_while(|&&byte| byte == b' ').count();
    let name = &field[..field.len() - spaces];
    let name = name.strip_suffix(b"/").unwrap_or(name);
    name.split(|&byte| byte == 0).next().unwrap_or(name)
}

/// SPEC: `dpkg_ar_member_get_size`: spaces, digits, and whatever comes behind a further space.
fn parse_size(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start();
    let digits = digits.split(|&byte| byte == b' ').next().unwrap_or(digits);
    digits.iter().try_fold(0_u64, |size, byte| {
        byte.is_ascii_digit()
            .then(|| size * 10 + u64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests;
