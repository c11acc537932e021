//! `dpkg-ima why`: records of the kernel's audit, as auditd and journald keep them, joined with files, packages, lists and keys.

mod follow;
mod limits;
mod policy;
mod records;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::{DebBuilder, Outcome, Run, System, TestKey, scratch};
use records::{audit_entry, fields, journal, kernel_entry, log};

fn why(system: &System) -> Run {
    Run::dpkg_ima().args(["why", "--root"]).arg(system.root())
}

/// The objects, by file.
fn objects(outcome: &Outcome) -> BTreeMap<String, Value> {
    let text = outcome.stdout();
    let objects = text.lines().map(|line| {
        let object: Value = serde_json::from_str(line).unwrap();
        (object["file"].as_str().unwrap().to_owned(), object)
    });
    objects.collect()
}

/// Reason and remedy, by file.
fn told(outcome: &Outcome) -> Vec<(String, String, String)> {
    let objects = objects(outcome).into_iter();
    let told = objects.map(|(file, object)| {
        let word = |key: &str| object[key].as_str().unwrap_or("-").to_owned();
        (file, word("reason"), word("remedy"))
    });
    told.collect()
}

/// A root with a signed package and an unsigned one, all labelled.
fn system() -> System {
    let system = System::new();
    system.trust(TestKey::shared());
    let mut signed = DebBuilder::new("signed", "1").conffile("/etc/x.sh", "#!/bin/sh\nexit 0\n");
    for name in [
        "altered",
        "good",
        "hash",
        "mislabelled",
        "strange",
        "unlabelled",
        "cut",
    ] {
        let program = format!("#!/bin/sh\n# {name}\n");
        signed = signed.file(&format!("/usr/bin/{name}"), program, 0o755);
    }
    let debs = scratch();
    let signed = signed.build(debs.path());
    TestKey::shared().sign().arg("--in-place").arg(&signed).ok();
    system.dpkg(&[], &signed);
    let plain = DebBuilder::with_program("plain", "1").build(debs.path());
    system.dpkg(&[], &plain);
    system.label();
    system
}

const UNSIGNED: &str = "IMA-signature-required";
const INVALID: &str = "invalid-signature";
const SIGN: &str = "dpkg-ima sign --local --key KEY --cert CERTIFICATE";

#[test]
fn each_cause_is_told_with_what_helps() {
    let system = system();
    let unknown = scratch();
    let unknown = TestKey::new("rsa2048", unknown.path());
    let label = |path: &str, key: &TestKey| system.set(path, &key.evmctl(&system.at(path)));
    let remove = |path: &str| xattr::remove(system.at(path), "security.ima").unwrap();
    fs::write(system.at("/usr/bin/altered"), "#!/bin/sh\n# other\n").unwrap();
    system.set("/usr/bin/hash", &[&[4, 4][..], &[0; 32]].concat());
    system.set("/usr/bin/mislabelled", &system.value("/usr/bin/good"));
    label("/usr/bin/strange", &unknown);
    remove("/usr/bin/unlabelled");
    let whole = system.value("/usr/bin/cut");
    system.set("/usr/bin/cut", &whole[..100]);
    fs::write(system.at("/etc/x.sh"), "#!/bin/sh\n:\n").unwrap();
    system.program("/opt/copy", "#!/bin/sh\n# good\n");
    system.program("/opt/mine", "#!/bin/sh\n# mine\n");
    system.program("/opt/theirs", "#!/bin/sh\n# theirs\n");
    label("/opt/theirs", &unknown);
    system.program("/opt/changed", "#!/bin/sh\n# changed\n");
    label("/opt/changed", TestKey::shared());
    system.program("/opt/changed", "#!/bin/sh\n# changed since\n");
    log(
        &system,
        &[
            (INVALID, "/usr/bin/altered"),
            (UNSIGNED, "/usr/bin/hash"),
            (INVALID, "/usr/bin/mislabelled"),
            (INVALID, "/usr/bin/strange"),
            (UNSIGNED, "/usr/bin/unlabelled"),
            (INVALID, "/usr/bin/cut"),
            (INVALID, "/etc/x.sh"),
            (UNSIGNED, "/usr/bin/plain"),
            (UNSIGNED, "/usr/bin/good"),
            (UNSIGNED, "/opt/copy"),
            (UNSIGNED, "/opt/mine"),
            (INVALID, "/opt/theirs"),
            (INVALID, "/opt/changed"),
            (UNSIGNED, "/var/lib/dpkg/tmp.ci/preinst"),
            ("missing-HMAC", "/usr/bin/good"),
        ],
    );
    let outcome = why(&system).arg("--json").exits(1);
    let lines = outcome.stdout();
    assert_eq!(lines.lines().count(), 15, "{outcome}");
    let add = "cp CERTIFICATE /etc/keys/ima/ && dpkg-ima keys load";
    for (file, reason, remedy) in [
        (
            "/usr/bin/altered",
            "not-the-packages-content",
            "apt-get install --reinstall signed",
        ),
        ("/usr/bin/hash", "hash-only", "dpkg-ima relabel signed"),
        (
            "/usr/bin/mislabelled",
            "label-of-another-content",
            "dpkg-ima relabel signed",
        ),
        ("/usr/bin/strange", "wrong-key", "dpkg-ima relabel signed"),
        ("/usr/bin/unlabelled", "no-label", "dpkg-ima relabel signed"),
        ("/usr/bin/cut", "malformed", "dpkg-ima relabel signed"),
        (
            "/etc/x.sh",
            "changed-conffile",
            &format!("{SIGN} /etc/x.sh"),
        ),
        (
            "/usr/bin/plain",
            "no-label",
            "dpkg-ima relabel --from DEB plain",
        ),
        (
            "/opt/copy",
            "no-label",
            "cp --remove-destination --preserve=xattr /usr/bin/good /opt/copy",
        ),
        ("/opt/mine", "no-label", &format!("{SIGN} /opt/mine")),
        ("/opt/theirs", "wrong-key", add),
        (
            "/opt/changed",
            "changed-since-signed",
            &format!("{SIGN} /opt/changed"),
        ),
    ] {
        let expected = (file.to_owned(), reason.to_owned(), remedy.to_owned());
        let told = told(&outcome);
        assert!(told.contains(&expected), "{expected:?}\n{outcome}");
    }
    let text = why(&system).exits(1);
    let text = text
        .says("/usr/bin/unlabelled: refused, or logged only at 2025-11-24T16:00:05Z, for 'bash' (process 612, user 1000)\n")
        .says("  it has no label; it is package signed's, whose signature list has a signature of it by key ")
        .says("  -> dpkg-ima relabel signed\n")
        .says("it had no signature; now it has a good label")
        .says("-> nothing: it would be accepted now")
        .says("EVM is on")
        .says("it had no signature; now it is not there any more");
    // One paragraph of three lines each.
    assert_eq!(text.stdout().lines().count(), 3 * 15);
}

