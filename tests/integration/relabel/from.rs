//! `--from`: packages that were installed before they were signed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Machine, Outcome, Run, SignatureList, TestKey, scratch};

/// A package and its signed form, both built from the same.
struct Twice {
    plain: PathBuf,
    signed: PathBuf,
    _folders: [tempfile::TempDir; 2],
}

fn twice(deb: DebBuilder) -> Twice {
    let folders = [scratch(), scratch()];
    let plain = deb.build(folders[0].path());
    let signed = TestKey::shared().signed(&plain, folders[1].path());
    Twice {
        plain,
        signed,
        _folders: folders,
    }
}

/// A machine where the unsigned one is installed.
fn unsigned(deb: DebBuilder) -> (Machine, Twice) {
    let (machine, deb) = (Machine::without_hooks(), twice(deb));
    machine.chroot.install(&[&deb.plain]).ok();
    (machine, deb)
}

fn from(machine: &Machine, path: &Path) -> Run {
    machine.relabel().arg("--from").arg(path)
}

/// The package is as if it had been installed signed.
#[track_caller]
fn is_signed(machine: &Machine, name: &str) {
    machine.ensure_labelled(name);
    machine.dpkg(&["--audit"]).ok().says_nothing();
}

#[test]
fn a_package_gets_its_list_and_labels() {
    let (machine, deb) =
        unsigned(DebBuilder::with_program("a", "1").control("postinst", "#!/bin/sh\n: a\n"));
    machine.relabel().arg("a").exits(1);
    machine.ensure_bare("/usr/bin/a");
    from(&machine, &deb.signed).ok().says("2 files: 2 labelled");
    is_signed(&machine, "a");
    machine.relabel().ok().says("2 files: 2 good");
    let listed = machine.dpkg(&["--purge", "a"]);
    listed.ok();
    assert!(
        !machine.list_path("a").exists(),
        "dpkg removes it with the package"
    );
}

/// As dpkg would have had it: the next version's list takes its place, readable for everyone.
#[test]
fn dpkg_takes_the_list_for_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    from(&machine, &deb.signed).ok();
    let mode = fs::metadata(machine.list_path("a")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o644);
    let shown = Run::new("dpkg-query")
        .arg("--root")
        .arg(machine.chroot.path());
    shown.args(["--control-list", "a"]).ok().says("imasigs");
    machine.install(DebBuilder::new("a", "2").file("/usr/bin/a", "#!/bin/sh\n: 2\n", 0o755));
    machine.relabel().ok();
    is_signed(&machine, "a");
    let (_, plain) = unsigned(DebBuilder::with_program("a", "1"));
    machine.chroot.install(&[&plain.plain]).ok();
    assert!(
        !machine.list_path("a").exists(),
        "the unsigned version has none"
    );
}

