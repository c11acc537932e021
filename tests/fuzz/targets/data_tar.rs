//! data.tar, uncompressed.
//!
//! No path leads out of the root, and no file gives more bytes than it says or than the archive has.

use std::io::{Cursor, Read, copy, sink};

use dpkg_ima::format::deb::{DataItem, DebError, Layout, walk};

use super::support::{assert_inside, assert_plain, deb_with};

pub fn run(data: &[u8]) {
    let deb = deb_with(&[0; 1024], data);
    let mut input = Cursor::new(&deb);
    let layout = Layout::scan(&mut input).expect("it is made well");
    let mut left = data.len() as u64;
    let walked = walk(&mut input, &layout, |item, content: &mut dyn Read| {
        match item {
            DataItem::File(file) => {
                assert_inside(&file.path);
                let size = copy(&mut content.take(left + 1), &mut sink()).unwrap_or_default();
                assert!(size <= left && size <= file.size, "{file:?} gave {size}");
                left -= size;
            }
            DataItem::HardLink { path, target } => {
                assert_inside(&path);
                assert_inside(&target);
            }
            DataItem::Device(path) | DataItem::Other(path) => assert_inside(&path),
        }
        Ok::<_, DebError>(())
    });
    if let Err(error) = walked {
        assert_plain(&error);
    }
}
