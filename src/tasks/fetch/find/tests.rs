use super::*;
use crate::dpkg::PackageName;
use crate::format::imasigs::sample;
use crate::format::tree::compress;
use crate::tasks::fetch::{ListOwner, NotAccepted};
use std::fs;
use std::time::Duration;

/// A root with installed packages that have one program each.
fn root_of(packages: &[&str]) -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    let info = folder.path().join("var/lib/dpkg/info");
    fs::create_dir_all(&info).unwrap();
    for package in packages {
        let list = format!("/usr/bin/{package}\n");
        fs::write(info.join(format!("{package}.list")), list).unwrap();
    }
    let root = Root::open(folder.path()).unwrap();
    (folder, root)
}

fn wanted(package: &str) -> WantedList {
    WantedList {
        name: ListName::new(&package.into(), &"1".into(), &"all".into()).unwrap(),
        owner: ListOwner::Installed(PackageName::new(package).unwrap()),
    }
}

fn list_of(name: &ListName) -> List {
    let path = format!("usr/bin/{}", name.package());
    List::new(vec![sample::entry(&path, b"content", 1)])
}

/// Finds lists at a source that has all of them; how often it was asked for one.
fn find(root: &Root, wanted: &[WantedList]) -> (FoundLists, usize) {
    let sources = [SignatureSource::Folder("/srv".to_owned())];
    let search = Search {
        root,
        sources: &sources,
        takes_kept: false,
        deadline: Instant::now() + Duration::from_secs(60),
    };
    let mut count = 0;
    let found = find_lists(search, wanted, &mut |_, names, deliver| {
        count += names.len();
        for (index, name) in names.iter().enumerate() {
            let mut bytes = Vec::new();
            compress(&list_of(name), &mut bytes)?;
            deliver(Delivered {
                index,
                bytes,
                is_whole: true,
            })?;
        }
        Ok(None)
    });
    (found, count)
}

#[test]
fn a_list_that_is_wanted_twice_is_asked_for_and_kept_once() {
    let (_folder, root) = root_of(&["a", "b", "c"]);
    let wanted = ["c", "a", "b", "c"].map(wanted);
    let (found, count) = find(&root, &wanted);
    assert_eq!(count, 3);
    for (wanted, list) in wanted.iter().zip(&found.lists) {
        assert_eq!(list.as_ref(), Ok(&list_of(&wanted.name)));
    }
    let lock = Lock::take(&root).unwrap();
    found.keep(&wanted, &root, &lock).unwrap();
    for wanted in &wanted {
        let kept = FetchedLists::of(&root).get(&wanted.name).unwrap();
        assert_eq!(kept, Some(list_of(&wanted.name)));
    }
}

#[test]
fn a_list_that_is_refused_leaves_its_room_to_others() {
    let (_folder, root) = root_of(&["a", "b"]);
    let wanted = wanted("b");
    let compressed = |name: &str| {
        let mut bytes = Vec::new();
        let list = List::new(vec![sample::entry(name, b"content", 1)]);
        compress(&list, &mut bytes).unwrap();
        (bytes, list.written_len())
    };
    let (of_another, _) = compressed("usr/bin/a");
    let (of_it, len) = compressed("usr/bin/b");
    let mut left = len;
    let refused = accept(&of_another, &wanted, &root, &mut left);
    assert!(
        matches!(refused, Err(NotAccepted::AnotherPackage)),
        "{refused:?}"
    );
    accept(&of_it, &wanted, &root, &mut left).unwrap();
    let too_much = accept(&of_it, &wanted, &root, &mut left);
    assert!(
        matches!(too_much, Err(NotAccepted::TooMuch)),
        "{too_much:?}"
    );
}
