//! `dpkg-ima sign --local` and `forget`: programs that no package brought.

mod all;
mod dkms;
mod keys;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, lchown, symlink};

use serde_json::Value;

use crate::support::{Run, SignatureList, System, TestKey, label_of, scratch};

const TOOL: &str = "/usr/local/bin/tool";
const LIST: &str = "/var/lib/dpkg-ima/local.imasigs";

/// A system that holds the certificate of the shared key, and has a program that no package brought.
fn system() -> System {
    let system = System::new();
    system.trust(TestKey::shared());
    program(&system, TOOL, "echo tool");
    system
}

fn program(system: &System, path: &str, line: &str) {
    system.program(path, format!("#!/bin/sh\n{line}\n"));
}

/// `sign --local` with the shared key; files are to be added.
fn sign(system: &System) -> Run {
    let run = TestKey::shared().sign().args(["--local", "--root"]);
    run.arg(system.root())
}

fn forget(system: &System) -> Run {
    Run::dpkg_ima()
        .args(["forget", "--root"])
        .arg(system.root())
}

fn relabel(system: &System) -> Run {
    Run::dpkg_ima()
        .args(["relabel", "--root"])
        .arg(system.root())
}

fn verify_all(system: &System) -> Run {
    Run::dpkg_ima()
        .args(["verify", "--root"])
        .arg(system.root())
}

/// What `verify` says of a file of the whole system.
fn finding(system: &System, path: &str) -> Vec<Value> {
    let outcome = verify_all(system).arg("--json").outcome();
    let objects = outcome.stdout();
    let objects = objects
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    objects
        .filter(|object: &Value| object["file"] == path)
        .collect()
}

fn ensure_is(system: &System, path: &str, verdict: &str) {
    let found = finding(system, path);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["verdict"], verdict);
    assert_eq!(found[0]["package"], "(local)");
    assert_eq!(found[0]["listed"], true);
}

fn strip(system: &System, path: &str) {
    xattr::remove(system.at(path), "security.ima").unwrap();
}

fn label(system: &System, path: &str) -> Option<String> {
    label_of(&system.at(path))
}

#[test]
fn a_program_is_signed_and_known_from_then_on() {
    let system = system();
    let before = finding(&system, TOOL);
    assert_eq!(
        (&before[0]["verdict"], &before[0]["listed"]),
        (&"unsigned".into(), &false.into())
    );
    sign(&system).arg(TOOL).ok().says("signed 1 local program");
    let expected = TestKey::shared().evmctl(&system.at(TOOL));
    assert_eq!(system.value(TOOL), expected);
    let list = SignatureList::read(&system.at(LIST));
    assert_eq!(Some(list.signature(TOOL)), label(&system, TOOL));
    ensure_is(&system, TOOL, "good");
    system.verify(TOOL).says("good: /usr/local/bin/tool");
    verify_all(&system)
        .ok()
        .says("1 file: 1 good")
        .does_not_say("no list names");
    let bytes = fs::read(system.at(LIST)).unwrap();
    sign(&system).arg(TOOL).ok();
    assert_eq!(
        fs::read(system.at(LIST)).unwrap(),
        bytes,
        "a second run changes nothing"
    );
}

#[test]
fn a_restore_without_attributes_is_made_good() {
    let system = system();
    sign(&system).arg(TOOL).ok();
    let signed = label(&system, TOOL);
    strip(&system, TOOL);
    ensure_is(&system, TOOL, "unsigned");
    relabel(&system).arg("--dry-run").ok().says("to label: ");
    assert_eq!(label(&system, TOOL), None);
    relabel(&system).ok().says("1 file: 1 labelled");
    assert_eq!(label(&system, TOOL), signed);
    strip(&system, TOOL);
    // The store is of no use after a restore of the list alone.
    let state = fs::read_dir(system.at("/var/lib/dpkg-ima")).unwrap();
    for file in state.map(|file| file.unwrap().path()) {
        if !file.ends_with("local.imasigs") {
            fs::remove_file(file).unwrap();
        }
    }
    system.label();
    assert_eq!(label(&system, TOOL), signed, "by a sweep");
}

#[test]
fn a_program_that_was_changed_is_altered_until_it_is_signed_again() {
    let system = system();
    sign(&system).arg(TOOL).ok();
    program(&system, TOOL, "echo another");
    ensure_is(&system, TOOL, "altered");
    verify_all(&system)
        .exits(1)
        .says("local programs that were altered since they were signed: 1 file")
        .says("-> if you changed them: dpkg-ima sign --local --key KEY --cert CERTIFICATE FILE");
    relabel(&system).exits(1).says("altered: ");
    let why = Run::dpkg_ima()
        .args(["why", "--json", "--root"])
        .arg(system.root());
    let why: Value = serde_json::from_str(&why.arg(TOOL).outcome().stdout()).unwrap();
    assert_eq!(why["now"], "changed-since-signed");
    let again = format!("dpkg-ima sign --local --key KEY --cert CERTIFICATE {TOOL}");
    assert_eq!(why["remedy"], again.as_str());
    sign(&system).arg(TOOL).ok();
    ensure_is(&system, TOOL, "good");
    fs::remove_file(system.at(TOOL)).unwrap();
    ensure_is(&system, TOOL, "missing");
    verify_all(&system).exits(1).says("-> dpkg-ima forget FILE");
}

#[test]
fn why_names_the_list_and_what_brings_the_label_back() {
    let system = system();
    sign(&system).arg(TOOL).ok();
    strip(&system, TOOL);
    let why = || {
        Run::dpkg_ima()
            .args(["why", "--root"])
            .arg(system.root())
            .arg(TOOL)
    };
    let told = why().outcome().says("the list of local programs has a");
    assert!(told.stdout().ends_with("-> dpkg-ima relabel\n"), "{told}");
    relabel(&system).ok();
    why().outcome().says("the kernel would accept it");
}

