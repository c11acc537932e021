use super::*;
use crate::dpkg::PackageName;
use crate::format::imasigs::sample;
use crate::format::tree::compress;
use crate::tasks::fetch::ListOwner;
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
