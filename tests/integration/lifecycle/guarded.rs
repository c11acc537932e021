//! A guard at work while the store changes: what dpkg unpacks is labelled, and what it left behind is swept.
//!
//! The guard runs on this machine's own root, in which `/var/lib`, `/opt`, `/run` and the keys of `/etc` are a system's made
//! for the test.

use std::path::PathBuf;

use crate::support::{DebBuilder, Run, System, TestKey, label_of, scratch};

/// What the followed process is, and how to wait for the guard's end: it holds that lock.
const PRELUDE: &str = r#"
set -eu
system=$0 helper=$1
for folder in var/lib opt; do mkdir -p "$system/$folder"; mount --bind "$system/$folder" "/$folder"; done
mount -t overlay -o "lowerdir=$system/etc:/etc" overlay /etc
mount -t tmpfs tmpfs /run
exec 2>&1
sleep 100 & followed=$!
trap 'kill "$followed"' EXIT
"$helper" guard --follow "$followed"
test -S /run/dpkg-ima/socket
end() { kill "$followed"; trap - EXIT; timeout 30 flock /run/dpkg-ima/lock true; cat /run/dpkg-ima/log; }
"#;

/// A package with two programs.
fn package(name: &str) -> DebBuilder {
    ["one", "two"]
        .iter()
        .fold(DebBuilder::new(name, "1"), |deb, program| {
            let content = format!("#!/bin/sh\necho {name} {program}\n");
            deb.file(&format!("/opt/{name}/{program}"), content, 0o755)
        })
}

fn signed(deb: DebBuilder) -> (tempfile::TempDir, PathBuf) {
    let (plain, folder) = (scratch(), scratch());
    let deb = TestKey::shared().signed(&deb.build(plain.path()), folder.path());
    (folder, deb)
}

/// Which of the package's programs have labels.
fn labelled(system: &System, name: &str) -> [bool; 2] {
    ["one", "two"].map(|program| {
        let place = system.at(&format!("/opt/{name}/{program}"));
        label_of(&place).is_some()
    })
}

/// Runs that script in the system, with a guard.
fn run(system: &System, script: &str) -> Run {
    let run = Run::new("timeout").args(["-k", "5", "60", "unshare", "--mount", "sh", "-c"]);
    run.arg(format!("{PRELUDE}{script}"))
        .arg(system.root())
        .arg(env!("CARGO_BIN_EXE_dpkg-ima-helper"))
        .env("RUST_LOG", "debug")
}

/// A system with one package that is installed and not labelled.
fn system() -> System {
    let system = System::new();
    system.trust(TestKey::shared());
    let (_folder, deb) = signed(package("installed"));
    system.dpkg(&[], &deb);
    assert_eq!(labelled(&system, "installed"), [false; 2]);
    system
}

/// The guard is told so while the preinst runs, as by `relabel`; the files come after that. No sweep runs before they are
/// looked at.
#[test]
fn what_is_unpacked_is_labelled_although_the_store_changes_meanwhile() {
    let system = system();
    let preinst = r#"#!/usr/bin/perl
use IO::Socket::UNIX;
my $guard = IO::Socket::UNIX->new("/run/dpkg-ima/socket") or die "no guard";
print $guard "store-changed\n";
print "the guard: ", <$guard>;
"#;
    let (_folder, deb) = signed(package("unpacked").control("preinst", preinst));
    let script = r#"
dpkg --root="$system" --no-triggers --force-not-root --force-script-chrootless --force-bad-path --refuse-unsafe-io -i "$2"
for program in one two; do
    getfattr --absolute-names -m security.ima "/opt/unpacked/$program" | grep security.ima || cat /run/dpkg-ima/log
done
end
"#;
    let outcome = run(&system, script).arg(&deb).ok();
    let outcome = outcome.says("the guard: done");
    let said = outcome.stdout();
    let labels = said.lines().filter(|line| *line == "security.ima").count();
    assert_eq!(labels, 2, "{outcome}");
    assert_eq!(labelled(&system, "unpacked"), [true; 2], "{outcome}");
}

/// The followed process is killed, as dpkg may be, after somebody has relabelled one package.
#[test]
fn what_was_left_behind_is_swept_although_one_package_was_relabelled() {
    let system = system();
    let (_folder, deb) = signed(package("other"));
    system.dpkg(&[], &deb);
    let outcome = run(&system, "\"$helper\" relabel other; end\n").ok();
    assert_eq!(labelled(&system, "other"), [true; 2], "{outcome}");
    assert_eq!(labelled(&system, "installed"), [true; 2], "{outcome}");
}