#[test]
fn what_is_forgotten_loses_its_label_and_does_not_get_it_again() {
    let system = system();
    program(&system, "/usr/local/bin/other", "echo other");
    sign(&system)
        .args([TOOL, "/usr/local/bin/other"])
        .ok()
        .says("signed 2 local programs");
    forget(&system)
        .arg(TOOL)
        .ok()
        .says("forgot 1 local program");
    assert_eq!(label(&system, TOOL), None);
    relabel(&system).ok();
    system.label();
    assert_eq!(label(&system, TOOL), None);
    assert_eq!(finding(&system, TOOL)[0]["listed"], false);
    ensure_is(&system, "/usr/local/bin/other", "good");
    // Not even where only its content is met, as by a guard.
    let store = fs::read_dir(system.at("/var/lib/dpkg-ima")).unwrap();
    let value = system.value("/usr/local/bin/other");
    let gone = TestKey::shared().evmctl(&system.at(TOOL));
    let files: Vec<_> = store
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect();
    let has = |value: &[u8]| {
        files
            .iter()
            .any(|file| file.windows(value.len()).any(|at| at == value))
    };
    assert_eq!((has(&value), has(&gone)), (true, false));
    let outcome = forget(&system)
        .args([TOOL, "/usr/local/bin/other"])
        .exits(2);
    outcome
        .says("cannot forget '/usr/local/bin/tool': it is not in the list of local programs")
        .says("forgot 1 local program");
    assert!(!system.at(LIST).exists());
}

#[test]
fn a_label_from_elsewhere_stays_when_its_file_is_forgotten() {
    let system = system();
    sign(&system).arg(TOOL).ok();
    let folder = scratch();
    let other = TestKey::new("rsa3072", folder.path());
    let value = other.evmctl(&system.at(TOOL));
    system.set(TOOL, &value);
    forget(&system).arg(TOOL).ok();
    assert_eq!(system.value(TOOL), value);
}

#[test]
fn a_kernel_module_that_was_built_here() {
    let system = system();
    let module = "/lib/modules/6.1.0/updates/dkms/x.ko";
    fs::create_dir_all(system.at("/usr/lib/modules/6.1.0/updates/dkms")).unwrap();
    symlink("usr/lib", system.at("/lib")).unwrap();
    fs::write(system.at(module), b"\x7fELF\x02\x01\x01 a module").unwrap();
    sign(&system).arg(module).ok();
    strip(&system, module);
    relabel(&system).ok();
    ensure_is(&system, module, "good");
    let by_its_other_name = finding(&system, "/usr/lib/modules/6.1.0/updates/dkms/x.ko");
    assert_eq!(by_its_other_name.len(), 0, "it is not taken for another");
}

#[test]
fn what_cannot_be_signed_is_named_and_the_rest_is_signed() {
    let system = system();
    symlink("tool", system.at("/usr/local/bin/link")).unwrap();
    fs::create_dir_all(system.at("/home/user/theirs")).unwrap();
    program(&system, "/home/user/theirs/x", "echo x");
    symlink("theirs", system.at("/home/user/swapped")).unwrap();
    lchown(system.at("/home/user/swapped"), Some(1234), Some(1234)).unwrap();
    let files = [
        "/usr/local/bin/link",
        "/home/user/swapped/x",
        "/usr/../x",
        "/none",
        TOOL,
    ];
    sign(&system)
        .args(files)
        .exits(2)
        .says("cannot sign '/usr/local/bin/link': no such file, or no regular one")
        .says("hint: of a link, name the file that it leads to")
        .says("user 1234")
        .says("hint: give the path without '..'")
        .says("cannot sign '/none'")
        .says("signed 1 local program");
    assert_eq!(label(&system, "/home/user/theirs/x"), None);
    ensure_is(&system, TOOL, "good");
}

#[test]
fn a_list_that_others_may_write_is_neither_used_nor_taken_over() {
    let system = system();
    sign(&system).arg(TOOL).ok();
    let list = system.at(LIST);
    let bytes = fs::read(&list).unwrap();
    fs::set_permissions(&list, Permissions::from_mode(0o666)).unwrap();
    strip(&system, TOOL);
    verify_all(&system)
        .exits(1)
        .says("is not used: others than root may write it");
    let found = finding(&system, TOOL);
    assert_eq!(found[0]["listed"], false);
    for run in [sign(&system), forget(&system)] {
        run.arg(TOOL)
            .exits(2)
            .says("cannot be trusted")
            .says("hint: look at what it names");
    }
    assert_eq!(fs::read(&list).unwrap(), bytes);
    assert_eq!(label(&system, TOOL), None);
    fs::write(&list, "#mtree v2.0\ngarbage\n").unwrap();
    fs::set_permissions(&list, Permissions::from_mode(0o600)).unwrap();
    sign(&system)
        .arg(TOOL)
        .exits(2)
        .says("line 2")
        .says("hint: move the list away");
}

#[test]
fn the_way_packages_are_signed_is_as_it_was() {
    let system = system();
    let key = TestKey::shared();
    key.sign().arg("x.deb").exits(2).says("--output");
    for wrong in [
        &["--all"][..],
        &["--local", "--in-place", "x"],
        &["--local"],
        &["--local", "--all", "x"],
    ] {
        key.sign().args(wrong).exits(2);
    }
    // By its name it could be anything; without --local it is no package.
    key.sign().arg("--in-place").arg(system.at(TOOL)).exits(2);
    assert_eq!(label(&system, TOOL), None);
}
