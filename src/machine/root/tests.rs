//! Paths stay beneath the root, and only regular files are opened.

use super::*;
use std::os::unix::fs::symlink;

fn sample() -> (tempfile::TempDir, Root) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("usr/lib")).unwrap();
    fs::write(folder.path().join("usr/lib/x"), "inside").unwrap();
    symlink("usr/lib", folder.path().join("lib")).unwrap();
    symlink("/usr", folder.path().join("absolute")).unwrap();
    symlink("../../../../../../etc", folder.path().join("out")).unwrap();
    symlink("x", folder.path().join("usr/lib/link")).unwrap();
    let root = Root::open(folder.path()).unwrap();
    (folder, root)
}

#[test]
fn symlinks_on_the_way_stay_beneath_the_root() {
    let (_folder, root) = sample();
    for path in ["usr/lib/x", "/usr/lib/x", "lib/x", "absolute/lib/x"] {
        let read = root.read(Path::new(path), 100).unwrap();
        assert_eq!(read.as_deref(), Some(&b"inside"[..]), "{path}");
    }
    assert!(root.read(Path::new("out/passwd"), 9999).unwrap().is_none());
    assert!(
        root.read(Path::new("../../../../etc/passwd"), 9999)
            .unwrap()
            .is_none()
    );
}

/// A walk that met a folder does not go on by a link in its place, whichever way it takes.
#[test]
fn a_walked_folder_is_reached_by_no_link() {
    let (_folder, root) = sample();
    for (path, is_there) in [
        ("/", true),
        ("usr/lib", true),
        ("/usr/lib", true),
        ("lib", false),
        ("absolute/lib", false),
        ("usr/lib/x", false),
        ("usr/none", false),
    ] {
        let opened = root.open_walked_folder(Path::new(path)).unwrap();
        assert_eq!(opened.is_some(), is_there, "{path}");
        // As where mounts are left out.
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        let descended = root
            .descent_by_folders()
            .last(Path::new(path), flags, false);
        let is_reached = matches!(descended, Ok(Some(_)));
        assert_eq!(is_reached, is_there, "{path}: {descended:?}");
    }
}

/// A link of /proc's leads anywhere, and "beneath the root" does not hold it.
#[test]
fn links_of_proc_are_not_followed() {
    let inside = std::fs::File::open("/proc/self/exe").unwrap();
    let link = format!("self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&inside));
    let root = Root::open(Path::new("/proc")).unwrap();
    assert!(
        root.open_file_followed(Path::new("self/status"))
            .unwrap()
            .is_some()
    );
    let followed = root.open_file_followed(Path::new(&link));
    assert!(!matches!(followed, Ok(Some(_))), "{followed:?}");
    let through = root.open_file(Path::new("self/root/etc/passwd"));
    assert!(!matches!(through, Ok(Some(_))), "{through:?}");
}

#[test]
fn only_regular_files_are_opened() {
    let (folder, root) = sample();
    nix::unistd::mkfifo(&folder.path().join("pipe"), Mode::S_IRWXU).unwrap();
    for path in ["usr/lib/link", "usr/lib", "pipe", "none", "usr/lib/x/y"] {
        assert!(root.open_file(Path::new(path)).unwrap().is_none(), "{path}");
    }
}

#[test]
fn reading_has_a_limit() {
    let (_folder, root) = sample();
    let error = root.read(Path::new("usr/lib/x"), 5).unwrap_err();
    assert!(error.to_string().contains("usr/lib/x"), "{error}");
}

#[test]
fn folders_are_made_and_listed() {
    let (_folder, root) = sample();
    let made = root
        .make_folder(Path::new("/usr/state"), Mode::S_IRWXU)
        .unwrap();
    assert!(made.names().unwrap().is_empty());
    let usr = root.open_folder(Path::new("usr")).unwrap().unwrap();
    let mut names = usr.names().unwrap();
    names.sort();
    assert_eq!(names, [b"lib".to_vec(), b"state".to_vec()]);
    assert!(
        root.make_folder(Path::new("no/parent"), Mode::S_IRWXU)
            .is_err()
    );
}
