use std::fs;

use super::*;

const FILE: ManagedFile = ManagedFile::Grub;

fn machine() -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("var/lib")).unwrap();
    fs::create_dir_all(folder.path().join("etc/default/grub.d")).unwrap();
    let root = Root::open(folder.path()).unwrap();
    (folder, root)
}

#[test]
fn what_was_not_there_is_removed_and_what_was_there_is_put_back() {
    for before in [None, Some("before")] {
        let (folder, root) = machine();
        let (kept, place) = (KeptFiles::of(&root), folder.path().join(FILE.path()));
        if let Some(before) = before {
            fs::write(&place, before).unwrap();
            fs::set_permissions(&place, fs::Permissions::from_mode(0o640)).unwrap();
        }
        for content in [&b"1"[..], b"2", b"1"] {
            kept.put(&FILE, content).unwrap();
            assert_eq!(fs::read(&place).unwrap(), content);
        }
        assert_eq!(kept.files().unwrap(), [FILE].into());
        let expected = before.map_or(Restored::Removed, |_| Restored::PutBack);
        assert_eq!(kept.restore(&FILE).unwrap(), expected);
        assert_eq!(fs::read_to_string(&place).ok().as_deref(), before);
        assert_eq!(kept.restore(&FILE).unwrap(), Restored::AsBefore);
        if before.is_some() {
            let mode = place.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }
        kept.forget(&FILE).unwrap();
        kept.tidy_up();
        assert!(!folder.path().join(FOLDERS[1]).exists());
        assert!(kept.files().unwrap().is_empty());
    }
}

#[test]
fn what_somebody_else_has_changed_is_left_alone() {
    let (folder, root) = machine();
    let (kept, place) = (KeptFiles::of(&root), folder.path().join(FILE.path()));
    kept.put(&FILE, b"1").unwrap();
    fs::write(&place, "theirs").unwrap();
    assert!(matches!(kept.put(&FILE, b"2"), Err(SetupError::Foreign(_))));
    assert_eq!(kept.restore(&FILE).unwrap(), Restored::Foreign);
    assert_eq!(fs::read_to_string(&place).unwrap(), "theirs");
}

#[test]
fn a_link_or_a_folder_is_not_followed() {
    let (folder, root) = machine();
    let (kept, place) = (KeptFiles::of(&root), folder.path().join(FILE.path()));
    std::os::unix::fs::symlink("/etc/shadow", &place).unwrap();
    assert!(matches!(
        kept.put(&FILE, b"1"),
        Err(SetupError::NotRegular(_))
    ));
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    assert!(matches!(
        kept.put(&FILE, b"1"),
        Err(SetupError::NotRegular(_))
    ));
}

#[test]
fn killed_between_any_two_steps_it_is_as_before() {
    let (folder, root) = machine();
    let (kept, place) = (KeptFiles::of(&root), folder.path().join(FILE.path()));
    let at = |name: &str| folder.path().join(FOLDERS[1]).join(name);
    fs::write(&place, "before").unwrap();
    // Kept, and not yet announced: nothing was changed, and later changes of others count as what it was.
    kept.make().unwrap();
    fs::write(at("grub.before"), "older").unwrap();
    assert!(kept.files().unwrap().is_empty());
    // Announced, and not yet written.
    kept.put(&FILE, b"1").unwrap();
    fs::write(&place, "before").unwrap();
    assert_eq!(kept.files().unwrap(), [FILE].into());
    assert_eq!(kept.restore(&FILE).unwrap(), Restored::AsBefore);
    // The next content announced, and not yet written.
    kept.put(&FILE, b"1").unwrap();
    fs::write(at("grub.2"), "2").unwrap();
    assert_eq!(kept.restore(&FILE).unwrap(), Restored::PutBack);
    assert_eq!(fs::read_to_string(&place).unwrap(), "before");
}
