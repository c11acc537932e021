//! `dpkg-ima sign --archive`: packages that are not here, from real archives made by apt-ftparchive and gpg.

mod choice;
mod hostile;
mod interrupted;
mod recipe;
mod room;
mod server;
mod status;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use super::detached::lists;
use crate::support::{DebBuilder, Run, SignatureList, SignedArchive, TestKey, scratch};
use data_encoding::HEXLOWER;
use server::Server;

/// `dpkg-ima sign --archive`; options may be added.
pub fn sign(key: &TestKey, tree: &Path, sources: &Path) -> Run {
    let run = key.sign().args(["--detached", "-o"]).arg(tree);
    run.arg("--archive").arg(sources)
}

/// A package with as many scripts, no two of which are the same.
pub fn package(name: &str, scripts: usize) -> DebBuilder {
    (0..scripts).fold(DebBuilder::new(name, "1.0"), |deb, file| {
        let script = format!("#!/bin/sh\necho {name} {file}\n");
        deb.file(&format!("/usr/bin/{name}-{file}"), script, 0o755)
    })
}

/// Packages in every compression that dpkg-deb has, two of which are built from one source.
fn small_archive() -> SignedArchive {
    let archive = SignedArchive::new();
    for compression in ["gzip", "xz", "zstd", "none"] {
        let option = format!("-Z{compression}");
        let deb = package(&format!("hello-{compression}"), 2).dpkg_deb(&[&option]);
        archive.add(deb.field("Section: admin"));
    }
    let library = package("libhello", 1).field("Source: hello-xz (1:1.0)");
    archive.add(library.field("Section: contrib/libs"));
    archive.publish();
    archive
}

/// The files of a tree, private ones too, with size and time of change.
fn state(tree: &Path) -> Vec<String> {
    let find = Run::new("find").arg(tree);
    let find = find.args(["-not", "-path", "*/.dpkg-ima/apt*", "-type", "f"]);
    let found = find.args(["-printf", "%p %s %C@\n"]).ok().stdout();
    let mut lines: Vec<_> = found.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Environments of processes that apt runs for that tree.
fn environments_of_apt(tree: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap();
    let environments =
        processes.filter_map(|process| fs::read(process.unwrap().path().join("environ")).ok());
    let environments = environments.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let ours = format!("APT_CONFIG={}", tree.to_str().unwrap());
    environments.filter(|all| all.contains(&ours)).collect()
}

#[test]
fn what_opens_the_key_is_not_handed_to_apt() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", server.local_addr().unwrap());
    let sources = archive.sources(&uri, folder.path());
    let run = sign(TestKey::shared(), tree.path(), &sources);
    let run = run
        .env("DPKG_IMA_PIN", "1234")
        .env("DPKG_IMA_PASSPHRASE", "open sesame");
    let run = thread::spawn(|| run.exits(2));
    let asked = server.accept().unwrap();
    let environments = environments_of_apt(tree.path());
    drop((asked, server));
    run.join().unwrap();
    // apt-get, and the method by which it asks.
    assert!(environments.len() >= 2, "{environments:?}");
    for environment in environments {
        assert!(!environment.contains("DPKG_IMA_P"), "{environment}");
    }
}

/// The packages that are on the disk.
fn left_of_packages(tree: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(tree.join(".dpkg-ima")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path().join("debs"));
    let debs = folders
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten();
    debs.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn its_lists_are_those_of_the_pool() {
    let (archive, folder) = (small_archive(), scratch());
    let key = TestKey::shared();
    let pool = scratch();
    let run = key.sign().args(["--detached", "-o"]).arg(pool.path());
    run.arg(archive.path().join("pool")).ok();
    let server = Server::of(archive.path());
    for sources in [
        archive.local_sources(folder.path()),
        archive.sources_line(folder.path()),
        archive.sources(&server.uri(), folder.path()),
    ] {
        let tree = scratch();
        let run = sign(key, tree.path(), &sources).ok();
        run.says("signed 5 packages: 9 files, 9 signatures made");
        assert_eq!(lists(tree.path()), lists(pool.path()));
        assert_eq!(left_of_packages(tree.path()), [""; 0].map(PathBuf::from));
        assert!(archive.path().join("pool/hello-xz_1.0.deb").exists());
    }
}

#[test]
fn what_is_up_to_date_is_neither_fetched_nor_read_nor_written() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let key = TestKey::shared();
    let server = Server::of(archive.path());
    let sources = archive.sources(&server.uri(), folder.path());
    sign(key, tree.path(), &sources).ok();
    let fetched = server.take_requests();
    assert_eq!(
        fetched.iter().filter(|line| line.contains(".deb ")).count(),
        5
    );
    let before = state(tree.path());
    let again = sign(key, tree.path(), &sources).arg("--prune").ok();
    again.says("5 packages up to date");
    let fetched = server.take_requests();
    assert_eq!(fetched.len(), 1, "{fetched:?}");
    assert!(fetched[0].contains("InRelease") && fetched[0].contains(" 304 "));
    // The journal of a tree that is pruned is written again.
    let same = |line: &String| !line.contains("/.dpkg-ima/signed ");
    let lists = |state: Vec<String>| state.into_iter().filter(same).collect::<Vec<_>>();
    assert_eq!(lists(state(tree.path())), lists(before));
    // One that is new is fetched, and no other; one that is gone loses its list.
    let old = archive.path().join("pool/hello-none_1.0.deb");
    fs::remove_file(old).unwrap();
    archive.add(package("new", 1));
    archive.publish();
    let run = sign(key, tree.path(), &sources).arg("--prune").ok();
    run.says("signed 1 package:")
        .says("4 packages up to date")
        .says("removed 1 list");
    let fetched = server.take_requests();
    let debs: Vec<_> = fetched
        .iter()
        .filter(|line| line.contains(".deb "))
        .collect();
    assert!(
        debs.len() == 1 && debs[0].contains("/new_1.0.deb"),
        "{debs:?}"
    );
}

#[test]
fn evmctl_verifies_a_sample() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let key = TestKey::shared();
    sign(key, tree.path(), &archive.local_sources(folder.path())).ok();
    let list = tree.path().join("h/hello-xz/hello-xz_1.0_all.imasigs.zst");
    let text = Run::new("zstd").arg("-dcq").arg(list).ok();
    let plain = folder.path().join("imasigs");
    fs::write(&plain, text.bytes()).unwrap();
    let root = folder.path().join("root");
    let deb = archive.path().join("pool/hello-xz_1.0.deb");
    Run::new("dpkg-deb").arg("-x").arg(deb).arg(&root).ok();
    let list = SignatureList::read(&plain);
    let verified = list.entries().map(|(path, value)| {
        let file = root.join(&path[1..]);
        let value = HEXLOWER.decode(value.as_bytes()).unwrap();
        fs::write(format!("{}.sig", file.to_str().unwrap()), value).unwrap();
        let run = Run::new("evmctl").args(["ima_verify", "--sigfile", "--key"]);
        run.arg(&key.der).arg(file).ok();
    });
    assert_eq!(verified.count(), 2);
}
