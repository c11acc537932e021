//! A signature list.
//!
//! Writing a list that was read and reading that gives the same list, and the same bytes when it is written once more. No path
//! leads out of the root, and the entries are sorted.

use dpkg_ima::format::imasigs::List;

use super::support::{assert_inside, assert_plain};

pub fn run(data: &[u8]) {
    let list = match List::read_from(data) {
        Ok(list) => list,
        Err(error) => return assert_plain(&error),
    };
    for entry in list.entries() {
        assert_inside(&entry.path);
        assert_eq!(list.get(&entry.path), Some(entry));
    }
    assert!(list.entries().is_sorted_by(|a, b| a.path < b.path));
    let text = written(&list);
    assert_eq!(text.len() as u64, list.written_len());
    let again = List::read_from(text.as_slice()).expect("what we write can be read");
    assert_eq!(again, list);
    assert_eq!(written(&again), text);
}

fn written(list: &List) -> Vec<u8> {
    let mut text = Vec::new();
    list.write_to(&mut text).expect("memory can be written to");
    text
}
