//! What `dpkg-ima sign` refuses, and how: exit 2, one clear line and perhaps a hint, nothing left behind, the input untouched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Outcome, Run, TestKey, scratch};

/// A folder with a package, and one for the output.
struct Bench {
    folder: tempfile::TempDir,
    deb: PathBuf,
    content: Vec<u8>,
    out: PathBuf,
}

impl Bench {
    fn new(content: &[u8]) -> Self {
        let folder = scratch();
        let inputs = folder.path().join("in");
        let out = folder.path().join("out");
        fs::create_dir(&inputs).unwrap();
        fs::create_dir(&out).unwrap();
        let deb = inputs.join("bad.deb");
        fs::write(&deb, content).unwrap();
        let content = content.to_vec();
        Self {
            folder,
            deb,
            content,
            out,
        }
    }

    /// Signing must fail with that message, both ways of output.
    #[track_caller]
    fn refuses(&self, message: &str) {
        let key = TestKey::shared();
        let run = key.sign().arg("-o").arg(&self.out).arg(&self.deb);
        self.refused(&run.exits(2), message);
        let run = key.sign().arg("--in-place").arg(&self.deb);
        self.refused(&run.exits(2), message);
    }

    #[track_caller]
    fn refused(&self, outcome: &Outcome, message: &str) {
        assert_one_line(outcome, message);
        assert!(
            outcome.stderr().starts_with("dpkg-ima: cannot sign '"),
            "{outcome}"
        );
        assert_eq!(
            fs::read(&self.deb).unwrap(),
            self.content,
            "touched\n{outcome}"
        );
        assert_eq!(names(&self.out), [""; 0], "left behind\n{outcome}");
        assert_eq!(
            names(self.deb.parent().unwrap()),
            ["bad.deb"],
            "left behind\n{outcome}"
        );
    }
}