#[test]
fn what_it_says_helps_does_help() {
    let system = system();
    xattr::remove(system.at("/usr/bin/unlabelled"), "security.ima").unwrap();
    log(&system, &[(UNSIGNED, "/usr/bin/unlabelled")]);
    let run = why(&system).arg("--json").arg("/usr/bin/unlabelled");
    let before = objects(&run.exits(1));
    assert_eq!(
        before["/usr/bin/unlabelled"]["remedy"],
        "dpkg-ima relabel signed"
    );
    assert_eq!(before["/usr/bin/unlabelled"]["accepted_now"], false);
    Run::dpkg_ima()
        .args(["relabel", "--root"])
        .arg(system.root())
        .arg("signed")
        .ok();
    let after = objects(&why(&system).arg("--json").exits(1));
    assert_eq!(after["/usr/bin/unlabelled"]["accepted_now"], true);
    assert_eq!(after["/usr/bin/unlabelled"]["remedy"], Value::Null);
}

/// A user could put a link in the place of his copy, and root would write through it.
#[test]
fn root_is_told_to_copy_only_where_root_alone_can_exchange_the_copy() {
    let system = system();
    let (copy, shared) = ("/opt/copy", "/srv/shared/copy");
    for path in [copy, shared] {
        system.program(path, "#!/bin/sh\n# good\n");
    }
    log(&system, &[(UNSIGNED, copy), (UNSIGNED, shared)]);
    let mode = fs::Permissions::from_mode(0o1777);
    fs::set_permissions(system.at("/srv/shared"), mode).unwrap();
    let told = || objects(&why(&system).arg("--json").exits(1));
    let (run, cp) = ("run /usr/bin/good instead: ", "cp --remove-destination ");
    let says = |object: &Value, start| object["remedy"].as_str().unwrap().starts_with(start);
    // The control is root's own copy.
    let first = told();
    assert!(says(&first[copy], cp), "{first:?}");
    assert!(says(&first[shared], run), "{first:?}");
    assert_eq!(first[shared]["is_command"], false);
    std::os::unix::fs::chown(system.at(copy), Some(1234), None).unwrap();
    let of_user = told();
    assert!(says(&of_user[copy], run), "{of_user:?}");
    // What is no copy is to be signed, and then it is said whose it is.
    system.program(copy, "#!/bin/sh\n# mine\n");
    why(&system)
        .exits(1)
        .says("; it is of user 1234, so look at it before you sign it\n  -> dpkg-ima sign");
}

