//! Real packages, signed: Debian's own, of every make, and some that we repack. What changes is the one member.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{DebBuilder, Run, TestKey, scratch};

/// What is special about each is not said for most; together they have hard links (git), capabilities (iputils-ping),
/// diversions (dash), setuid (sudo), names that are not ASCII (ca-certificates), debconf (tzdata), modules (the kernel),
/// over 100 MB (linux-source), symlinks only (default-jre-headless), `all` and `amd64`.
const NAMES: [&str; 32] = [
    "adduser",
    "apt",
    "base-files",
    "bash",
    "busybox-static",
    "ca-certificates",
    "coreutils",
    "dash",
    "debconf",
    "default-jre-headless",
    "dpkg",
    "git",
    "hello",
    "iputils-ping",
    "libc6",
    "libpython3.11-stdlib",
    "libssl3",
    "linux-source-6.1",
    "login",
    "man-db",
    "mount",
    "netbase",
    "nginx-common",
    "openssh-server",
    "passwd",
    "perl-base",
    "python3.11-minimal",
    "sudo",
    "systemd",
    "tzdata",
    "util-linux",
    "vim-tiny",
];

/// The newest kernel that the archive has; its name has a version.
fn kernel() -> String {
    let depends = Run::new("apt-cache")
        .args(["depends", "linux-image-cloud-amd64"])
        .ok();
    let depends = depends.stdout();
    let mut words = depends.split_whitespace();
    let name = words.find(|word| word.starts_with("linux-image-6"));
    name.expect("the archive has a kernel").to_owned()
}

/// The packages, downloaded once and kept under `target/`.
pub fn pool() -> &'static Path {
    static POOL: OnceLock<PathBuf> = OnceLock::new();
    POOL.get_or_init(|| {
        let pool = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pool");
        fs::create_dir_all(&pool).unwrap();
        let names = NAMES.map(str::to_owned).into_iter().chain([kernel()]);
        for name in names.filter(|name| debs(&pool, &format!("{name}_")).is_empty()) {
            Run::new("apt-get")
                .args(["-q", "download", &name])
                .within(&pool)
                .ok();
        }
        pool
    })
}

/// The .debs in a folder whose names start so, sorted.
pub fn debs(folder: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut debs: Vec<_> = entries
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(start) && name.ends_with(".deb")
        })
        .collect();
    debs.sort();
    debs
}

/// The same small package for each compression that dpkg-deb makes, and the last with a control.tar of each too.
fn repacked(folder: &Path) {
    for (version, options) in [
        ("1", &["-Znone"][..]),
        ("2", &["-Zgzip"]),
        ("3", &["-Zxz"]),
        ("4", &["-Zzstd"]),
        ("5", &["-Zgzip", "--uniform-compression"]),
        ("6", &["-Zxz", "-z9", "--uniform-compression"]),
        ("7", &["-Zzstd", "--uniform-compression"]),
        ("8", &["-Znone", "--uniform-compression"]),
        ("9", &["-Zgzip", "--no-uniform-compression"]),
    ] {
        let deb = DebBuilder::new("repacked", version)
            .file("/usr/bin/repacked", "#!/bin/sh\n", 0o755)
            .file("/usr/share/doc/repacked/text", "text\n", 0o644)
            .file("/usr/share/n\u{e4}me with space\t", "text\n", 0o755)
            .hard_link("/usr/bin/again", "/usr/bin/repacked")
            .symlink("/usr/bin/link", "repacked")
            .control("postinst", "#!/bin/sh\n")
            .control("templates", "Template: x/y\nType: note\nDescription: x\n");
        deb.dpkg_deb(options).build(folder);
    }
    with_old_compressions(folder);
    let symlinks = DebBuilder::new("symlinks", "1").symlink("/usr/bin/a", "b");
    symlinks.build(folder);
}

/// data.tar as dpkg-deb wrote it once, and still reads it.
fn with_old_compressions(folder: &Path) {
    let script = r#"
        ar x repacked_8.deb
        bzip2 -k data.tar
        xz --format=lzma data.tar
        for kind in bz2 lzma; do ar rcD "repacked_$kind.deb" debian-binary control.tar "data.tar.$kind"; done
        rm debian-binary *.tar*"#;
    Run::new("sh").args(["-ec", script]).within(folder).ok();
}

/// Signs all `.deb`s of a folder into another.
fn sign(from: &Path, to: &Path, selection: &str) -> String {
    fs::create_dir(to).unwrap();
    let sign = TestKey::shared().sign().args(["--files", selection, "-o"]);
    sign.arg(to).arg(from).ok().stdout()
}

/// What a script prints about two files.
fn compare(script: &str, original: &Path, signed: &Path) {
    let bash = Run::new("bash").args(["-euo", "pipefail", "-c", script, "compare"]);
    bash.arg(original).arg(signed).ok();
}

