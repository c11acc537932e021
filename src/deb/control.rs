//! control.tar: small, so it is held whole; members are found in it, and one can be replaced.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use super::archive::Layout;
use super::{Compression, DebError};
use crate::imasigs::{self, List, Reader};
use crate::opening::open_named;
use crate::text::Text;

/// Largest control.tar that we read, decompressed, in bytes. The list of a package with 100,000
/// signed files is about 50 MB; everything else in there is below one.
pub const CONTROL_MAX: u64 = 128 << 20;

/// The members that are executed, by dpkg or by debconf.
pub const SCRIPTS: [&str; 5] = ["config", "postinst", "postrm", "preinst", "prerm"];

/// For messages.
const ARCHIVE: &str = "control.tar";
/// SPEC: tar(5): a block.
const BLOCK: usize = 512;
/// GNU tar pads an archive to a record of twenty blocks.
const RECORD: u64 = 20 * BLOCK as u64;

/// A control archive, decompressed.
#[derive(Clone, Debug)]
pub struct Control {
    tar: Vec<u8>,
    members: Vec<Member>,
    /// The latest modification time of any member but the list.
    mtime: u64,
}

#[derive(Clone, Debug)]
struct Member {
    /// Without `./`.
    name: String,
    /// Header, content and padding.
    whole: Range<usize>,
    content: Range<usize>,
}

impl Control {
    /// Reads the control archive of a .deb.
    ///
    /// # Errors
    /// If it cannot be opened, is no .deb, or as [`Self::read`].
    pub fn of_deb(path: &Path) -> Result<Self, DebError> {
        let mut file = open_named(path).map_err(DebError::io("cannot open"))?;
        let layout = Layout::scan(&mut file)?;
        Self::read(&mut file, &layout)
    }

    /// Reads the control archive of a .deb that was scanned.
    ///
    /// # Errors
    /// If it cannot be decompressed, is over [`CONTROL_MAX`], or holds what dpkg refuses.
    pub fn read(file: &mut (impl Read + Seek), layout: &Layout) -> Result<Self, DebError> {
        let doing = "cannot decompress control.tar";
        let mut found = layout.members.iter();
        let member = found
            .find(|member| Layout::is_control(member.name.as_bytes()))
            .ok_or(DebError::Missing(ARCHIVE))?;
        file.seek(SeekFrom::Start(member.offset))
            .map_err(DebError::io("cannot read"))?;
        let input = BufReader::new(file.take(member.size));
        let mut tar = Vec::new();
        let decoder = layout.control.decoder(input).map_err(DebError::io(doing))?;
        decoder
            .take(CONTROL_MAX + 1)
            .read_to_end(&mut tar)
            .map_err(DebError::io(doing))?;
        if tar.len() as u64 > CONTROL_MAX {
            return Err(DebError::ControlTooLarge(CONTROL_MAX));
        }
        Self::parse(tar)
    }

    /// Finds the members in a decompressed archive.
    fn parse(tar: Vec<u8>) -> Result<Self, DebError> {
        let doing = "control.tar is damaged";
        let mut members: Vec<Member> = Vec::new();
        let mut mtime = 0;
        let mut archive = tar::Archive::new(tar.as_slice());
        // Raw: PAX and GNU extensions come as entries of their own, and are refused.
        for entry in archive.entries().map_err(DebError::io(doing))?.raw(true) {
            let entry = entry.map_err(DebError::io(doing))?;
            let path = entry.path_bytes();
            let refuse = |what: &str| DebError::tar(ARCHIVE, &path, what);
            let name = path.strip_prefix(b"./").unwrap_or(&path);
            match entry.header().entry_type() {
                tar::EntryType::Directory if matches!(name, b"" | b".") => continue,
                tar::EntryType::Regular => {}
                _ => return Err(refuse("neither a regular file nor the archive's root")),
            }
            let name = std::str::from_utf8(name).map_err(|_| refuse("a name that is not UTF-8"))?;
            if name.is_empty() || name.contains('/') {
                return Err(refuse("a member name that dpkg does not take"));
            }
            if members.iter().any(|member| member.name == name) {
                return Err(refuse("the member is there twice"));
            }
            let member = Member {
                name: name.to_owned(),
                ..locate(&entry, tar.len()).ok_or_else(|| refuse("cut off"))?
            };
            if member.name != imasigs::MEMBER {
                mtime = mtime.max(entry.header().mtime().map_err(DebError::io(doing))?);
            }
            members.push(member);
        }
        Ok(Self {
            members,
            mtime,
            tar,
        })
    }

