//! Sources that are folders; those on servers are met in tests/integration.

use super::*;
use nix::fcntl::AT_FDCWD;
use nix::sys::fanotify::{EventFFlags, Fanotify, InitFlags, MarkFlags, MaskFlags};
use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

fn name(package: &str) -> ListName {
    ListName::new(&package.into(), &"1:1".into(), &"all".into()).unwrap()
}

fn ask_all(folder: &Path, names: &[ListName]) -> (Vec<Delivered>, Option<SourceTrouble>) {
    let source = SignatureSource::Folder(folder.to_str().unwrap().to_owned());
    let mut delivered = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(5);
    let trouble = ask(&source, names, (deadline, &|| ()), &mut |one| {
        delivered.push(one);
        Ok(())
    });
    (delivered, trouble.unwrap())
}

#[test]
fn what_a_folder_lacks_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c"].map(name);
    let path = folder.path().join(names[1].path());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "bytes").unwrap();
    let (delivered, trouble) = ask_all(folder.path(), &names);
    let expected = Delivered {
        index: 1,
        bytes: b"bytes".to_vec(),
        is_whole: true,
    };
    assert_eq!((delivered, trouble), (vec![expected], None));
}

#[test]
fn what_is_no_file_is_trouble_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b"].map(name);
    for name in &names {
        fs::create_dir_all(folder.path().join(name.folder())).unwrap();
    }
    let pipe = folder.path().join(names[0].path());
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::write(folder.path().join(names[1].path()), "bytes").unwrap();
    let (delivered, trouble) = ask_all(folder.path(), &names);
    assert_eq!(delivered.len(), 1);
    let trouble = trouble.unwrap();
    assert_eq!(trouble.count, 1);
    assert!(
        trouble.to_string().ends_with("no regular file"),
        "{trouble}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_named_once() {
    let (delivered, trouble) = ask_all(Path::new("/none"), &["a", "b"].map(name));
    assert!(delivered.is_empty());
    let said = trouble.unwrap().to_string();
    assert!(
        said.starts_with("2 lists could not be fetched from file:///none: No such file"),
        "{said}"
    );
}

#[test]
fn a_deadline_that_is_past_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let source = SignatureSource::Folder(folder.path().to_str().unwrap().to_owned());
    let trouble = ask(&source, &[name("a")], (Instant::now(), &|| ()), &mut |_| {
        Ok(())
    });
    assert_eq!(trouble.unwrap().unwrap().cause, TroubleCause::Time);
}

#[test]
fn a_uri_has_the_escapes_of_the_name_escaped() {
    let uri = uri_of("https://host/x", &name("g++"));
    assert_eq!(uri, "https://host/x/g/g++/g++_1%253a1_all.imasigs.zst");
}

/// A server of files that is gone after the open: here fanotify(7) asks whether the file may be read, and nobody answers.
#[test]
fn a_file_that_cannot_be_read_to_its_end_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name("a").path());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "bytes").unwrap();
    let reads = Fanotify::init(InitFlags::FAN_CLASS_CONTENT, EventFFlags::O_RDONLY).unwrap();
    let mask = MaskFlags::FAN_ACCESS_PERM;
    reads
        .mark(MarkFlags::FAN_MARK_ADD, mask, AT_FDCWD, Some(&path))
        .unwrap();
    let (done, ended) = channel();
    let tree = folder.path().to_owned();
    thread::spawn(move || {
        let source = SignatureSource::Folder(tree.to_str().unwrap().to_owned());
        let deadline = Instant::now() + Duration::from_secs(1);
        let asked = ask(&source, &[name("a")], (deadline, &|| ()), &mut |_| Ok(()));
        done.send(asked.unwrap())
    });
    let answer = ended.recv_timeout(Duration::from_secs(30));
    // Now whoever reads may.
    drop(reads);
    let trouble = answer.expect("it waits for the file").unwrap();
    assert_eq!((trouble.count, trouble.cause), (1, TroubleCause::Time));
}

#[test]
fn of_many_lists_few_are_open_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..200).map(|number| name(&format!("x{number}"))).collect();
    for name in &names {
        let path = folder.path().join(name.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "bytes").unwrap();
    }
    let open = || {
        let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
        let paths = links.filter_map(|link| fs::read_link(link.path()).ok());
        let ours = paths.filter(|path| path.starts_with(folder.path()));
        ours.count()
    };
    let source = SignatureSource::Folder(folder.path().to_str().unwrap().to_owned());
    let deadline = Instant::now() + Duration::from_secs(60);
    let (mut delivered, mut most) = (0, 0);
    let trouble = ask(&source, &names, (deadline, &|| ()), &mut |_| {
        if delivered == 0 {
            // Whoever reads ahead has time to.
            thread::sleep(Duration::from_millis(300));
        }
        delivered += 1;
        most = most.max(open());
        Ok(())
    });
    assert_eq!((trouble.unwrap(), delivered), (None, names.len()));
    assert!(most <= 1, "{most}");
}