/// Nothing on standard output, one line on standard error, and at most a hint.
#[track_caller]
fn assert_one_line(outcome: &Outcome, message: &str) {
    assert_eq!(outcome.stdout(), "", "{outcome}");
    let text = outcome.stderr();
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    assert!(line.starts_with("dpkg-ima: "), "{outcome}");
    assert!(line.contains(message), "no {message:?} in\n{outcome}");
    assert!(
        lines.next().is_none_or(|line| line.starts_with("hint: ")),
        "{outcome}"
    );
    assert!(lines.next().is_none(), "{outcome}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A package whose content does not compress away.
fn good() -> Vec<u8> {
    let folder = scratch();
    let deb = DebBuilder::new("bad", "1").file("/usr/bin/x", "#!/bin/sh\necho\n", 0o755);
    let deb = deb.dpkg_deb(&["-Zxz"]).build(folder.path());
    fs::read(deb).unwrap()
}

/// One ar member as dpkg-deb writes it.
fn member(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "{name:<16}0           0     0     100644  {:<10}`\n",
        content.len()
    )
    .into_bytes();
    bytes.extend(content);
    if content.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    bytes
}

/// Where each ar member begins.
fn member_starts(deb: &[u8]) -> Vec<usize> {
    let mut starts = vec![8];
    while let Some(header) = starts.last().and_then(|&at| deb.get(at..at + 60)) {
        let size: usize = std::str::from_utf8(&header[48..58])
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        starts.push(starts.last().unwrap() + 60 + size.next_multiple_of(2));
    }
    starts
}

#[test]
fn the_control_is_signed() {
    let bench = Bench::new(&good());
    let key = TestKey::shared();
    key.sign().arg("-o").arg(&bench.out).arg(&bench.deb).ok();
    assert_eq!(names(&bench.out), ["bad.deb"]);
    key.verify()
        .arg(bench.out.join("bad.deb"))
        .ok()
        .says("good: ./usr/bin/x");
}

#[test]
fn a_package_that_is_cut_off() {
    let whole = good();
    let boundaries = member_starts(&whole);
    assert_eq!(boundaries.len(), 4);
    assert_eq!(boundaries[3], whole.len());
    let near = boundaries[..3]
        .iter()
        .flat_map(|at| [at - 1, *at, at + 1, at + 59, at + 60, at + 61]);
    let middle = (1..whole.len()).step_by(29);
    for length in near.chain(middle).chain([whole.len() - 1]) {
        let bench = Bench::new(&whole[..length]);
        bench.refuses("");
    }
}

#[test]
fn cut_off_inside_a_compressed_member_whose_header_agrees() {
    let whole = good();
    let starts = member_starts(&whole);
    for (member_at, what) in [(1, "control.tar"), (2, "data.tar")] {
        let (start, end) = (starts[member_at], starts[member_at + 1]);
        let content = &whole[start + 60..end - 20];
        let name = format!("{what}.xz");
        let mut parts: Vec<_> = starts
            .windows(2)
            .map(|at| whole[at[0]..at[1]].to_vec())
            .collect();
        parts[member_at] = member(&name, content);
        let deb = [b"!<arch>\n".to_vec(), parts.concat()].concat();
        Bench::new(&deb).refuses(&format!("cannot decompress {what}"));
    }
}

#[test]
fn archives_that_are_not_debs() {
    let whole = good();
    let starts = member_starts(&whole);
    let control = &whole[starts[1]..starts[2]];
    let data = &whole[starts[2]..];
    let head = &whole[..starts[1]];
    let renamed = |from: &str, to: &str| {
        let at = whole
            .windows(from.len())
            .position(|at| at == from.as_bytes())
            .unwrap();
        [&whole[..at], to.as_bytes(), &whole[at + from.len()..]].concat()
    };
    let size_at = starts[2] + 48;
    let sized = |digits: &str| {
        [
            &whole[..size_at],
            format!("{digits:<10}").as_bytes(),
            &whole[size_at + 10..],
        ]
        .concat()
    };
    for (message, deb) in [
        ("no ar archive", b"".to_vec()),
        ("no ar archive", b"plain text, no package".to_vec()),
        ("no ar archive", renamed("!<arch>\n", "!<arch>\r")),
        (
            "a member name that dpkg does not take",
            renamed("control.tar.xz  ", "control.tar.xzzz"),
        ),
        (
            "a member name that dpkg does not take",
            renamed("control.tar.xz  ", "/999            "),
        ),
        (
            "a member name that dpkg does not take",
            renamed("control.tar.xz  ", "#1/9999999999   "),
        ),
        ("longer than the file", sized("9999999999")),
        ("a size that is not a number", sized("+4")),
        (
            "no further control archive",
            [head, control, control, data].concat(),
        ),
        (
            "one data archive only",
            [head, control, data, data].concat(),
        ),
        (
            "control.tar, and one data archive only",
            [head, data, control].concat(),
        ),
        ("no control.tar member", head.to_vec()),
        ("no data.tar member", [head, control].concat()),
        ("format version '3.0' is not 2.x", renamed("2.0\n", "3.0\n")),
        (
            "control.tar or data.tar must be",
            [head, &member("extra", b"x"), control, data].concat(),
        ),
    ] {
        Bench::new(&deb).refuses(message);
    }
}

/// A package whose data.tar is what GNU tar makes of that script's leftovers.
fn with_data(script: &str, tar_options: &[&str]) -> Vec<u8> {
    let folder = scratch();
    Run::new("sh")
        .args(["-ec", script])
        .within(folder.path())
        .ok();
    let tar = Run::new("tar")
        .args(["--sort=name", "-c"])
        .args(tar_options);
    let tar = tar.arg("-C").arg(folder.path()).arg(".").ok();
    let whole = good();
    let starts = member_starts(&whole);
    [&whole[..starts[2]], &member("data.tar", tar.bytes())].concat()
}

#[test]
fn data_archives_that_dpkg_refuses_or_reads_in_another_way() {
    let long = format!("mkdir -p usr; echo x >usr/{}", "n".repeat(200));
    let dd = ["--transform=s,y$,x,"];
    for (message, deb) in [
        ("a PAX header", with_data(&long, &["--format=pax"])),
        (
            "may not ship files under /DEBIAN",
            with_data("mkdir DEBIAN; echo >DEBIAN/preinst", &[]),
        ),
        (
            "'usr/x' is there twice",
            with_data("mkdir usr; echo 1 >usr/x; echo 2 >usr/y", &dd),
        ),
        (
            "'..' component",
            with_data(
                "mkdir usr; echo >usr/x",
                &["--transform=s,usr/x,usr/../x,", "-P"],
            ),
        ),
        (
            "is no file before it",
            with_data(
                "mkdir usr; echo >usr/a; ln usr/a usr/b",
                &["--transform=s,usr/a$,usr/c,R"],
            ),
        ),
    ] {
        Bench::new(&deb).refuses(message);
    }
    // The same without what is wrong with it.
    let bench = Bench::new(&with_data(
        "mkdir usr; echo 1 >usr/x; ln usr/x usr/y",
        &["--format=gnu"],
    ));
    TestKey::shared()
        .sign()
        .arg("--in-place")
        .arg(&bench.deb)
        .ok();
}

#[test]
fn a_list_that_is_not_well_formed() {
    let value = "AwIEAAAAAQABAQ=="; // a signature of one byte by key 1
    let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let entry = |path: &str, digest: &str, value: &str| {
        format!("./{path} type=file size=0 sha256={digest} security.ima={value}\n")
    };
    let good = entry("x", digest, value);
    for (message, list) in [
        (
            "line 3: the path is a duplicate",
            format!("#mtree v2.0\n{good}{good}"),
        ),
        (
            "line 2: security.ima is not base64",
            format!("#mtree v2.0\n{}", entry("x", digest, "A*")),
        ),
        (
            "line 2: not a sha256 digest",
            format!("#mtree v2.0\n{}", entry("x", &digest[2..], value)),
        ),
        (
            "line 2: security.ima: ",
            format!("#mtree v2.0\n{}", entry("x", digest, "AwIEAAAAAQACAQ==")),
        ),
        (
            "line 2: a path with",
            format!("#mtree v2.0\n{}", entry("../x", digest, value)),
        ),
        ("line 1: the first line is not", good.clone()),
        (
            "line 2: it does not end in a line feed",
            format!("#mtree v2.0\n{}", good.trim_end()),
        ),
    ] {
        let folder = scratch();
        let deb = DebBuilder::new("bad", "1")
            .control("imasigs", list)
            .build(folder.path());
        Bench::new(&fs::read(deb).unwrap()).refuses(message);
    }
    let folder = scratch();
    let list = format!("#mtree v2.0\n{good}");
    let deb = DebBuilder::new("bad", "1")
        .control("imasigs", list)
        .build(folder.path());
    let bench = Bench::new(&fs::read(deb).unwrap());
    TestKey::shared()
        .sign()
        .arg("--in-place")
        .arg(&bench.deb)
        .ok();
}

/// `dpkg-ima sign` with another key or certificate than usual.
fn sign_with(bench: &Bench, key: &Path, certificate: &Path) -> Run {
    let run = Run::dpkg_ima().arg("sign").arg("--key").arg(key);
    let run = run.arg("--cert").arg(certificate).arg("--in-place");
    run.arg(&bench.deb)
}

/// A self-signed certificate by openssl, with a new key as the arguments say.
fn openssl_pair(folder: &Path, arguments: &[&str]) -> (PathBuf, PathBuf) {
    let (key, certificate) = (folder.join("key"), folder.join("cert"));
    let run = Run::new("openssl").args(["req", "-x509", "-nodes", "-subj", "/CN=x"]);
    let run = run.args(arguments).arg("-keyout").arg(&key);
    run.arg("-out").arg(&certificate).ok();
    (key, certificate)
}

#[test]
fn keys_and_certificates_that_no_kernel_takes() {
    let whole = good();
    for (message, arguments) in [
        ("an RSA key of 1024 bits", &["-newkey", "rsa:1024"][..]),
        ("an RSA key of 2056 bits", &["-newkey", "rsa:2056"]),
        ("a key of type ED25519", &["-newkey", "ed25519"]),
        (
            "a key of type ECDSA over secp256k1",
            &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ),
        (
            "no subjectKeyIdentifier",
            &[
                "-newkey",
                "rsa:2048",
                "-addext",
                "subjectKeyIdentifier=none",
            ],
        ),
    ] {
        let bench = Bench::new(&whole);
        let (key, certificate) = openssl_pair(bench.folder.path(), arguments);
        assert_one_line(&sign_with(&bench, &key, &certificate).exits(2), message);
        assert_eq!(fs::read(&bench.deb).unwrap(), whole);
    }
    let bench = Bench::new(&whole);
    let (key, certificate) = openssl_pair(bench.folder.path(), &["-newkey", "rsa:2048"]);
    sign_with(&bench, &key, &certificate).ok();
}

#[test]
fn keys_that_cannot_be_used() {
    let whole = good();
    let bench = Bench::new(&whole);
    let (key, certificate) = openssl_pair(bench.folder.path(), &["-newkey", "rsa:2048"]);
    let shared = TestKey::shared();
    let missing = bench.folder.path().join("missing");
    for (message, key, certificate) in [
        ("does not match the certificate", &key, &shared.certificate),
        ("does not match the certificate", &shared.key, &certificate),
        ("holds no private key in PEM", &certificate, &certificate),
        ("not an X.509 certificate", &key, &key),
        ("No such file", &missing, &certificate),
        ("No such file", &key, &missing),
    ] {
        assert_one_line(&sign_with(&bench, key, certificate).exits(2), message);
    }
    assert_eq!(fs::read(&bench.deb).unwrap(), whole);
}

#[test]
fn an_encrypted_key_needs_its_passphrase() {
    let bench = Bench::new(&good());
    let (plain, certificate) = openssl_pair(bench.folder.path(), &["-newkey", "rsa:2048"]);
    let file = |name: &str, content: &str| {
        let path = bench.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let (right, wrong) = (file("right", "open sesame\nmore"), file("wrong", "open\n"));
    for form in ["pkcs8", "traditional"] {
        let key = bench.folder.path().join(form);
        let run = Run::new("openssl").args(["pkey", "-aes256", "-passout", "pass:open sesame"]);
        let run = if form == "pkcs8" {
            run
        } else {
            run.arg("-traditional")
        };
        run.arg("-in").arg(&plain).arg("-out").arg(&key).ok();
        let sign = || sign_with(&bench, &key, &certificate);
        assert_one_line(&sign().exits(2), "no passphrase was given");
        let wrong = sign().arg("--passphrase-file").arg(&wrong);
        assert_one_line(&wrong.exits(2), "the passphrase does not open the key");
        let wrong = sign().env("DPKG_IMA_PASSPHRASE", "");
        assert_one_line(&wrong.exits(2), "the passphrase does not open the key");
        sign().arg("--passphrase-file").arg(&right).ok();
        sign().env("DPKG_IMA_PASSPHRASE", "open sesame").ok();
    }
}

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

#[test]
fn a_key_is_never_overwritten() {
    let folder = scratch();
    let path = |name: &str| folder.path().join(name);
    let keygen = |certificate: &str| {
        let run = Run::dpkg_ima().arg("keygen").arg("--key").arg(path("key"));
        run.arg("--cert").arg(path(certificate))
    };
    keygen("cert").ok();
    let before = fs::read(path("key")).unwrap();
    assert_eq!(
        fs::metadata(path("key")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_one_line(&keygen("cert2").exits(2), "File exists");
    assert_eq!(fs::read(path("key")).unwrap(), before);
    assert_eq!(names(folder.path()), ["cert", "key"]);
    fs::remove_file(path("key")).unwrap();
    assert_one_line(&keygen("cert").exits(2), "File exists");
    assert_eq!(
        names(folder.path()),
        ["cert"],
        "the half of a pair was left"
    );
}
