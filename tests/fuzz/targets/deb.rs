//! A whole .deb, with every compression: as `show` and `verify` read one.
//!
//! A control archive of more than the bound is refused. What data.tar decompresses to is held nowhere; this target looks at
//! its first 16 MiB.

use std::io::{self, Cursor, Read, copy, sink};

use dpkg_ima::format::deb::{Control, DebError, Layout, walk};

use super::support::assert_plain;

/// Most bytes of data.tar that are looked at.
const DATA_MAX: u64 = 16 << 20;

pub fn run(data: &[u8]) {
    if let Err(error) = read(data) {
        assert_plain(&error);
    }
}

fn read(data: &[u8]) -> Result<(), DebError> {
    let mut input = Cursor::new(data);
    let layout = Layout::scan(&mut input)?;
    let control = Control::read(&mut input, &layout)?;
    if let Err(error) = control.list() {
        assert_plain(&error);
    }
    let mut left = DATA_MAX;
    walk(&mut input, &layout, |_, content: &mut dyn Read| {
        let io = |source| DebError::Io {
            doing: "read",
            source,
        };
        left -= copy(&mut content.take(left), &mut sink()).map_err(io)?;
        let enough = (left == 0).then_some(io::ErrorKind::FileTooLarge);
        enough.map_or(Ok(()), |kind| Err(io(kind.into())))
    })
}
