//! A signature list.
//!
//! Writing a list that was read and reading that gives the same list, and the same bytes when it is written once more. No path
//! leads out of the root, the entries are sorted by path and key, and all of a path name the same content.

use dpkg_ima::format::imasigs::{Entry, List};

use super::support::{assert_inside, assert_plain};

pub fn run(data: &[u8]) {
    let list = match List::read_from(data) {
        Ok(list) => list,
        Err(error) => return assert_plain(&error),
    };
    for entry in list.entries() {
        assert_inside(&entry.path);
        let listed = list.get(&entry.path).expect("the list names it");
        assert!(listed.iter().any(|own| own == entry));
        let content = |entry: &Entry| (entry.size, entry.digest);
        assert!(listed.iter().all(|own| content(own) == content(entry)));
    }
    let order = |entry: &Entry| (entry.path.clone(), entry.signature.key_id);
    assert!(list.entries().is_sorted_by(|a, b| order(a) < order(b)));
    let files: usize = list.files().map(|file| file.iter().count()).sum();
    assert_eq!(files, list.entries().len());
    list.check_limits()
        .expect("what was read is within the limits");
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
