//! What hooks and trigger do to other people's dpkg and apt runs: call the helper, and never get in the way.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Chroot, DebBuilder, OurPackages, Run, scratch};

const HELPER: &str = "/usr/libexec/dpkg-ima/dpkg-ima-helper";
const DPKG_HOOK: &str = "/etc/dpkg/dpkg.cfg.d/dpkg-ima";
const APT_HOOK: &str = "/etc/apt/apt.conf.d/05dpkg-ima";

/// A root with our packages.
fn chroot_with_hooks() -> Chroot {
    let chroot = Chroot::new();
    chroot.install(&OurPackages::built().both()).ok();
    chroot
}

/// Puts something else in the helper's place.
fn replace_helper(chroot: &Chroot, content: &str, mode: u32) {
    let helper = chroot.at(HELPER);
    fs::remove_file(&helper).expect("our package installed it");
    fs::write(&helper, content).expect("the root is writable");
    fs::set_permissions(&helper, fs::Permissions::from_mode(mode)).expect("it was just made");
}

/// `dpkg -i` of a package made for this.
fn install_example(chroot: &Chroot) -> Run {
    let directory = scratch();
    let deb =
        DebBuilder::new("example", "1.0").file("/usr/bin/example", "#!/bin/sh\necho hi\n", 0o755);
    chroot.install(&[&deb.build(directory.path())])
}

/// Installs, upgrades with apt and purges, and purges dpkg-ima itself: each run must succeed.
fn everything_works(chroot: &Chroot) {
    install_example(chroot).ok();
    let directory = scratch();
    let deb =
        DebBuilder::new("example", "2.0").file("/usr/bin/example", "#!/bin/sh\necho ho\n", 0o755);
    chroot.repository(&[&deb.build(directory.path())]);
    chroot.apt(&["upgrade"]).ok();
    chroot.run("example").ok().says("ho");
    chroot.run("dpkg").args(["--purge", "example"]).ok();
    chroot.run("dpkg").args(["--purge", "dpkg-ima"]).ok();
    chroot.run("dpkg").arg("--audit").ok().says_nothing();
}

#[test]
fn a_missing_helper_makes_no_run_fail() {
    let chroot = chroot_with_hooks();
    fs::remove_file(chroot.at(HELPER)).expect("our package installed it");
    everything_works(&chroot);
}

#[test]
fn a_helper_that_is_not_executable_makes_no_run_fail() {
    let chroot = chroot_with_hooks();
    replace_helper(&chroot, "#!/bin/sh\nexit 0\n", 0o644);
    everything_works(&chroot);
}

#[test]
fn a_failing_helper_makes_no_run_fail() {
    let chroot = chroot_with_hooks();
    replace_helper(&chroot, "#!/bin/sh\nexit 1\n", 0o755);
    everything_works(&chroot);
}

#[test]
fn a_killed_helper_makes_no_run_fail() {
    let chroot = chroot_with_hooks();
    replace_helper(&chroot, "#!/bin/sh\nkill -9 $$\n", 0o755);
    everything_works(&chroot);
}

#[test]
fn a_helper_for_another_machine_makes_no_run_fail() {
    let chroot = chroot_with_hooks();
    replace_helper(&chroot, "\u{7f}ELF, or so it says", 0o755);
    everything_works(&chroot);
}

/// The control: were the status not swallowed, the tests above would see it.
fn a_spoilt_hook_fails(hook: &str, run: impl FnOnce(&Chroot) -> Run) {
    let chroot = chroot_with_hooks();
    replace_helper(&chroot, "#!/bin/sh\nexit 1\n", 0o755);
    let text = fs::read_to_string(chroot.at(hook)).expect("our package installed it");
    let spoilt = text.replace("|| true", "");
    assert_ne!(text, spoilt, "{hook} swallows the status with `|| true`");
    fs::write(chroot.at(hook), spoilt).expect("the root is writable");
    let outcome = run(&chroot).outcome();
    assert_ne!(outcome.code(), Some(0), "{hook}\n{outcome}");
}

