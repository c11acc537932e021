//! `dpkg-ima setup` on a Debian root with real GRUB and initramfs tools. That a machine then boots and refuses is shown in the
//! VM: tests/vm/scripts/whole.sh has the same policy, keys and initramfs.

mod bootable;
mod images;
mod package;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::Run;
use bootable::Bootable;

const DROP_IN: &str = "/etc/default/grub.d/dpkg-ima.cfg";
const POLICY: &str = "/etc/dpkg-ima/policy";
const KEPT: &str = "/var/lib/dpkg-ima/setup";
const CERTIFICATE: &str = "/etc/keys/ima/mirror.pem";

/// With the certificate.
fn first(bootable: &Bootable) -> Run {
    bootable
        .setup()
        .args(["--yes", "--cert", "/srv/mirror.pem"])
}

#[track_caller]
fn ensure_grub_says(bootable: &Bootable, word: &str) {
    for line in bootable.grub_lines() {
        assert!(line.split_whitespace().any(|one| one == word), "{line}");
    }
}

/// The next boot has them, in the system and in the initramfs.
#[track_caller]
fn ensure_has_keys(bootable: &Bootable) {
    assert!(bootable.at(CERTIFICATE).exists());
    let initramfs = bootable.initramfs();
    assert!(initramfs.contains("etc/keys/ima/mirror.pem"), "{initramfs}");
}

#[test]
fn from_a_fresh_machine_to_an_enforcing_one_and_back() {
    let bootable = Bootable::new();
    bootable.label_boot_files();
    let before = bootable.contents();
    let planned = bootable
        .setup()
        .args(["--dry-run", "--cert", "/srv/mirror.pem"])
        .ok();
    planned
        .says("to do   certificates")
        .says("to do   policy")
        .says("to do   command line (GRUB)");
    let unasked = bootable.setup().args(["--cert", "/srv/mirror.pem"]);
    unasked
        .exits(2)
        .says("nothing is changed")
        .says("give --yes");
    bootable.ensure_as(&before);

    first(&bootable).ok().says("restart the machine");
    ensure_grub_says(&bootable, "ima_appraise=log");
    let sample = fs::read(bootable.at("/usr/share/dpkg-ima/policies/everyone")).unwrap();
    assert_eq!(fs::read(bootable.at(POLICY)).unwrap(), sample);
    let initramfs = bootable.initramfs();
    for file in [
        "etc/dpkg-ima/policy",
        "etc/keys/ima/mirror.pem",
        "dpkg-ima-helper",
        "init-bottom/dpkg-ima",
    ] {
        assert!(initramfs.contains(file), "{file}: {initramfs}");
    }
    assert!(bootable.machine.label("/usr/bin/hello").is_some());

    let in_log_mode = bootable.contents();
    bootable
        .setup()
        .ok()
        .says("nothing to do")
        .does_not_say("to do ");
    bootable.setup().arg("--yes").ok().says("nothing to do");
    bootable.ensure_as(&in_log_mode);

    let enforce = || bootable.setup().args(["--enforce", "--yes"]);
    enforce()
        .exits(1)
        .says("does not try that policy in log mode");
    bootable.boot_in_log_mode();
    let in_log_mode = bootable.contents();
    enforce().exits(1).says("would be refused, such as '/usr/");
    bootable.ensure_as(&in_log_mode);
    bootable.label_what_runs();
    enforce().ok().says("refuses what is not signed");
    ensure_grub_says(&bootable, "ima_appraise=enforce");
    bootable.setup().ok().says("nothing to do");
    ensure_grub_says(&bootable, "ima_appraise=enforce");

    bootable
        .setup()
        .args(["--undo", "--yes"])
        .ok()
        .says("is gone, as before");
    bootable.ensure_as(&before);
    assert!(!bootable.initramfs().contains("dpkg-ima/policy"));
    assert!(!bootable.at(KEPT).exists());
    bootable.setup().arg("--undo").ok().says("nothing to undo");
}

