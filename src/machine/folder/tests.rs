//! Files are replaced whole, or stay.

use super::*;

#[test]
fn a_file_is_replaced_whole() {
    let temporary = tempfile::tempdir().unwrap();
    let fd = OwnedFd::from(File::open(temporary.path()).unwrap());
    let folder = Folder::new(fd, temporary.path().to_owned());
    assert!(folder.open_file("x").unwrap().is_none());
    folder.replace("x", b"longer than the next").unwrap();
    folder.replace("x", b"second").unwrap();
    assert_eq!(
        std::fs::read(temporary.path().join("x")).unwrap(),
        b"second"
    );
    assert_eq!(folder.names().unwrap(), [b"x".to_vec()]);
    folder.remove("x").unwrap();
    folder.remove("x").unwrap();
    assert!(folder.names().unwrap().is_empty());
}

/// Opening a pipe to write waits for a reader.
#[test]
fn what_is_no_file_is_never_opened() {
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    let fd = OwnedFd::from(File::open(temporary.path()).unwrap());
    let folder = Folder::new(fd, temporary.path().to_owned());
    for name in ["x", "y.new"] {
        nix::unistd::mkfifo(&at(name), Mode::S_IRWXU).unwrap();
    }
    assert!(folder.open_file("x").unwrap().is_none());
    let error = folder.open_or_make("x").unwrap_err().to_string();
    assert!(error.ends_with("no regular file"), "{error}");
    folder.replace("y", b"content").unwrap();
    folder.replace("x", b"content").unwrap();
    assert!(folder.open_file("x").unwrap().is_some());
}

#[test]
fn what_cannot_be_replaced_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let fd = OwnedFd::from(File::open(temporary.path()).unwrap());
    let folder = Folder::new(fd, temporary.path().to_owned());
    std::fs::create_dir(temporary.path().join("x")).unwrap();
    assert!(folder.replace("x", b"content").is_err());
    assert_eq!(folder.names().unwrap(), [b"x".to_vec()]);
}

#[test]
fn a_link_takes_the_place_of_what_was_there() {
    let temporary = tempfile::tempdir().unwrap();
    let fd = OwnedFd::from(File::open(temporary.path()).unwrap());
    let folder = Folder::new(fd, temporary.path().to_owned());
    folder.replace("x", b"first").unwrap();
    folder.replace("y", b"other").unwrap();
    folder.link("x", &folder, "y").unwrap();
    let inode = |name| folder.status(name).unwrap().map(|status| status.st_ino);
    assert_eq!(inode("y"), inode("x"));
    assert!(folder.link("none", &folder, "y").is_err());
    assert_eq!(inode("y"), inode("x"));
    assert_eq!(inode("none"), None);
}