/// Equal but for the one member, as dpkg-deb sees it; and data.tar byte for byte, as ar does, and so what is in it.
fn assert_only_the_list_is_new(original: &Path, signed: &Path) {
    let script = r#"
        info() { dpkg-deb -I "$1" | grep -vE '^ size [0-9]+ bytes: control archive|^ .* imasigs *$'; }
        diff <(info "$1") <(info "$2")
        dpkg-deb -I "$2" | grep -E '^ .* imasigs *$' >/dev/null
        diff <(ar t "$1") <(ar t "$2")
        cmp <(ar p "$1" "$(ar t "$1" | sed -n 3p)") <(ar p "$2" "$(ar t "$2" | sed -n 3p)")
        dpkg-deb -c "$2" >/dev/null"#;
    compare(script, original, signed);
    // Of control.tar: the list is its last member, by root, with a fixed time, and the others keep their order.
    let script = r#"
        list() { dpkg-deb --ctrl-tarfile "$1" | tar -tv --full-time --numeric-owner -f -; }
        diff <(list "$1" | grep -v ' \./imasigs$') <(list "$2" | head -n -1)
        last=$(list "$2" | tail -n 1)
        newest=$(list "$1" | grep -v '/$' | awk '{ print $4, $5 }' | sort | tail -n 1)
        [[ $last == "-rw-r--r-- 0/0 "*" $newest ./imasigs" ]]"#;
    compare(script, original, signed);
}

/// Signs a pool, and checks what is promised of every signed package.
fn check_pool(pool: &Path) {
    let work = scratch();
    let at = |name: &str| work.path().join(name);
    let (once, twice, again) = (at("once"), at("twice"), at("again"));
    sign(pool, &once, "all");
    sign(pool, &twice, "all");
    let kept = sign(&once, &again, "all");
    assert!(kept.contains(" 0 signatures made"), "{kept}");

    let originals = debs(pool, "");
    for original in &originals {
        let name = original.file_name().unwrap();
        let signed = once.join(name);
        assert_only_the_list_is_new(original, &signed);
        let bytes = fs::read(&signed).unwrap();
        assert!(
            bytes == fs::read(twice.join(name)).unwrap(),
            "{name:?} signed twice differs"
        );
        assert!(
            bytes == fs::read(again.join(name)).unwrap(),
            "{name:?} signed again differs"
        );
    }
    let verify = TestKey::shared()
        .verify()
        .args(debs(&once, ""))
        .ok()
        .stdout();
    let good = verify
        .lines()
        .filter(|line| line.starts_with("good: ./"))
        .count();
    assert_eq!(
        verify.lines().last(),
        Some(&*format!("{good} files: {good} good"))
    );
}

#[test]
fn real_packages() {
    let pool = pool();
    let originals = debs(pool, "");
    assert!(originals.len() >= 30, "{originals:?}");
    let large = |path: &PathBuf| fs::metadata(path).unwrap().len() > 100_000_000;
    assert!(originals.iter().any(large), "none over 100 MB");
    check_pool(pool);
}

#[test]
fn every_compression() {
    let folder = scratch();
    repacked(folder.path());
    let members: BTreeSet<_> = debs(folder.path(), "repacked")
        .iter()
        .flat_map(|deb| DebBuilder::members(deb).into_iter().skip(1))
        .collect();
    let expected = [
        "control.tar",
        "control.tar.gz",
        "control.tar.xz",
        "control.tar.zst",
        "data.tar",
        "data.tar.bz2",
        "data.tar.gz",
        "data.tar.lzma",
        "data.tar.xz",
        "data.tar.zst",
    ];
    assert!(members.iter().eq(expected), "{members:?}");
    check_pool(folder.path());
}

#[test]
fn by_default_what_runs_is_signed_and_nothing_else() {
    let folder = scratch();
    repacked(folder.path());
    let out = folder.path().join("out");
    sign(folder.path(), &out, "executable");
    let list = Run::new("dpkg-deb")
        .arg("-I")
        .arg(out.join("repacked_3.deb"))
        .arg("imasigs");
    let list = list.ok().stdout();
    let names: Vec<_> = list
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let expected = [
        "#mtree",
        "./DEBIAN/config",
        "./DEBIAN/postinst",
        "./usr/bin/again",
        "./usr/bin/repacked",
        r"./usr/share/n\303\244me\040with\040space\011",
    ];
    assert_eq!(names, expected);
    assert!(
        list.contains("./DEBIAN/config type=file size=0 sha256=e3b0c442"),
        "{list}"
    );
    let value = |name: &str| {
        let line = list.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once(' ').unwrap().1.to_owned()
    };
    assert_eq!(value("./usr/bin/again"), value("./usr/bin/repacked"));
}

#[test]
fn signing_with_another_key_replaces_the_list() {
    let folder = scratch();
    let deb = DebBuilder::new("rekeyed", "1").file("/usr/bin/x", "#!/bin/sh\n", 0o755);
    let deb = deb.build(folder.path());
    let other = TestKey::new("p256", folder.path());
    TestKey::shared().sign().arg("--in-place").arg(&deb).ok();
    let ours = TestKey::shared().verify();
    ours.arg(&deb).ok().says("good: ./usr/bin/x");
    other
        .sign()
        .arg("--in-place")
        .arg(&deb)
        .ok()
        .says("1 signature made, 0 kept");
    TestKey::shared()
        .verify()
        .arg(&deb)
        .exits(1)
        .says("untrusted key");
    let bytes = fs::read(&deb).unwrap();
    // ECDSA signatures are random, but this one is kept.
    other
        .sign()
        .arg("--in-place")
        .arg(&deb)
        .ok()
        .says("0 signatures made, 1 kept");
    assert_eq!(fs::read(&deb).unwrap(), bytes);
    let sign = other.sign().args(["--hash", "sha512", "--in-place"]);
    sign.arg(&deb).ok().says("1 signature made, 0 kept");
    other.verify().arg(&deb).ok().says("good: ./usr/bin/x");
}
