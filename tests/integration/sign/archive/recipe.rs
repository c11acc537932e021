//! What dpkg-ima-repository(7) says of several workers.

use std::fs;
use std::path::Path;

use super::{lists, sign, small_archive};
use crate::examples::{examples_of, source};
use crate::support::{Run, TestKey, scratch};

#[test]
fn gnu_parallel_over_two_workers() {
    let (archive, folder, whole) = (small_archive(), scratch(), scratch());
    let key = TestKey::shared();
    let sources = archive.local_sources(folder.path());
    sign(key, whole.path(), &sources).ok();
    fs::copy(&key.key, folder.path().join("key.pem")).unwrap();
    fs::copy(&key.certificate, folder.path().join("cert.pem")).unwrap();
    fs::rename(&sources, folder.path().join("debian.sources")).unwrap();
    fs::create_dir(folder.path().join("lists")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_dpkg-ima")).parent().unwrap();
    let path = format!(
        "{}:{}",
        program.to_str().unwrap(),
        std::env::var("PATH").unwrap()
    );
    let page = source("debian/dpkg-ima-repository.7");
    let script = examples_of(&page, "SEVERAL WORKERS")[..2].join("\n");
    assert!(script.contains("--shard {}/2") && script.contains("--prune"));
    let shell = Run::new("bash").args(["-e", "-o", "pipefail", "-c", &script]);
    let shell = shell.within(folder.path()).env("PATH", path);
    shell.ok().says("5 packages up to date");
    let tree = folder.path().join("lists");
    assert_eq!(lists(&tree), lists(whole.path()));
    let journals = fs::read_dir(tree.join(".dpkg-ima")).unwrap();
    let journals = journals.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let journals = journals.filter(|name| name.starts_with("signed."));
    assert_eq!(journals.count(), 2);
}
