//! Whatever a package or a root holds, no command prints a byte that a terminal would obey, or a line that is not its own.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::member;
use crate::support::{Outcome, Run, TestKey, scratch};

/// Control characters of ASCII and of Unicode (as UTF-8), and one that turns the direction of writing.
const EVIL: &str = "\x1b]0;x\x07\x08\r\x7f\u{9b}31m\u{202e}";
/// The same, with a line that is forged.
const LINES: &str = "\x1b]0;x\x07\nFORGED\n\u{9b}31m\u{202e}";
/// What every line of a message starts with.
const STARTS: [&str; 4] = ["dpkg-ima: ", "dpkg-ima-helper: ", "hint: ", "["];

#[track_caller]
fn assert_harmless(outcome: &Outcome) {
    let (stdout, stderr) = (outcome.bytes(), outcome.error_bytes());
    let harmful = |byte: &&u8| !matches!(byte, b'\n' | b' '..=b'~');
    let found = stdout.iter().chain(stderr).find(harmful);
    assert_eq!(found, None, "{outcome}");
    let forged = |line: &str| line.trim_start().starts_with("FORGED");
    assert!(!outcome.stdout().lines().any(forged), "{outcome}");
    for line in outcome.stderr().lines() {
        let known = STARTS.iter().any(|start| line.starts_with(start));
        assert!(known, "{line:?} in\n{outcome}");
    }
}

/// A tar entry of that name and type.
type Entry<'a> = (&'a str, u8, &'a [u8]);

fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.extend([0; 1024]);
    bytes
}

/// A .deb of uncompressed archives.
fn deb(version: &str, control: &[u8], data: &[u8], extra: &str) -> Vec<u8> {
    let members = [
        member("debian-binary", version.as_bytes()),
        member(extra, b"x"),
        member("control.tar", control),
        member("data.tar", data),
    ];
    [b"!<arch>\n".to_vec(), members.concat()].concat()
}