/// A record names a file by its path, which in a container is another one; and dpkg replaces files.
#[test]
fn no_command_is_given_for_another_file_than_the_one_that_was_refused() {
    let system = system();
    let (mine, good) = ("/opt/mine", "/usr/bin/good");
    system.program(mine, "#!/bin/sh\n# mine\n");
    log(&system, &[(UNSIGNED, mine), (UNSIGNED, good)]);
    // The control: it is the file that was refused.
    let told = objects(&why(&system).arg("--json").exits(1));
    assert_eq!(told[mine]["remedy"], format!("{SIGN} {mine}"));
    let path = system.at("/var/log/audit/audit.log");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(r#"dev="vda""#, r#"dev="overlay""#)).unwrap();
    let told = objects(&why(&system).arg("--json").exits(1));
    for (name, is_good) in [(mine, false), (good, true)] {
        let object = &told[name];
        assert_eq!(object["now"], "another-file", "{object}");
        assert_eq!(object["is_command"], false, "{object}");
        assert_eq!(object["accepted_now"], is_good, "{object}");
    }
    fs::write(&path, text.replace(" ino=", " ino=9")).unwrap();
    why(&system)
        .exits(1)
        .says("now another file is there: it was replaced since, or was refused in a container\n  -> if it was")
        .does_not_say(SIGN);
}

#[test]
fn a_file_without_a_record_is_judged_by_itself() {
    let system = system();
    log(&system, &[(UNSIGNED, "/usr/bin/plain")]);
    why(&system)
        .arg("/usr/bin/good")
        .ok()
        .says("no record of a refusal")
        .says("the kernel would accept it: it has a good label");
    xattr::remove(system.at("/usr/bin/unlabelled"), "security.ima").unwrap();
    why(&system)
        .arg("/usr/bin/unlabelled")
        .exits(1)
        .says("the kernel would refuse it, where its policy demands a signature: it has no label")
        .says("-> dpkg-ima relabel signed")
        .does_not_say("plain");
    why(&system)
        .arg("/usr/bin/none")
        .exits(2)
        .says("is no regular file");
}

#[test]
fn records_are_grouped_and_counted_and_one_in_two_sources_is_one() {
    let system = system();
    let plain = "/usr/bin/plain";
    log(
        &system,
        &[(UNSIGNED, plain), (INVALID, plain), (UNSIGNED, plain)],
    );
    let spoken = kernel_entry(&format!(
        "audit: type=1800 audit(1764000009.123:109): {}",
        fields(UNSIGNED, plain)
    ));
    journal(
        &system,
        &[
            audit_entry(101, UNSIGNED, plain),
            audit_entry(104, UNSIGNED, plain),
            spoken,
        ],
    );
    let outcome = why(&system).arg("--json").exits(1);
    let text = outcome.stdout();
    let mut counts = Vec::new();
    for line in text.lines() {
        let object: Value = serde_json::from_str(line).unwrap();
        counts.push((
            object["cause"].as_str().unwrap().to_owned(),
            object["count"].as_u64().unwrap(),
            object["first"].as_str().unwrap().to_owned(),
            object["last"].as_str().unwrap().to_owned(),
        ));
    }
    let time = |second: u64| format!("2025-11-24T16:00:0{second}Z");
    let expected = [
        (INVALID.to_owned(), 1, time(2), time(2)),
        (UNSIGNED.to_owned(), 4, time(1), time(9)),
    ];
    assert_eq!(counts, expected);
    let since = why(&system).args(["--since", "2025-11-24 16:00:04 UTC", "--json"]);
    let object = &objects(&since.exits(1))[plain];
    assert_eq!(object["count"], 2);
    let later = why(&system).args(["--since", "2025-11-24 16:01 UTC"]);
    later.ok().says("nothing was refused");
    why(&system)
        .args(["--since", "tomorowish"])
        .exits(2)
        .says("is no time");
}

#[test]
fn a_journal_alone_will_do_and_what_programs_write_into_it_is_no_record() {
    let system = system();
    let message = format!(
        "audit: type=1800 audit(1764000001.123:101): {}",
        fields(UNSIGNED, "/usr/bin/forged")
    );
    let of_program = |facility: &str| {
        vec![
            ("_TRANSPORT", "kernel".to_owned()),
            ("SYSLOG_FACILITY", facility.to_owned()),
            ("MESSAGE", message.clone()),
        ]
    };
    journal(
        &system,
        &[
            of_program("1"),
            audit_entry(102, UNSIGNED, "/usr/bin/plain"),
        ],
    );
    let outcome = why(&system).arg("--json").exits(1);
    let files: Vec<_> = objects(&outcome).into_keys().collect();
    assert_eq!(files, ["/usr/bin/plain"]);
    // The control: from the kernel itself, that message is a record.
    journal(&system, &[of_program("0")]);
    let outcome = why(&system).arg("--json").exits(1);
    assert!(
        objects(&outcome).contains_key("/usr/bin/forged"),
        "{outcome}"
    );
}
