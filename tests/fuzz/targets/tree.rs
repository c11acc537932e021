//! A file of a tree of lists, and the path that it may have there.
//!
//! Compressing a list that was read and reading that gives the same list. A path that is taken is written the same again, and
//! leads nowhere else.

use dpkg_ima::format::imasigs::List;
use dpkg_ima::format::tree::{ListName, compress, decompress};

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    let path = std::str::from_utf8(data).unwrap_or_default();
    if let Some(name) = ListName::parse(path) {
        assert_eq!(name.path(), path);
        assert!(
            !path
                .split('/')
                .any(|part| part.starts_with('.') || part.is_empty())
        );
    }
    match read(data) {
        Ok(list) => {
            let mut bytes = Vec::new();
            compress(&list, &mut bytes).expect("memory can be written to");
            assert_eq!(read(&bytes).expect("what we write can be read"), list);
        }
        Err(error) => assert_plain(&error),
    }
}

fn read(data: &[u8]) -> Result<List, dpkg_ima::format::tree::TreeError> {
    let mut entries = Vec::new();
    decompress(data, |entry| entries.push(entry))?;
    Ok(List::new(entries))
}