    /// The content of a member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some(&self.tar[member.content.clone()])
    }

    /// A one-line field of the member `control`, such as `Package`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Text> {
        let mut lines = self.member("control")?.split(|&byte| byte == b'\n');
        lines.find_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (key, value) = (&line[..colon], &line[colon + 1..]);
            key.eq_ignore_ascii_case(name.as_bytes())
                .then(|| value.trim_ascii().into())
        })
    }

    /// The package's signature list, if it has one.
    ///
    /// # Errors
    /// [`DebError::List`] if that is not well-formed.
    pub fn list(&self) -> Result<Option<List>, DebError> {
        let list = self.member(imasigs::MEMBER).map(List::read_from);
        Ok(list.transpose()?)
    }

    /// The entries of the list, none of which is held; none if it has no list.
    ///
    /// # Errors
    /// [`DebError::List`] if that does not begin as one; what is wrong further on comes as an entry.
    pub fn entries(&self) -> Result<Option<Reader<&[u8]>>, DebError> {
        let list = self.member(imasigs::MEMBER).map(Reader::new);
        Ok(list.transpose()?)
    }

    /// Writes the archive with that list in place of the one it had, or added as the last member.
    /// Every other member keeps its bytes; the list gets the latest of their times, and root as owner.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_with(
        &self,
        list: &List,
        compression: Compression,
        output: impl Write,
    ) -> io::Result<()> {
        compression.compress(output, |out| {
            let mut written = 0;
            for member in self.members_but_list() {
                out.write_all(&self.tar[member])?;
            }
            written += self
                .members_but_list()
                .map(|member| member.len() as u64)
                .sum::<u64>();
            written += write_list_member(list, self.mtime, out)?;
            // Two blocks of zeroes end the archive.
            let end = (written + 2 * BLOCK as u64).next_multiple_of(RECORD);
            io::copy(&mut io::repeat(0).take(end - written), out).map(drop)
        })
    }

    /// The stretches of the archive that stay: all before the first member, such as `./`, and every
    /// member that is not the list.
    fn members_but_list(&self) -> impl Iterator<Item = Range<usize>> {
        let first = self.members.iter().map(|member| member.whole.start).min();
        let others = self
            .members
            .iter()
            .filter(|member| member.name != imasigs::MEMBER);
        std::iter::once(0..first.unwrap_or(0)).chain(others.map(|member| member.whole.clone()))
    }
}

/// Where a raw entry lies in an archive of that length; none if it goes on behind its end.
fn locate(entry: &tar::Entry<'_, &[u8]>, length: usize) -> Option<Member> {
    let start = usize::try_from(entry.raw_header_position()).ok()?;
    let content = usize::try_from(entry.raw_file_position()).ok()?;
    let size = usize::try_from(entry.size()).ok()?;
    let content = content..content.checked_add(size)?;
    let end = content.end.checked_next_multiple_of(BLOCK)?;
    (end <= length).then_some(Member {
        name: String::new(),
        whole: start..end,
        content,
    })
}

/// Header, content and padding of the list; returns how many bytes that was.
fn write_list_member(list: &List, mtime: u64, out: &mut dyn Write) -> io::Result<u64> {
    let size = list.written_len();
    let mut header = tar::Header::new_gnu();
    // By hand: `set_path` would drop the "./" that all other members have.
    let name = format!("./{}", imasigs::MEMBER);
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_mtime(mtime);
    header.set_size(size);
    header.set_cksum();
    out.write_all(header.as_bytes())?;
    let mut out = out;
    list.write_to(&mut out)?;
    let padded = size.next_multiple_of(BLOCK as u64);
    io::copy(&mut io::repeat(0).take(padded - size), &mut out)?;
    Ok(BLOCK as u64 + padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, kind, content) in members {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(1234);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap()
    }

    const FILE: tar::EntryType = tar::EntryType::Regular;
    const FOLDER: tar::EntryType = tar::EntryType::Directory;

    fn written(control: &Control) -> Vec<u8> {
        let mut out = Vec::new();
        control
            .write_with(&List::default(), Compression::None, &mut out)
            .unwrap();
        out
    }

    #[test]
    fn the_list_is_added_or_replaced_and_the_rest_kept() {
        let tar = archive(&[
            ("./", FOLDER, b""),
            ("./control", FILE, b"Package: x\nVersion: 1\n"),
            ("./md5sums", FILE, &[b'm'; 600]),
        ]);
        let control = Control::parse(tar).unwrap();
        assert_eq!(control.field("package"), Some("x".into()));
        assert_eq!(control.list().unwrap(), None);

        let once = written(&control);
        let again = Control::parse(once.clone()).unwrap();
        assert_eq!(again.list().unwrap(), Some(List::default()));
        assert_eq!(again.member("md5sums"), Some(&[b'm'; 600][..]));
        assert_eq!(again.mtime, 1234);
        assert_eq!(written(&again), once);
    }

    #[test]
    fn what_dpkg_refuses_is_refused() {
        for bad in [
            &[("./a/b", FILE, &b""[..])][..],
            &[("./folder", FOLDER, b"")],
            &[("./link", tar::EntryType::Symlink, b"")],
            &[("./pax", tar::EntryType::XHeader, b"11 path=ab\n")],
            &[("./control", FILE, b""), ("control", FILE, b"")],
        ] {
            assert!(Control::parse(archive(bad)).is_err(), "{bad:?}");
        }
        let good = archive(&[("./control", FILE, &[b'c'; 700])]);
        assert!(Control::parse(good[..1000].to_vec()).is_err());
    }
}