#[test]
fn it_stops_before_anything_that_would_not_boot() {
    let bootable = Bootable::new();
    let before = bootable.contents();
    bootable
        .setup()
        .arg("--yes")
        .exits(1)
        .says("stop    certificates")
        .says("--cert FILE");
    bootable.ensure_as(&before);
    // What can be done is done up to there: certificate and labels, which harm nobody.
    first(&bootable)
        .exits(1)
        .says("stop    labels: '/bin/sh' has no signature");
    assert!(!bootable.at(POLICY).exists() && !bootable.at(DROP_IN).exists());
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.ensure_as(&before);

    bootable.label_boot_files();
    for (option, words) in [
        ("CONFIG_IMA_APPRAISE", "not built with CONFIG_IMA_APPRAISE"),
        (
            "CONFIG_IMA_APPRAISE_BOOTPARAM",
            "it ignores ima_appraise=log",
        ),
    ] {
        bootable.without_option(option);
        first(&bootable).exits(1).says("stop    kernel").says(words);
    }
    bootable.boot_in_log_mode();
    fs::rename(
        bootable.at("/boot/grub/grub.cfg"),
        bootable.at("/boot/grub/away"),
    )
    .unwrap();
    bootable.running(
        "quiet",
        &fs::read_to_string(bootable.at("/tmp/config")).unwrap(),
    );
    first(&bootable)
        .exits(1)
        .says("neither GRUB nor systemd-boot")
        .says("give the kernel ima_appraise=log");
    assert!(!bootable.at(POLICY).exists());
    // Given by whatever boots it, as the emulated machines of tests/vm are.
    bootable.boot_in_log_mode();
    first(&bootable).ok().says("given ima_appraise=log");
    assert!(bootable.at(POLICY).exists());
    bootable.label_what_runs();
    let enforce = || bootable.setup().args(["--enforce", "--yes"]);
    let left = enforce().exits(1).says("yours   command line");
    left.says("have your boot loader give the kernel ima_appraise=enforce")
        .does_not_say("nothing to do")
        .does_not_say("then refuses");
    bootable.running(
        "quiet ima_appraise=enforce",
        &fs::read_to_string(bootable.at("/tmp/config")).unwrap(),
    );
    enforce().ok().says("nothing to do");
}

