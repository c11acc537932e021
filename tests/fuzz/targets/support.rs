//! What several targets check, and what they wrap their bytes in.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use dpkg_ima::format::package_path::PackagePath;
use dpkg_ima::machine::root::Root;

/// What people read of it cannot make a terminal do anything.
pub fn assert_plain(said: &impl Display) {
    let said = said.to_string();
    let plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    assert!(said.bytes().all(plain), "{said:?} reaches a terminal");
}

/// The path stays beneath a root, and is the same when it is read again.
pub fn assert_inside(path: &PackagePath) {
    let bytes = path.as_bytes();
    assert!(!bytes.is_empty() && !bytes.contains(&0), "{path:?}");
    let mut parts = bytes.split(|&byte| byte == b'/');
    let leads_out = parts.any(|part| matches!(part, b"" | b"." | b".."));
    assert!(!leads_out, "{path:?} leads elsewhere");
    assert_eq!(PackagePath::new(bytes).as_ref(), Ok(path));
}

/// A .deb with those archives, uncompressed.
pub fn deb_with(control: &[u8], data: &[u8]) -> Vec<u8> {
    let mut deb = b"!<arch>\n".to_vec();
    for (name, content) in [
        ("debian-binary", &b"2.0\n"[..]),
        ("control.tar", control),
        ("data.tar", data),
    ] {
        let size = content.len();
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 644);
        deb.extend(header.as_bytes());
        deb.extend(content);
        if size % 2 == 1 {
            deb.push(b'\n');
        }
    }
    deb
}

/// Calls `visit` with a root in which those files are all there is.
pub fn with_root(files: &[(&str, &[u8])], visit: impl FnOnce(&Root)) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    for (path, content) in files {
        let path = folder.path().join(path);
        let parent = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).expect("the folder is ours");
        fs::write(path, content).expect("the folder is ours");
    }
    visit(&Root::open(folder.path()).expect("the folder is ours"));
}
