//! The ar headers of a .deb.
//!
//! Every member lies within the file, behind its header and behind the member before it; no name holds what a terminal obeys.

use std::io::Cursor;

use dpkg_ima::format::deb::Layout;

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    let layout = match Layout::scan(&mut Cursor::new(data)) {
        Ok(layout) => layout,
        Err(error) => return assert_plain(&error),
    };
    let mut end = 8;
    for member in &layout.members {
        assert!(member.offset >= end + 60, "{member:?} begins before {end}");
        end = member.offset + member.size;
        assert!(end <= data.len() as u64, "{member:?} ends behind the file");
        assert_plain(&member.name);
    }
    let count = |is: fn(&[u8]) -> bool| {
        let names = layout.members.iter().map(|member| member.name.as_bytes());
        names.filter(|name| is(name)).count()
    };
    assert!(count(Layout::is_control) >= 1 && count(Layout::is_data) >= 1);
}
