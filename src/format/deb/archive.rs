//! The scan of the ar level: headers, the order of the members, and whether they are whole.
//!
//! SPEC: deb(5) as dpkg-deb reads it (`lib/dpkg/ar.c` and `extracthalf` in `src/format/deb/extract.c`): of a
//! header it looks at name, size and end marker only, and at nothing behind data.tar. Where another
//! reader could find a second archive behind it, we refuse.

use std::io::{Read, Seek, SeekFrom};

use super::ar_header::{END, END_MARKER, HEADER_LEN, NAME, SIZE, parse_name, parse_size};
use super::debian_binary::ensure_version_2;
use super::{Compression, DebError, Layout, Member};

/// SPEC: `ARMAG`, ar.h.
const MAGIC: &[u8; 8] = b"!<arch>\n";
/// How files begin that dpkg wrote before 1995, and that it still takes.
const OLD_MAGIC: &[u8] = b"0.93";
/// Most members that we look at; dpkg-deb writes three.
const MEMBERS_MAX: usize = 4096;

/// For [`DebError::Order`].
const ONE_CONTROL: &str = "no further control archive";
const BEFORE_DATA: &str = "control.tar, and one data archive only,";

impl Layout {
    /// Scans an archive: checks the headers and the order of the members, and that they lie within the file. Leaves the
    /// reader at the start of the file.
    ///
    /// # Errors
    /// A [`DebError`] that names the header or member at fault.
    pub fn scan(file: &mut (impl Read + Seek)) -> Result<Self, DebError> {
        let mut scan = Scan::start(file)?;
        scan.ensure_version()?;
        let control = scan.control()?;
        let data = scan.data()?;
        scan.behind_data()?;
        let members = scan.members;
        file.rewind().map_err(DebError::io("cannot read"))?;
        Ok(Self {
            members,
            control,
            data,
        })
    }
}

/// A scan, header by header. `members` are those that passed.
struct Scan<'a, F> {
    file: &'a mut F,
    /// Length of the file in bytes.
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
    fn ensure_version(&mut self) -> Result<(), DebError> {
        const NAME: &str = "debian-binary";
        let member = self.next()?.ok_or(DebError::Missing(NAME))?;
        self.ensure_whole(&member)?;
        if member.name != NAME {
            return Err(order(&member, NAME));
        }
        ensure_version_2(member.content(self.file)?)?;
        self.members.push(member);
        Ok(())
    }

    /// The compression of control.tar, which comes next.
    fn control(&mut self) -> Result<Compression, DebError> {
        let member = self.next_archive(Layout::CONTROL)?;
        let Some(suffix) = member.name.strip_prefix(Layout::CONTROL) else {
            return Err(order(&member, BEFORE_DATA));
        };
        let known = Compression::from_suffix(suffix).filter(|known| known.may_be_control());
        let known = known.ok_or_else(|| order(&member, "a control archive of a known compression"));
        let compression = known?;
        self.ensure_whole(&member)?;
        self.members.push(member);
        Ok(compression)
    }

    /// The compression of data.tar, which comes behind control.tar.
    fn data(&mut self) -> Result<Compression, DebError> {
        let member = self.next_archive(Layout::DATA)?;
        let Some(suffix) = member.name.strip_prefix(Layout::DATA) else {
            return Err(order(&member, ONE_CONTROL));
        };
        let known = Compression::from_suffix(suffix);
        let known = known.ok_or_else(|| order(&member, "a data archive of a known compression"));
        let compression = known?;
        // Its padding may be missing: dpkg-deb reads no further.
        if member.offset + member.size > self.end {
            return Err(DebError::Truncated(member.name.into()));
        }
        self.members.push(member);
        Ok(compression)
    }

    /// The next control or data archive, of which `missing` should be one. Members whose names begin with an underscore
    /// may stand before it.
    fn next_archive(&mut self, missing: &'static str) -> Result<Member, DebError> {
        loop {
            let member = self.next()?.ok_or(DebError::Missing(missing))?;
            if !member.name.starts_with('_') {
                let name = member.name.as_bytes();
                if Layout::is_control(name) || Layout::is_data(name) {
                    return Ok(member);
                }
                return Err(order(&member, "control.tar or data.tar"));
            }
            self.ensure_whole(&member)?;
            self.members.push(member);
        }
    }

    /// Enters the members behind data.tar, of which none may be an archive: dpkg-deb never looks there, other readers
    /// do.
    ///
    /// SECURITY: nor may one have a name that GNU's table (`//`) or BSD's length (`#1/`) could turn into an archive's.
    fn behind_data(&mut self) -> Result<(), DebError> {
        loop {
            let member = match self.next() {
                Ok(Some(member)) if member.end() <= self.end => member,
                Ok(_) | Err(DebError::Header { .. }) => return Ok(()),
                Err(error) => return Err(error),
            };
            let name = member.name.as_bytes();
            if Layout::is_control(name) {
                return Err(order(&member, ONE_CONTROL));
            }
            if Layout::is_data(name) {
                return Err(order(&member, BEFORE_DATA));
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
        if header[END] != *END_MARKER {
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

fn order(member: &Member, expected: &'static str) -> DebError {
    let name = member.name.as_str().into();
    DebError::Order { name, expected }
}

#[cfg(test)]
mod tests;