#[test]
fn a_folder_of_many_with_all_kinds_of_files() {
    let (machine, deb) = unsigned(
        DebBuilder::with_program("a", "1")
            .field("Architecture: amd64")
            .field("Multi-Arch: same"),
    );
    let pool = scratch();
    let at = |name: &str| pool.path().join(name);
    fs::create_dir_all(at("main/a")).unwrap();
    fs::copy(&deb.plain, at("a_1_amd64.deb")).unwrap();
    fs::copy(&deb.signed, at("main/a/renamed.deb")).unwrap();
    fs::write(at("main/notes.txt"), "no package").unwrap();
    std::os::unix::fs::symlink(pool.path(), at("main/loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("dangling.deb")).unwrap();
    let done = from(&machine, pool.path()).ok();
    done.says("1 file: 1 labelled").does_not_say("is unsigned");
    is_signed(&machine, "a:amd64");
}

#[test]
fn a_dry_run_keeps_no_list() {
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    from(&machine, &deb.signed)
        .arg("--dry-run")
        .ok()
        .says("1 file: 1 to label");
    machine.ensure_bare("/usr/bin/a");
    assert!(!machine.list_path("a").exists());
}

/// Neither of another version nor of another architecture, though it has the very content.
#[track_caller]
fn is_of_no_use(installed: DebBuilder, offered: DebBuilder) -> Outcome {
    let (machine, _deb) = unsigned(installed);
    let offered = twice(offered);
    let done = from(&machine, &offered.signed).arg("a").exits(1);
    machine.ensure_bare("/usr/bin/a");
    assert!(!machine.list_path("a").exists());
    done
}

#[test]
fn only_of_the_same_version_and_architecture() {
    let content = "#!/bin/sh\necho a\n";
    let of = |version: &str| DebBuilder::new("a", version).file("/usr/bin/a", content, 0o755);
    for version in ["1-1", "1:1", "1.0"] {
        is_of_no_use(of("1"), of(version)).says("package a has no signatures");
    }
    is_of_no_use(of("1"), of("1").field("Architecture: amd64"));
}

#[test]
fn another_build_of_the_same_version_is_of_no_use() {
    let other = DebBuilder::new("a", "1").file("/usr/bin/a", "#!/bin/sh\n: another\n", 0o755);
    let done = is_of_no_use(DebBuilder::with_program("a", "1"), other);
    done.says("is not used: no file of the installed package a is the one in it");
}

#[test]
fn an_unsigned_deb_is_of_no_use() {
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    let done = from(&machine, &deb.plain).arg("a").exits(1);
    done.says("is not used: it is unsigned");
}

/// One file was changed by hand: the others get their labels, and this is called altered from then on.
#[test]
fn each_file_by_its_digest() {
    let (machine, deb) =
        unsigned(DebBuilder::with_program("a", "1").file("/usr/bin/b", "#!/bin/sh\n: b\n", 0o755));
    fs::write(machine.chroot.at("/usr/bin/b"), "#!/bin/sh\n: mine\n").unwrap();
    let done = from(&machine, &deb.signed).exits(1);
    done.says("altered: ")
        .says("2 files: 1 labelled, 1 altered");
    machine.ensure_bare("/usr/bin/b");
    machine.ensure_label("/usr/bin/a", "a", "/usr/bin/a");
    machine.verify(&["a"]).exits(1).says("altered: /usr/bin/b");
}

/// A list by a key that the machine holds is taken before one by a key that it does not.
#[test]
fn among_several_one_whose_key_is_held() {
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    let folder = scratch();
    let other = TestKey::new("rsa3072", folder.path());
    for name in ["0", "2"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        other.signed(&deb.plain, &folder.path().join(name));
    }
    fs::copy(&deb.signed, folder.path().join("1.deb")).unwrap();
    from(&machine, folder.path()).ok();
    is_signed(&machine, "a");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_done() {
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    let pool = scratch();
    fs::copy(&deb.signed, pool.path().join("z.deb")).unwrap();
    let signed = fs::read(&deb.signed).unwrap();
    fs::write(pool.path().join("cut.deb"), &signed[..signed.len() / 2]).unwrap();
    fs::write(pool.path().join("a_1_junk.deb"), "junk").unwrap();
    let done = from(&machine, pool.path())
        .args(["--from", "/nowhere"])
        .exits(2);
    done.says("cut.deb' is not used: ")
        .says("a_1_junk.deb' is not used: ")
        .says("'/nowhere' is not used: ");
    is_signed(&machine, "a");
}

/// What is installed must not change meanwhile.
#[test]
fn not_while_dpkg_runs() {
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    let lock = machine.chroot.at("/var/lib/dpkg/lock");
    let held = "import fcntl, sys\nf = open(sys.argv[1], 'r+')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint(flush=True)\nsys.stdin.read()";
    let mut holder = std::process::Command::new("python3");
    let mut holder = holder
        .args(["-c", held])
        .arg(&lock)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0];
    std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut line).unwrap();
    from(&machine, &deb.signed)
        .exits(2)
        .says("dpkg is running: wait");
    machine.ensure_bare("/usr/bin/a");
    machine.relabel().ok();
    holder.kill().unwrap();
    holder.wait().unwrap();
    from(&machine, &deb.signed).ok();
    is_signed(&machine, "a");
}

/// The list is kept as it came, also one whose author had more to say.
#[test]
fn the_list_is_the_debs_own() {
    let (machine, deb) = unsigned(DebBuilder::with_program("a", "1"));
    let members = scratch();
    Run::new("dpkg-deb")
        .arg("-e")
        .arg(&deb.signed)
        .arg(members.path())
        .ok();
    from(&machine, &deb.signed).ok();
    let kept = fs::read(machine.list_path("a")).unwrap();
    assert_eq!(kept, fs::read(members.path().join("imasigs")).unwrap());
    assert!(!SignatureList::read(&machine.list_path("a")).is_empty());
}
