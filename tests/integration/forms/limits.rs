//! What a package asks for is bounded: memory and time are measured, and what is over a limit is refused with one line.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::make;
use crate::support::{Run, TestKey, scratch};

/// What becomes of a package.
enum End {
    Signed,
    /// With that in its line.
    Refused(&'static str),
}
use End::{Refused, Signed};

/// Form, memory at most, and what becomes of it. Memory in MiB, of the whole process; what it takes for any package
/// is 15. How it is bounded: 32 MiB of control members (a growing buffer takes twice that), 1,000,000 names of
/// 24 bytes, 250,000 files to sign, a dictionary of 256 MiB.
const LIMITS: [(&str, u64, End); 20] = [
    (
        "control-250000-members",
        40,
        Refused("more than 4096 entries"),
    ),
    (
        "control-member-of-256-mib",
        32,
        Refused("besides the signature list"),
    ),
    (
        "control-list-of-120-mib-of-zeros",
        32,
        Refused("its signature list: line 1"),
    ),
    (
        "control-list-of-256-mib",
        32,
        Refused("control.tar is larger"),
    ),
    (
        "control-256-mib-behind-its-end",
        32,
        Refused("control.tar is larger"),
    ),
    (
        "control-long-name-of-256-mib",
        32,
        Refused("besides the signature list"),
    ),
    (
        "control-pax-of-256-mib",
        32,
        Refused("besides the signature list"),
    ),
    (
        "control-long-names-without-end",
        96,
        Refused("besides the signature list"),
    ),
    (
        "control-claims-8-eib",
        32,
        Refused("besides the signature list"),
    ),
    ("data-long-name-of-256-mib", 32, Refused("without a name")),
    (
        "data-long-name-of-256-mib-of-text",
        32,
        Refused("a name of more than 4096 bytes"),
    ),
    (
        "data-long-link-of-256-mib",
        32,
        Refused("a symlink to nothing"),
    ),
    ("data-long-names-without-end", 32, Signed),
    ("data-pax-of-256-mib", 32, Refused("a PAX header")),
    ("data-file-of-256-mib", 32, Signed),
    ("data-800000-entries", 96, Signed),
    (
        "data-1000001-entries",
        128,
        Refused("more than 1000000 entries"),
    ),
    (
        "data-300000-programs",
        96,
        Refused("more than 250000 files"),
    ),
    ("xz-dictionary-of-256-mib", 300, Signed),
    (
        "lzma-dictionary-of-4-gib",
        32,
        Refused("more than 257 MiB of memory"),
    ),
];

/// Seconds that any of them may take, also unoptimised and on a busy machine.
const PATIENCE: &str = "300";

#[test]
fn memory_is_bounded_whatever_a_package_says() {
    let folder = scratch();
    make("limits", folder.path());
    let plain = folder.path().join("plain.deb");
    assert!(peak(&plain, &Signed) < 32, "the measure itself");
    fs::remove_file(plain).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), LIMITS.len());
    LIMITS.par_iter().for_each(|(form, most, end)| {
        let peak = peak(&folder.path().join(format!("{form}.deb")), end);
        assert!(peak <= *most, "{form} takes {peak} MiB");
    });
}

/// Signs it, and returns how many MiB that took.
fn peak(deb: &Path, end: &End) -> u64 {
    let out = scratch();
    let measured = out.path().join("peak");
    let key = TestKey::shared();
    let run = Run::new("timeout").args([PATIENCE, "time", "-q", "-f", "%M", "-o"]);
    let run = run.arg(&measured).arg(env!("CARGO_BIN_EXE_dpkg-ima"));
    let run = run.arg("sign").arg("--key").arg(&key.key).arg("--cert");
    let run = run.arg(&key.certificate).arg("-o").arg(out.path()).arg(deb);
    match end {
        Signed => run.ok(),
        Refused(line) => run.exits(2).says(line),
    };
    let kilobytes = fs::read_to_string(measured).unwrap();
    kilobytes.trim().parse::<u64>().unwrap() / 1024
}
