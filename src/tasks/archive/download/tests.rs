//! With apt's own downloader, and a server that knows what is written down while it speaks.

use super::*;
use crate::format::ima::{Digest, HashAlgorithm};
use crate::format::packages_index::IndexedPackage;
use crate::format::tree::ListName;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// What the index describes: no package, which apt's downloader does not mind.
const CONTENT: &[u8] = &[b'g'; 1 << 20];

fn package(archive: &str) -> ArchivePackage {
    let name = ListName::new(&"x".into(), &"1".into(), &"all".into()).unwrap();
    let indexed = IndexedPackage {
        name,
        source: "x".into(),
        section: "".into(),
        path: "x.deb".to_owned(),
        size: CONTENT.len() as u64,
        digest: Digest::of(HashAlgorithm::Sha256, CONTENT),
    };
    ArchivePackage::at(archive, indexed)
}

/// The file of that name, which apt is writing somewhere beneath the folder, as apt's user may open it.
fn opened_by_apt(folder: &Path, name: &str) -> File {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing came");
        let found = std::process::Command::new("find")
            .arg(folder)
            .args(["-name", name, "-size", "+0"])
            .output()
            .unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        if let Some(path) = found.lines().next() {
            return File::options().write(true).open(path).unwrap();
        }
    }
}

/// Answers one request: half of the content, what `between` does, the other half.
fn serve<T>(mut stream: TcpStream, between: impl FnOnce() -> T) -> T {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    let length = CONTENT.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let (first, second) = CONTENT.split_at(length / 2);
    stream.write_all(first).unwrap();
    let done = between();
    stream.write_all(second).unwrap();
    done
}

#[test]
fn whoever_has_the_fetched_file_open_changes_nothing_of_what_is_handed_out() {
    let temporary = tempfile::tempdir().unwrap();
    let sources = temporary.path().join("archive.list");
    fs::write(&sources, "").unwrap();
    // apt's user gets in.
    let open = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(temporary.path(), open).unwrap();
    let folder = AptFolder::open(&temporary.path().join("apt"), &sources).unwrap();
    let downloads = Downloads::new(&folder, 1 << 30);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let package = package(&format!("http://{}/", listener.local_addr().unwrap()));
    let name = name_of(&package);
    let (mut writer, fetched) = thread::scope(|scope| {
        let server = scope.spawn(|| {
            let (stream, _) = listener.accept().unwrap();
            serve(stream, || opened_by_apt(temporary.path(), &name))
        });
        let batch = Batch {
            packages: vec![((), package)],
        };
        let fetched = downloads.fetch(&batch).unwrap().remove(0);
        (server.join().unwrap(), fetched)
    });
    let file = fetched.file.as_ref().unwrap();
    writer.write_all(b"evil").unwrap();
    assert!(fs::read(file).unwrap() == CONTENT);
    let ours = |path: &Path| fs::metadata(path).unwrap().uid() == nix::unistd::geteuid().as_raw();
    assert!(ours(file) && ours(file.parent().unwrap()));
    let copy = file.clone();
    drop(fetched);
    assert!(!copy.parent().unwrap().exists());
}
