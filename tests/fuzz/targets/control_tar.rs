//! control.tar, uncompressed, and the same with another signature list.
//!
//! What was read is read again from the rewritten package, with the new list; rewriting that gives the same bytes.

use std::io::Cursor;

use dpkg_ima::dpkg::Build;
use dpkg_ima::format::deb::{Control, Layout, Rewrite, SCRIPTS, Voided};
use dpkg_ima::format::imasigs::List;

use super::support::{assert_inside, assert_plain, deb_with};

pub fn run(data: &[u8]) {
    let deb = deb_with(data, &[0; 1024]);
    let control = match read(&deb) {
        Ok((_, control)) => control,
        Err(error) => return assert_plain(&error),
    };
    let build = Build::from_fields(|name| control.field(name));
    assert!(build.is_none() || control.member("control").is_some());
    match control.list() {
        Ok(list) => list
            .iter()
            .flat_map(List::entries)
            .for_each(|entry| assert_inside(&entry.path)),
        Err(error) => assert_plain(&error),
    }

    let once = rewritten(&deb);
    let (_, again) = read(&once).expect("what we write can be read");
    for name in SCRIPTS
        .into_iter()
        .chain(["control", "md5sums", "templates"])
    {
        assert_eq!(control.member(name), again.member(name), "{name}");
    }
    assert_eq!(again.list().ok(), Some(Some(List::default())));
    assert_eq!(rewritten(&once), once);
}

fn read(deb: &[u8]) -> Result<(Layout, Control), dpkg_ima::format::deb::DebError> {
    let mut input = Cursor::new(deb);
    let layout = Layout::scan(&mut input)?;
    let control = Control::read(&mut input, &layout)?;
    Ok((layout, control))
}

fn rewritten(deb: &[u8]) -> Vec<u8> {
    let (layout, control) = read(deb).expect("it was read before");
    let mut out = Vec::new();
    Rewrite::new(&layout, &control, Some(&List::default()))
        .write(&mut Cursor::new(deb), &mut out, Voided::Keep)
        .expect("memory can be written to");
    out
}
