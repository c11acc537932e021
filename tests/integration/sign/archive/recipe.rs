//! What the README says of several workers.

use std::fs;
use std::path::Path;

use super::{lists, sign, small_archive};
use crate::support::{Run, TestKey, scratch};

/// The first code block of the README with that word in it.
fn block(word: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(readme).unwrap();
    let blocks = text.split("```").skip(1).step_by(2);
    let block = blocks.map(|block| block.split_once('\n').unwrap().1);
    let mut block = block.filter(|block| block.contains(word));
    block.next().expect("the README has it").to_owned()
}

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
    let script = block("parallel");
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
