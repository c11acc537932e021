//! The members of a .deb, and where they are in the file.

use std::io::{Read, Seek, SeekFrom, Take};

use super::{Compression, DebError};

/// One member of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name as dpkg reads it, without padding and without GNU ar's trailing slash; escaped for a terminal.
    pub name: String,
    /// Where its content begins, in bytes from the start of the file.
    pub offset: u64,
    /// Length of its content in bytes.
    pub size: u64,
}

impl Member {
    /// Where the next header begins: behind the content, and the byte that pads it to an even length.
    pub(super) fn end(&self) -> u64 {
        // Ten digits and a file's length: no overflow.
        self.offset + self.size + self.size % 2
    }

    /// Reads the content, and ends where it ends.
    pub(super) fn content<'a, F: Read + Seek>(
        &self,
        file: &'a mut F,
    ) -> Result<Take<&'a mut F>, DebError> {
        file.seek(SeekFrom::Start(self.offset))
            .map_err(DebError::io("cannot read"))?;
        Ok(file.take(self.size))
    }
}

/// The members of a .deb that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// All members, in their order. Behind data.tar dpkg takes any bytes: there they end where the file is no archive
    /// any more.
    pub members: Vec<Member>,
    /// How control.tar is compressed.
    pub control: Compression,
    /// How data.tar is compressed.
    pub data: Compression,
}

impl Layout {
    /// How the name of the control archive begins; a suffix says how it is compressed.
    pub(super) const CONTROL: &'static str = "control.tar";
    /// How the name of the data archive begins.
    pub(super) const DATA: &'static str = "data.tar";

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

    pub(super) fn control_member(&self) -> Result<&Member, DebError> {
        self.first(Self::is_control, Self::CONTROL)
    }

    pub(super) fn data_member(&self) -> Result<&Member, DebError> {
        self.first(Self::is_data, Self::DATA)
    }

    fn first(&self, is: fn(&[u8]) -> bool, name: &'static str) -> Result<&Member, DebError> {
        let mut members = self.members.iter();
        let found = members.find(|member| is(member.name.as_bytes()));
        found.ok_or(DebError::Missing(name))
    }
}