/// One .deb for each place where a package can have text of its own.
fn debs() -> Vec<Vec<u8>> {
    let fields = format!("Package: {EVIL}\nVersion: 1{EVIL}\nArchitecture: all{EVIL}\n");
    let control: Entry<'_> = ("./control", b'0', fields.as_bytes());
    let plain = archive(&[control]);
    let list = format!("#mtree v2.0\n./x type={EVIL}\n");
    let with = |entry: Entry<'_>| deb("2.0\n", &archive(&[control, entry]), &archive(&[]), "_x");
    let holding = |entries: &[Entry<'_>]| deb("2.0\n", &plain, &archive(entries), "_x");
    let mut broken = archive(&[(LINES, b'0', b"content")]);
    broken[124..136].copy_from_slice(b"\x1b[31m\n\xc2\x9b\xc2\x9b\x9b ");
    let mut unsummed = archive(&[(LINES, b'0', b"content")]);
    unsummed[150] ^= 1;
    vec![
        deb("2.0\n", &plain, &archive(&[]), "_x"),
        deb(&format!("{EVIL}\n"), &plain, &archive(&[]), "_x"),
        deb("2.0\n", &plain, &archive(&[]), "_\x1b[31m\n"),
        deb("2.0\n", &plain, &archive(&[]), "\x1b]0;x\x07"),
        with(("./imasigs", b'0', list.as_bytes())),
        with((LINES, b'0', b"content")),
        with((&format!("./{EVIL}/x"), b'0', b"content")),
        with((&format!("./{LINES}"), b'2', b"")),
        with((&format!("./{LINES}"), b'x', b"content")),
        holding(&[(LINES, b'0', b"#!x"), (LINES, b'0', b"#!x")]),
        holding(&[(&format!("../{LINES}"), b'0', b"#!x")]),
        holding(&[(LINES, b'1', b"")]),
        holding(&[(LINES, b'Z', b"content")]),
        holding(&[("x", b'x', format!("99 {LINES}=x").as_bytes())]),
        holding(&[("x", b'L', LINES.as_bytes()), ("x", b'0', b"#!x")]),
        deb("2.0\n", &plain, &broken, "_x"),
        deb("2.0\n", &plain, &unsummed, "_x"),
        deb("2.0\n", &broken, &archive(&[]), "_x"),
        deb("2.0\n", &unsummed, &archive(&[]), "_x"),
    ]
}

#[test]
fn of_packages() {
    let folder = scratch();
    let key = TestKey::shared();
    let debs = debs();
    assert_eq!(debs.len(), 19);
    for (number, bytes) in debs.into_iter().enumerate() {
        let place = folder.path().join(format!("{number}{LINES}"));
        fs::create_dir(&place).unwrap();
        let path = place.join(format!("{LINES}.deb"));
        fs::write(&path, bytes).unwrap();
        let dpkg_ima = |word: &str| Run::dpkg_ima().arg(word).env("RUST_LOG", "trace");
        for run in [
            dpkg_ima("show").arg(&path),
            dpkg_ima("show").arg("--json").arg(&path),
            dpkg_ima("verify").arg(&path),
            dpkg_ima("verify").arg("--json").arg(&path),
            key.sign()
                .args(["--files", "all", "-o"])
                .arg(&place)
                .arg(&path),
            key.sign().arg("--in-place").arg(&place),
        ] {
            assert_harmless(&run.outcome());
        }
        let path = folder.path().join(format!("{number}{EVIL}.deb"));
        fs::rename(place.join(format!("{LINES}.deb")), &path).unwrap();
        let list = [path.as_os_str().as_encoded_bytes(), b"\n"].concat();
        let load = Run::helper().arg("load").env("RUST_LOG", "trace");
        assert_harmless(&load.input(list).outcome());
    }
}

/// A root in which everything that can have text of its own has.
fn root(folder: &Path) -> PathBuf {
    let root = folder.join("root");
    let lib = root.join("var/lib/dpkg");
    for path in ["var/lib/dpkg/info", "etc/keys/ima", "etc/dpkg/dpkg.cfg.d"] {
        fs::create_dir_all(root.join(path)).unwrap();
    }
    let write = |path: &str, text: &str| fs::write(root.join(path), text).unwrap();
    let program = |path: &str| {
        write(path, "#!/bin/sh\n");
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("etc/dpkg-ima.toml", &format!("'{EVIL}' = '{EVIL}'\n"));
    write(&format!("etc/keys/ima/{LINES}.pem"), LINES);
    write(&format!("etc/dpkg/dpkg.cfg.d/{LINES}"), LINES);
    fs::write(
        lib.join("status"),
        format!(
            "Package: evil\nStatus: install ok installed\nArchitecture: all\nVersion: {EVIL}\n"
        ),
    )
    .unwrap();
    fs::write(
        lib.join("diversions"),
        format!("/{EVIL}\n/x{EVIL}\n{EVIL}\n"),
    )
    .unwrap();
    write("var/lib/dpkg/info/evil.list", &format!("/{EVIL}\n"));
    write(
        "var/lib/dpkg/info/evil.imasigs",
        &format!("#mtree v2.0\n./x {EVIL}\n"),
    );
    let octal: String = LINES.bytes().map(|byte| format!("\\{byte:03o}")).collect();
    let entry = "type=file size=1 sha256=0000000000000000000000000000000000000000000000000000000000000000 \
                 security.ima=AwIEWfC2cAABAA==";
    write(
        "var/lib/dpkg/info/worse.imasigs",
        &format!("#mtree v2.0\n./{octal} {entry}\n./{octal}x {entry}\n"),
    );
    write("var/lib/dpkg/info/worse.list", "/.\n");
    write(&format!("var/lib/dpkg/info/{LINES}.imasigs"), LINES);
    program(LINES);
    let label = [&b"\x03\x02\x04"[..], &[0x1b; 9]].concat();
    xattr::set(root.join(LINES), "security.ima", &label).unwrap();
    program(&format!("{LINES}2"));
    root
}

#[test]
fn of_roots() {
    let folder = scratch();
    let root = root(folder.path());
    let debs = folder.path().join(format!("debs{LINES}"));
    fs::create_dir(&debs).unwrap();
    for (number, bytes) in self::debs().into_iter().enumerate() {
        fs::write(debs.join(format!("{number}{LINES}.deb")), bytes).unwrap();
    }
    let policy = folder.path().join(LINES);
    fs::write(&policy, format!("appraise {EVIL}={EVIL}\n")).unwrap();
    let good = folder.path().join("good");
    fs::write(&good, "appraise func=BPRM_CHECK appraise_type=imasig\n").unwrap();
    let of_root = |words: &[&str]| {
        let run = Run::dpkg_ima().args(words).env("RUST_LOG", "trace");
        run.arg("--root").arg(&root)
    };
    let file = format!("/{LINES}");
    for run in [
        of_root(&["verify"]),
        of_root(&["verify", "--json"]),
        of_root(&["verify", "evil"]),
        of_root(&["verify", "worse"]),
        of_root(&["verify", LINES]),
        of_root(&["verify", &file]),
        of_root(&["show", "evil"]),
        of_root(&["show", "worse"]),
        of_root(&["show", "--json", "worse"]),
        of_root(&["show", &file]),
        of_root(&["relabel", "--dry-run"]),
        of_root(&["relabel", "--dry-run", "--json"]),
        of_root(&["relabel", "--dry-run", LINES]),
        of_root(&["relabel", "--dry-run", "--from"]).arg(&debs),
        of_root(&["relabel"]),
        of_root(&["policy", "check"]).arg(&policy),
        of_root(&["policy", "check"]).arg(&good),
        of_root(&["policy", "check", "--json"]).arg(&good),
        of_root(&["keys", "list"]),
        of_root(&[LINES]),
        of_root(&["verify", "--cert", LINES]),
    ] {
        assert_harmless(&run.outcome());
    }
    let helper = |word: &str, more: &[&OsStr]| {
        let run = Run::helper().arg(word).env("RUST_LOG", "trace");
        run.arg("--root").arg(&root).args(more)
    };
    for run in [
        helper("sweep", &[]),
        helper("relabel", &["--dry-run".as_ref()]),
        helper("relabel", &["--from".as_ref(), debs.as_ref()]),
        helper(LINES, &[]),
        helper("relabel", &[LINES.as_ref()]),
    ] {
        assert_harmless(&run.outcome());
    }
}
