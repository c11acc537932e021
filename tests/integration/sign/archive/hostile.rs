//! Archives that lie, that fail, and that nobody vouches for.

use std::fs;
use std::path::Path;

use super::{Server, left_of_packages, lists, package, sign, small_archive};
use crate::support::{SignedArchive, TestKey, scratch};

#[test]
fn without_a_good_signature_nothing_is_signed_or_removed() {
    let (archive, folder, full) = (small_archive(), scratch(), scratch());
    let key = TestKey::shared();
    let sources = archive.local_sources(folder.path());
    sign(key, full.path(), &sources).ok();
    let in_release = archive.path().join("dists/stable/InRelease");
    let good = fs::read(&in_release).unwrap();
    let nothing_is_signed = || {
        let tree = scratch();
        let run = sign(key, tree.path(), &sources).exits(2);
        run.says("the indexes: ").says("hint: nothing is signed");
        assert!(lists(tree.path()).is_empty());
    };
    let refused = || {
        nothing_is_signed();
        // Where there are indexes of an earlier run they do not count either.
        let before = lists(full.path());
        let run = sign(key, full.path(), &sources).arg("--prune").exits(2);
        run.does_not_say("signed 1");
        assert_eq!(lists(full.path()), before);
    };
    // By another key.
    archive.add(package("new", 1));
    archive.publish();
    archive.sign(1);
    refused();
    // By none.
    fs::remove_file(&in_release).unwrap();
    refused();
    // An index that is not the one that was signed. Where the one that was is known, it still counts.
    fs::write(&in_release, good).unwrap();
    nothing_is_signed();
    let run = sign(key, full.path(), &sources).ok();
    run.says("5 packages up to date").does_not_say("signed");
    // The control.
    archive.publish();
    let tree = scratch();
    sign(key, tree.path(), &sources)
        .ok()
        .says("signed 6 packages");
    // A source that names no key is verified by none of this machine's.
    let text = fs::read_to_string(&sources).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("Signed-By"));
    let without: Vec<_> = lines.collect();
    fs::write(&sources, without.join("\n") + "\n").unwrap();
    refused();
}

#[test]
fn a_package_that_fails_is_named_and_the_rest_goes_on() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let key = TestKey::shared();
    let pool = archive.path().join("pool");
    let altered = pool.join("hello-gzip_1.0.deb");
    let mut content = fs::read(&altered).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&altered, content).unwrap();
    fs::remove_file(pool.join("hello-none_1.0.deb")).unwrap();
    let longer = pool.join("hello-xz_1.0.deb");
    let mut content = fs::read(&longer).unwrap();
    let original = content.clone();
    // Far more than the limit of the files of its batch.
    content.resize(64 << 20, 0);
    fs::write(&longer, content).unwrap();
    let server = Server::of(archive.path());
    let sources = archive.sources(&server.uri(), folder.path());
    let run = sign(key, tree.path(), &sources).arg("--prune").exits(2);
    run.says("hello-gzip_1.0.deb': Hash Sum mismatch")
        .says("hello-none_1.0.deb': 404")
        .says("cannot sign 'http://127.0.0.1:")
        .says("hello-xz_1.0.deb': ")
        .says("signed 2 packages")
        .says("no list was removed");
    assert_eq!(lists(tree.path()).len(), 2);
    assert!(left_of_packages(tree.path()).is_empty());
    // What has recovered is signed by the next run.
    fs::write(&longer, original).unwrap();
    let run = sign(key, tree.path(), &sources).exits(2);
    run.says("signed 1 package:").says("2 packages up to date");
    // From a folder of this machine it is no different.
    let (sources, tree) = (archive.local_sources(folder.path()), scratch());
    let run = sign(key, tree.path(), &sources).exits(2);
    run.says("hello-gzip_1.0.deb': Hash Sum mismatch")
        .says("hello-none_1.0.deb': ")
        .says("signed 3 packages");
}

/// Replaces a line of the first paragraph about that package.
fn forge(archive: &SignedArchive, package: &str, field: &str, value: &str) {
    let text = fs::read_to_string(archive.index()).unwrap();
    let start = text.find(&format!("Package: {package}\n")).unwrap();
    let (before, rest) = text.split_at(start);
    let line = rest
        .lines()
        .find(|line| line.starts_with(&format!("{field}:")))
        .unwrap();
    let rest = rest.replacen(line, &format!("{field}: {value}"), 1);
    fs::write(archive.index(), before.to_owned() + &rest).unwrap();
}

/// What is in a folder, but for one name in it.
fn beside(folder: &Path, name: &str) -> Vec<std::ffi::OsString> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    names.filter(|other| other != name).collect()
}

#[test]
fn an_index_that_lies_leads_nowhere() {
    let (archive, folder) = (SignedArchive::new(), scratch());
    let key = TestKey::shared();
    let names = [
        "dots", "escape", "huge", "path", "version", "swapped", "good", "other",
    ];
    for name in names {
        archive.add(package(name, 1));
    }
    archive.publish();
    forge(&archive, "dots", "Package", "../../../dots");
    forge(&archive, "escape", "Package", "x\x1b]0;owned\x07");
    forge(&archive, "huge", "Size", "18446744073709551615");
    forge(
        &archive,
        "path",
        "Filename",
        "pool/../../../../../../etc/passwd",
    );
    forge(&archive, "version", "Version", "1/../../../../version");
    // Another package's place is claimed.
    forge(&archive, "swapped", "Package", "bash");
    // The same name twice, with other content.
    forge(&archive, "other", "Package", "good");
    archive.sign(0);
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    let sources = archive.local_sources(folder.path());
    let run = sign(key, &tree, &sources).exits(2);
    let run = run
        .says("package '../../../dots': the field 'Package' is '../../../dots'")
        .says(r"x\033]0;owned\007")
        .says("it has 18446744073709551615 bytes, and packages may take 1073741824")
        .says("package 'path': its field 'Filename' is missing or malformed")
        .says("package 'version': the field 'Version'")
        .says("it is not the package that the index of its archive describes")
        .says("the archive has another package of the same name")
        .says("signed 1 package:");
    assert!(!run.stderr().contains('\x1b') && !run.stdout().contains('\x1b'));
    let lists = lists(&tree);
    assert_eq!(lists.len(), 1);
    assert_eq!(lists[0].0, Path::new("g/good/good_1.0_all.imasigs.zst"));
    assert_eq!(beside(folder.path(), "tree"), ["archive.sources"]);
}