#[test]
fn a_dpkg_hook_that_does_not_swallow_the_status_makes_dpkg_fail() {
    a_spoilt_hook_fails(DPKG_HOOK, install_example);
}

#[test]
fn an_apt_hook_that_does_not_swallow_the_status_makes_apt_fail() {
    a_spoilt_hook_fails(APT_HOOK, |chroot| {
        install_example(chroot).ok();
        chroot.apt(&["purge", "example"])
    });
}

/// What the helper was called with since the last look, and by whom.
fn calls(chroot: &Chroot) -> Vec<String> {
    let log = chroot.at("/var/log/calls");
    let text = fs::read_to_string(&log).unwrap_or_default();
    fs::write(log, "").expect("the root is writable");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn hooks_and_trigger_call_the_helper() {
    let chroot = chroot_with_hooks();
    let by = "${DPKG_HOOK_ACTION:-${DPKG_MAINTSCRIPT_NAME:-apt}}";
    let script = format!("#!/bin/sh\necho \"$1, {by}\" >> /var/log/calls\n");
    replace_helper(&chroot, &script, 0o755);
    install_example(&chroot).ok();
    assert_eq!(
        calls(&chroot),
        ["guard, install", "sweep, postinst", "flush, install"]
    );
    chroot.apt(&["purge", "example"]).ok();
    let calls = calls(&chroot);
    let by_apt: Vec<&String> = calls
        .iter()
        .filter(|call| call.ends_with(", apt"))
        .collect();
    assert_eq!(
        by_apt,
        ["guard, apt", "load, apt", "flush, apt"],
        "{calls:?}"
    );
}

#[test]
fn a_refusal_stops_apt_before_anything_is_unpacked() {
    let chroot = chroot_with_hooks();
    replace_helper(&chroot, "#!/bin/sh\n[ \"$1\" != load ] || exit 77\n", 0o755);
    let directory = scratch();
    let deb = DebBuilder::new("example", "1.0").build(directory.path());
    chroot.repository(&[&deb]);
    chroot.apt(&["install", "example"]).exits(100);
    chroot.run("dpkg-query").args(["-W", "example"]).exits(1);
    chroot.install(&[&deb]).ok();
}

#[test]
fn hooks_say_nothing() {
    let chroot = Chroot::new();
    let plain = install_example(&chroot).ok();
    chroot.run("dpkg").args(["--purge", "example"]).ok();
    chroot.install(&OurPackages::built().both()).ok();
    let hooked = install_example(&chroot).ok();
    let expected = |line: &&str| {
        !line.starts_with("Processing triggers for dpkg-ima ")
            && !line.starts_with("(Reading database")
    };
    let lines = |text: String| {
        text.lines()
            .filter(expected)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(hooked.stdout()), lines(plain.stdout()), "\n{hooked}");
    assert_eq!(hooked.stderr(), plain.stderr(), "\n{hooked}");
}

#[test]
fn without_the_right_to_label_hooks_are_silent() {
    let chroot = chroot_with_hooks();
    let unprivileged = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "dpkg"];
    let directory = scratch();
    let deb =
        DebBuilder::new("example", "1.0").file("/usr/bin/example", "#!/bin/sh\necho hi\n", 0o755);
    let inside = chroot.copy_in("/tmp/debs", &[&deb.build(directory.path())]);
    let run = chroot
        .run("setpriv")
        .args(unprivileged)
        .arg("-i")
        .args(inside)
        .ok();
    assert_eq!(run.stderr(), "", "\n{run}");
    run.does_not_say("helper");
}

#[test]
fn a_rehearsal_is_silent() {
    let chroot = chroot_with_hooks();
    let directory = scratch();
    let deb = DebBuilder::new("example", "1.0").build(directory.path());
    let inside = chroot.copy_in("/tmp/debs", &[&deb]);
    let run = chroot
        .run("dpkg")
        .args(["--no-act", "-i"])
        .args(inside)
        .ok();
    assert_eq!(run.stderr(), "", "\n{run}");
}
