//! What `dpkg-ima sign` says at the end, and the bar that it shows until then.

use std::fs;
use std::path::Path;

use super::detached::{lists, pool, sign as sign_detached};
use super::status::numbers;
use crate::support::{DebBuilder, Run, TestKey, scratch};

/// All bytes of the files of a folder but the private ones.
fn bytes(folder: &Path) -> u64 {
    let files = lists(folder).into_iter();
    files.map(|(_, content)| content.len() as u64).sum()
}

#[test]
fn what_lists_cost_is_told() {
    let (pool, tree, out) = (pool(), scratch(), scratch());
    let (pool, tree, out) = (pool.path(), tree.path(), out.path());
    let key = TestKey::shared();
    let packages = bytes(pool);
    let run = sign_detached(key, tree, pool).arg("--json").ok();
    let told = numbers(&run);
    for (name, number) in [
        ("signed", 2),
        ("files", 3),
        ("signatures_made", 2),
        ("signatures_kept", 0),
        ("bytes_read", packages),
        ("package_bytes", packages),
        ("list_bytes", bytes(tree)),
        ("failed", 0),
    ] {
        assert_eq!(told[name], number, "{name}: {run}");
    }
    let percent = told["growth_percent"].as_f64().unwrap();
    let expected = bytes(tree) as f64 * 100.0 / packages as f64;
    assert!((percent - expected).abs() < 1e-9, "{run}");
    assert!(told["seconds"].as_f64().unwrap() > 0.0, "{run}");
    // Nothing was signed: there is nothing to compare.
    let run = sign_detached(key, tree, pool).arg("--json").ok();
    let told = numbers(&run);
    assert_eq!(told["signed"], 0);
    assert_eq!(told["up_to_date"], 2);
    assert!(told["growth_percent"].is_null(), "{run}");
    // A package grows by its list; one that had another grows by nobody knows what.
    let embedded = |options: &[&str], target: &Path| {
        let run = key.sign().args(options).arg("--json").arg(target).ok();
        numbers(&run)
    };
    let told = embedded(&["-o", out.to_str().unwrap()], pool);
    assert_eq!(told["list_bytes"], bytes(out) - packages);
    assert_eq!(told["package_bytes"], packages);
    let told = embedded(&["--in-place", "--hash", "sha512"], out);
    assert_eq!(told["signed"], 2);
    assert_eq!(told["package_bytes"], 0);
    let text = sign_detached(key, tree, pool).args(["--files", "all"]).ok();
    text.says("read ")
        .says("; lists: ")
        .says(" % of the packages\n");
}

#[test]
fn the_object_tells_of_failures_and_of_what_was_removed() {
    let (pool, tree) = (pool(), scratch());
    let (pool, tree) = (pool.path(), tree.path());
    let run = || sign_detached(TestKey::shared(), tree, pool).args(["--json", "--prune"]);
    run().ok();
    fs::write(pool.join("bad.deb"), "no package").unwrap();
    let bad = run().exits(2).says("bad.deb': ");
    let told = numbers(&bad);
    assert_eq!(told["failed"], 1);
    assert_eq!(told["up_to_date"], 2);
    fs::remove_file(pool.join("bad.deb")).unwrap();
    fs::remove_file(pool.join("libx_2.deb")).unwrap();
    assert_eq!(numbers(&run().ok())["removed"], 1);
    let run = TestKey::shared()
        .sign()
        .args(["--local", "--json", "/bin/sh"]);
    run.exits(2).says("cannot be used with");
}

#[test]
fn a_bar_is_on_a_terminal_and_nothing_in_a_pipe() {
    const PACKAGES: usize = 8;
    let (pool, keys, trees) = (scratch(), scratch(), [scratch(), scratch()]);
    for number in 0..PACKAGES {
        let name = format!("x{number}");
        let deb = (0..250).fold(DebBuilder::new(&name, "1"), |deb, file| {
            let script = format!("#!/bin/sh\necho {number} {file}\n");
            deb.file(&format!("/usr/bin/{name}-{file}"), script, 0o755)
        });
        deb.build(pool.path());
    }
    // Slow enough to take more than a second.
    let key = TestKey::new("rsa4096", keys.path());
    let plain = sign_detached(&key, trees[0].path(), pool.path()).ok();
    assert_eq!(plain.stderr(), "");
    plain.says("signed 8 packages: 2000 files");
    let shown = |path: &Path| path.to_str().expect("it is ASCII").to_owned();
    let command = [
        env!("CARGO_BIN_EXE_dpkg-ima"),
        "sign --key",
        &shown(&key.key),
        "--cert",
        &shown(&key.certificate),
        "--detached -o",
        &shown(trees[1].path()),
        &shown(pool.path()),
    ];
    let command = command.join(" ");
    let run = Run::new("script").args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    let seen = run.env("TERM", "xterm").ok();
    seen.says("/8 packages ")
        .says("B/s ")
        .says("signed 8 packages: 2000 files");
    assert_eq!(lists(trees[0].path()), lists(trees[1].path()));
}
