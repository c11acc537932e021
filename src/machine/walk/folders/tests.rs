//! Walks over small trees.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::super::ProgramFile;
use super::*;

fn walked(folder: &Path) -> (Vec<ProgramFile>, Vec<SystemError>) {
    let met = Mutex::new(Vec::new());
    let root = Root::open(folder).unwrap();
    let errors = walk(&root, |file| {
        let program = file.program_file()?;
        assert_eq!(
            file.is_executable()?,
            program.is_program() || program.is_module()
        );
        met.lock().unwrap().push(program);
        Ok(())
    });
    let mut met = met.into_inner().unwrap();
    met.sort_by(|a, b| a.path.cmp(&b.path));
    (met, errors.unwrap())
}

#[test]
fn files_are_met_and_links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("usr/bin")).unwrap();
    fs::write(folder.path().join("usr/bin/x"), b"\x7fELF...").unwrap();
    fs::write(folder.path().join("usr/note"), b"").unwrap();
    let mode = fs::Permissions::from_mode(0o4755);
    fs::set_permissions(folder.path().join("usr/bin/x"), mode).unwrap();
    symlink("usr", folder.path().join("link")).unwrap();
    symlink(".", folder.path().join("loop")).unwrap();
    symlink("x", folder.path().join("usr/bin/y")).unwrap();
    let (met, errors) = walked(folder.path());
    let found: Vec<_> = met
        .iter()
        .map(|file| (file.path.to_str().unwrap(), file.is_elf))
        .collect();
    assert_eq!(found, [("/usr/bin/x", true), ("/usr/note", false)]);
    assert_eq!(met[0].mode, 0o4755);
    assert!(errors.is_empty());
}

#[test]
fn what_lies_too_deep_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("d/".repeat(DEPTH_MAX));
    fs::create_dir_all(deep.join("b")).unwrap();
    fs::create_dir_all(deep.join("a/c")).unwrap();
    fs::write(deep.join("x"), b"text").unwrap();
    let (met, errors) = walked(folder.path());
    assert_eq!(met.len(), 1);
    let [error] = errors.as_slice() else {
        panic!("{errors:?}");
    };
    let text = error.to_string();
    assert!(
        text.ends_with("/d/a': more than 100 folders deep (and 1 more)"),
        "{text}"
    );
}

#[test]
fn hard_links_have_one_identity() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), b"text").unwrap();
    fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
    fs::write(folder.path().join("c"), b"text").unwrap();
    let met = Mutex::new(Vec::new());
    let root = Root::open(folder.path()).unwrap();
    let errors = walk(&root, |file| {
        met.lock().unwrap().push((file.path(), file.identity()));
        Ok(())
    });
    assert!(errors.unwrap().is_empty());
    let mut met = met.into_inner().unwrap();
    met.sort();
    assert_eq!(met[0].1, met[1].1);
    assert_ne!(met[0].1, met[2].1);
    let metadata = fs::metadata(folder.path().join("c")).unwrap();
    assert_eq!(met[2].1, super::super::Identity::from(&metadata));
}

#[test]
fn what_cannot_be_taken_is_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        fs::write(folder.path().join(name), b"text").unwrap();
    }
    let root = Root::open(folder.path()).unwrap();
    let errors = walk(&root, |file| {
        let error = || SystemError::at("take", &file.path())(std::io::Error::other("no"));
        if file.path().ends_with("b") {
            Ok(())
        } else {
            Err(error())
        }
    });
    let paths: Vec<_> = errors
        .unwrap()
        .into_iter()
        .map(|error| error.path)
        .collect();
    assert_eq!(paths, [Path::new("/a"), Path::new("/c")]);
}

/// A user exchanges a folder of his for a link while the walk is beneath it.
#[test]
fn a_link_that_is_put_in_the_place_of_a_folder_is_not_followed() {
    let names = |exchanges: bool| {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for (path, file) in [
            ("own/b", "first"),
            ("own/b/c", "own"),
            ("other/b/c", "secret"),
        ] {
            fs::create_dir_all(at(path)).unwrap();
            fs::write(at(path).join(file), "x").unwrap();
        }
        let met = Mutex::new(Vec::new());
        let root = Root::open(folder.path()).unwrap();
        let errors = walk(&root, |file| {
            let path = file.path();
            if exchanges && path == Path::new("/own/b/first") {
                fs::rename(at("own"), at("moved")).unwrap();
                std::os::unix::fs::symlink("other", at("own")).unwrap();
            }
            met.lock().unwrap().push(path);
            Ok(())
        });
        assert!(errors.unwrap().is_empty());
        let met = met.into_inner().unwrap();
        met.into_iter()
            .filter(|path| path.starts_with("/own"))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(true), [Path::new("/own/b/first")]);
    // The control: without that, the folder beneath it is met.
    assert!(names(false).contains(&"/own/b/c/own".into()));
}
