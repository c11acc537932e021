//! Where the output goes, and under which names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Bench, assert_one_line, good, names};
use crate::support::{DebBuilder, Run, TestKey, scratch};

#[test]
fn places_where_the_output_cannot_go() {
    let whole = good();
    let bench = Bench::new(&whole);
    let key = TestKey::shared();
    let to = |folder: &Path| key.sign().arg("-o").arg(folder).arg(&bench.deb).exits(2);
    let missing = bench.folder.path().join("missing");
    bench.refused(&to(&missing), "does not exist");
    assert!(!missing.exists());
    let inputs = bench.deb.parent().unwrap();
    let outcome = to(inputs);
    bench.refused(&outcome, "the output would replace the input");
    assert!(
        outcome.stderr().contains("hint: use --in-place"),
        "{outcome}"
    );
    bench.refused(&to(&bench.deb), "does not exist");
    assert_eq!(fs::read(&bench.deb).unwrap(), whole);
}

#[test]
fn no_room_for_the_output() {
    let folder = scratch();
    let noise: Vec<u8> = (0..400_000u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let deb = DebBuilder::new("large", "1")
        .file("/usr/lib/x", noise, 0o644)
        .build(folder.path());
    let whole = fs::read(&deb).unwrap();
    assert!(whole.len() > 200_000, "{}", whole.len());
    let key = TestKey::shared();
    // A filesystem in a mount namespace of its own, gone with the shell.
    let script = r#"mkdir small; mount -t tmpfs -o size=100k none small
        "$0" sign --key "$1" --cert "$2" -o small large_1.deb || code=$?
        ls -A small; exit $code"#;
    let run = Run::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .within(folder.path());
    let run = run
        .arg(env!("CARGO_BIN_EXE_dpkg-ima"))
        .arg(&key.key)
        .arg(&key.certificate);
    assert_one_line(&run.exits(2), "No space left on device");
    assert_eq!(fs::read(&deb).unwrap(), whole);
}

#[test]
fn one_bad_package_does_not_keep_the_others_from_being_signed() {
    let bench = Bench::new(b"no package");
    let pool = bench.folder.path().join("in/pool/h");
    fs::create_dir_all(&pool).unwrap();
    DebBuilder::new("fine", "1").build(&pool);
    DebBuilder::new("more", "1").build(&pool);
    fs::write(pool.join("readme.txt"), "no package, and not taken for one").unwrap();
    let inputs = bench.deb.parent().unwrap();
    let outcome = TestKey::shared()
        .sign()
        .arg("-o")
        .arg(&bench.out)
        .arg(inputs)
        .exits(2);
    assert!(
        outcome.stdout().starts_with("signed 2 packages"),
        "{outcome}"
    );
    assert_eq!(outcome.stderr().lines().count(), 1, "{outcome}");
    assert_eq!(
        names(&bench.out.join("pool/h")),
        ["fine_1.deb", "more_1.deb"]
    );
    let twice = TestKey::shared().sign().arg("-o").arg(&bench.out);
    let deb = pool.join("fine_1.deb");
    twice
        .arg(&deb)
        .arg(&deb)
        .exits(2)
        .says("another package would be written to");
}

#[test]
fn the_mode_is_kept_and_a_symlink_stays_one() {
    let bench = Bench::new(&good());
    fs::set_permissions(&bench.deb, fs::Permissions::from_mode(0o640)).unwrap();
    let link = bench.folder.path().join("link.deb");
    std::os::unix::fs::symlink(&bench.deb, &link).unwrap();
    TestKey::shared().sign().arg("--in-place").arg(&link).ok();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(&bench.deb).unwrap().permissions().mode() & 0o7777,
        0o640
    );
    TestKey::shared()
        .verify()
        .arg(&bench.deb)
        .ok()
        .says("1 good");
}

#[test]
fn a_hostile_name_cannot_reach_the_terminal() {
    let bench = Bench::new(b"no package");
    let evil = bench.deb.with_file_name("\x1b[31mred\u{202e}.deb");
    fs::rename(&bench.deb, &evil).unwrap();
    let outcome = TestKey::shared()
        .sign()
        .arg("--in-place")
        .arg(&evil)
        .exits(2);
    assert!(
        outcome
            .stderr()
            .trim_end()
            .bytes()
            .all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()),
        "{outcome}"
    );
    assert_one_line(&outcome, r"\033[31mred\342\200\256.deb");
}