#[test]
fn entries_of_grub_for_anything_else_are_left_alone() {
    let bootable = Bootable::new();
    bootable.label_boot_files();
    // As the packages memtest86+ and os-prober have them; neither takes GRUB_CMDLINE_LINUX.
    for (script, line) in [
        ("20_memtest86+", "linux /boot/memtest86+x64.bin"),
        ("30_os-prober", "linux /vmlinuz root=/dev/vdb1 quiet"),
    ] {
        let path = bootable.at("/etc/grub.d").join(script);
        let text = format!("#!/bin/sh\nprintf 'menuentry x {{\\n\\t{line}\\n}}\\n'\n");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    first(&bootable).ok().says("restart the machine");
    bootable.setup().ok().says("nothing to do");
    let lines = bootable.grub_lines();
    let told = lines
        .iter()
        .filter(|line| line.contains("ima_appraise=log"));
    assert_eq!(told.count(), lines.len() - 2, "{lines:#?}");
}

#[test]
fn killed_in_the_middle_it_is_undone_or_done() {
    let bootable = Bootable::new();
    bootable.label_boot_files();
    let before = bootable.contents();
    bootable.killed_once(DROP_IN);
    assert!(
        !bootable.at(POLICY).exists(),
        "the policy came before the command line"
    );
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.ensure_as(&before);

    first(&bootable).ok();
    let whole = bootable.contents();
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.killed_once(POLICY);
    bootable
        .setup()
        .arg("--yes")
        .ok()
        .says("restart the machine");
    bootable.ensure_as(&whole);
    assert!(bootable.initramfs().contains("dpkg-ima/policy"));
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.ensure_as(&before);
}

#[test]
fn what_somebody_else_has_changed_is_named_and_left() {
    let bootable = Bootable::new();
    bootable.label_boot_files();
    first(&bootable).ok();
    fs::write(
        bootable.at(POLICY),
        "appraise func=MODULE_CHECK appraise_type=imasig\n",
    )
    .unwrap();
    let undone = bootable.setup().args(["--undo", "--yes"]).exits(2);
    let undone = undone.says("'/etc/dpkg-ima/policy' was changed by somebody else");
    // The policy is still there, so the kernel must still be told not to enforce it, and it needs its keys.
    undone.says("remove it first");
    ensure_grub_says(&bootable, "ima_appraise=log");
    ensure_has_keys(&bootable);
    assert!(
        fs::read_to_string(bootable.at(POLICY))
            .unwrap()
            .contains("MODULE_CHECK")
    );
    fs::remove_file(bootable.at(POLICY)).unwrap();
    bootable.setup().args(["--undo", "--yes"]).ok();
    assert!(!bootable.at(DROP_IN).exists() && !bootable.at(CERTIFICATE).exists());

    first(&bootable).ok();
    fs::write(bootable.at(DROP_IN), "# mine\n").unwrap();
    bootable
        .setup()
        .arg("--yes")
        .exits(2)
        .says("was changed since setup wrote it");
    assert_eq!(
        fs::read_to_string(bootable.at(DROP_IN)).unwrap(),
        "# mine\n"
    );
}

#[test]
fn a_policy_that_setup_did_not_write_keeps_what_it_needs() {
    let bootable = Bootable::new();
    bootable.label_boot_files();
    let before = bootable.contents();
    let sample = |name: &str| fs::read(bootable.at("/usr/share/dpkg-ima/policies").join(name));
    let by_hand = sample("root").unwrap();
    let undo = || bootable.setup().args(["--undo", "--yes"]);
    let ensure_stays = |path: &str| {
        undo().exits(2).says(&format!("'{path}' is a policy of"));
        ensure_grub_says(&bootable, "ima_appraise=log");
        ensure_has_keys(&bootable);
    };
    // Put there by hand, tried, and not to be enforced by its end.
    fs::write(bootable.at(POLICY), &by_hand).unwrap();
    first(&bootable).ok();
    ensure_stays(POLICY);
    assert_eq!(fs::read(bootable.at(POLICY)).unwrap(), by_hand);
    fs::remove_file(bootable.at(POLICY)).unwrap();
    // The other one, which systemd loads.
    fs::create_dir_all(bootable.at("/etc/ima")).unwrap();
    fs::write(bootable.at("/etc/ima/ima-policy"), &by_hand).unwrap();
    ensure_stays("/etc/ima/ima-policy");
    fs::remove_file(bootable.at("/etc/ima/ima-policy")).unwrap();
    undo().ok();
    bootable.ensure_as(&before);
    assert!(!bootable.at(KEPT).exists());

    // One that setup replaced is put back, and all is as it was.
    fs::write(bootable.at(POLICY), &by_hand).unwrap();
    let before = bootable.contents();
    first(&bootable).args(["--policy", "everyone"]).ok();
    assert_eq!(
        fs::read(bootable.at(POLICY)).unwrap(),
        sample("everyone").unwrap()
    );
    undo().ok().says("has its former content");
    bootable.ensure_as(&before);
    assert!(!bootable.at(KEPT).exists());
}

#[test]
fn status_does_not_take_a_folder_that_executes_nothing_for_enforcement() {
    let bootable = Bootable::new();
    let status = |options: &str| {
        let within = "mount -t tmpfs -o \"$0\" none /var/tmp; dpkg-ima status || [ $? = 1 ]";
        bootable.run("sh").args(["-ec", within, options]).ok()
    };
    status("noexec")
        .says("/var/tmp is mounted noexec")
        .does_not_say("without a signature is refused");
    status("exec").says("a program without a signature runs");
}

#[test]
fn systemd_boot_is_told_by_its_entries() {
    let bootable = Bootable::new();
    bootable.label_boot_files();
    let entry = bootable.boots_by_systemd_boot();
    let read = || fs::read_to_string(bootable.at(&entry)).unwrap();
    assert!(read().contains("root=/dev/vda1"), "{}", read());

    first(&bootable)
        .ok()
        .says("to do   command line (systemd-boot)");
    assert!(
        read().contains("root=/dev/vda1 quiet ima_appraise=log"),
        "{}",
        read()
    );
    bootable.boot_in_log_mode();
    bootable.setup().ok().says("nothing to do");
    // Now the running kernel has the parameter, and kernel-install would take it from there.
    bootable.setup().args(["--undo", "--yes"]).ok();
    assert!(
        !read().contains("ima_appraise") && read().contains("root=/dev/vda1"),
        "{}",
        read()
    );
    assert!(!bootable.at("/etc/kernel/cmdline").exists());
}
