//! Which packages of an archive are signed.

use std::fs;

use super::{lists, sign, small_archive};
use crate::support::{TestKey, scratch};

/// The names of the packages whose lists there are.
fn packages(tree: &std::path::Path) -> Vec<String> {
    let name = |path: &std::path::Path| path.components().nth(1).unwrap().as_os_str().to_owned();
    let names = lists(tree).into_iter().map(|(path, _)| name(&path));
    names.map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn by_name_by_section_and_by_what_a_machine_has() {
    let (archive, folder) = (small_archive(), scratch());
    let sources = archive.local_sources(folder.path());
    let key = TestKey::shared();
    let names = folder.path().join("names");
    fs::write(&names, "# wanted\nhello-xz\nlibhello:all\n").unwrap();
    let status = folder.path().join("status");
    let installed = |name: &str, version: &str| {
        format!(
            "Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: all\n\n"
        )
    };
    let text = installed("hello-gzip", "1.0") + &installed("hello-none", "0.9");
    fs::write(&status, text).unwrap();
    let (names, status) = (names.to_str().unwrap(), status.to_str().unwrap());
    for (options, expected) in [
        (&["--packages", names][..], &["hello-xz", "libhello"][..]),
        (&["--section", "libs"], &["libhello"]),
        (&["--packages", names, "--section", "admin"], &["hello-xz"]),
        (&["--installed-on", status], &["hello-gzip"]),
    ] {
        let tree = scratch();
        sign(key, tree.path(), &sources).args(options).ok();
        assert_eq!(packages(tree.path()), expected, "{options:?}");
        // What is not meant is not gone.
        let all = sign(key, tree.path(), &sources).ok();
        all.says("up to date");
        let run = sign(key, tree.path(), &sources).args(options);
        run.arg("--prune").ok().does_not_say("removed");
    }
    let tree = scratch();
    let run = sign(key, tree.path(), &sources).args(["--installed-on", status]);
    run.ok()
        .says("not in the archive in the same version: 1 installed package");
}

#[test]
fn a_package_that_is_named_and_not_there_is_trouble() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let sources = archive.local_sources(folder.path());
    let names = folder.path().join("names");
    let run = |text: &str| {
        fs::write(&names, text).unwrap();
        let run = sign(TestKey::shared(), tree.path(), &sources);
        run.arg("--packages").arg(&names).exits(2)
    };
    run("hello-xz\nnone\n")
        .says("has no package 'none'")
        .says("signed 1 package");
    run("../../etc\n").says("'../../etc' is no name of a package");
}

#[test]
fn wrong_words_are_explained() {
    let (archive, folder, tree) = (small_archive(), scratch(), scratch());
    let sources = archive.local_sources(folder.path());
    let run = || sign(TestKey::shared(), tree.path(), &sources);
    run()
        .args(["--shard", "3/2"])
        .exits(2)
        .says("not I/N with I from 1 to N");
    run()
        .args(["--shard", "1/2", "--prune"])
        .exits(2)
        .says("cannot be used with");
    run().args(["--disk", "0"]).exits(2).says("--disk");
    run()
        .arg(archive.path())
        .exits(2)
        .says("cannot be used with");
    let none = folder.path().join("none");
    let run = sign(TestKey::shared(), tree.path(), &none);
    run.exits(2).says("cannot open '").says("none'");
    fs::write(&none, "no source\n").unwrap();
    let run = sign(TestKey::shared(), tree.path(), &none);
    run.exits(2).says("the indexes: ").says("hint: ");
    fs::write(&none, "").unwrap();
    let run = sign(TestKey::shared(), tree.path(), &none);
    run.exits(2).says("apt finds no index of packages in '");
    assert!(lists(tree.path()).is_empty());
}
