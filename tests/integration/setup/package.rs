//! The scripts of the package on a machine that could boot: what debconf was told beforehand, and what removal leaves.

use std::fs;

use super::bootable::{Bootable, VERSION};
use super::{DROP_IN, KEPT, POLICY, ensure_grub_says};
use crate::support::{OurPackages, Outcome, Run};

impl Bootable {
    fn dpkg(&self, arguments: &[&str]) -> Run {
        let run = self.run("dpkg").args(arguments);
        run.env("DEBIAN_FRONTEND", "noninteractive")
    }

    /// Installs our packages, or installs them once more.
    #[track_caller]
    fn install_packages(&self) -> Outcome {
        let debs = OurPackages::built().both();
        let debs = self.machine.chroot.copy_in("/tmp/debs", &debs);
        self.dpkg(&["-i", &debs[0], &debs[1]]).ok()
    }

    /// Answers a question beforehand, as the installer and `debconf-set-selections` do.
    fn preseed(&self, question: &str, kind: &str, answer: &str) {
        let line = format!("dpkg-ima dpkg-ima/{question} {kind} {answer}\n");
        self.run("debconf-set-selections").input(line).ok();
    }

    /// Has a certificate, and labels on what boots it.
    fn is_prepared(&self) {
        self.label_boot_files();
        fs::copy(
            self.at("/srv/mirror.pem"),
            self.at("/etc/keys/ima/mirror.pem"),
        )
        .unwrap();
    }

    #[track_caller]
    fn ensure_initramfs_is_free_of_us(&self) {
        let initramfs = self.initramfs();
        assert!(!initramfs.contains("dpkg-ima"), "{initramfs}");
    }
}

#[test]
fn nothing_is_set_up_unless_it_was_answered_so() {
    let bootable = Bootable::new();
    bootable.is_prepared();
    bootable.install_packages();
    for file in [POLICY, DROP_IN, KEPT] {
        assert!(!bootable.at(file).exists(), "{file}");
    }
}

#[test]
fn a_machine_is_set_up_as_it_was_answered_beforehand_and_once() {
    let bootable = Bootable::new();
    bootable.is_prepared();
    bootable.preseed("setup", "select", "log");
    bootable.preseed("policy", "string", "root");
    bootable.install_packages().says("restart the machine");
    let sample = || fs::read(bootable.at("/usr/share/dpkg-ima/policies/root")).unwrap();
    assert_eq!(fs::read(bootable.at(POLICY)).unwrap(), sample());
    ensure_grub_says(&bootable, "ima_appraise=log");
    assert!(bootable.initramfs().contains("etc/dpkg-ima/policy"));

    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable
        .install_packages()
        .does_not_say("restart the machine");
    assert!(!bootable.at(POLICY).exists(), "an upgrade sets nothing up");
    let again = bootable
        .run("dpkg-reconfigure")
        .args(["-f", "noninteractive", "dpkg-ima"]);
    again.ok().says("restart the machine");
    assert_eq!(fs::read(bootable.at(POLICY)).unwrap(), sample());
}

#[test]
fn what_setup_stops_for_is_said_and_the_package_is_installed() {
    for (answer, words) in [
        ("log", "stop    certificates"),
        ("enforce", "stop    certificates"),
    ] {
        let bootable = Bootable::new();
        bootable.preseed("setup", "select", answer);
        bootable
            .install_packages()
            .says(words)
            .says(&format!("hint: dpkg-ima setup --{answer}"));
        assert!(!bootable.at(POLICY).exists());
        let status =
            bootable
                .run("dpkg-query")
                .args(["-W", "-f", "${db:Status-Status}", "dpkg-ima"]);
        assert_eq!(status.ok().stdout(), "installed");
    }
}

#[test]
fn after_a_purge_the_machine_is_as_before_and_boots() {
    let bootable = Bootable::new();
    bootable.is_prepared();
    let before = bootable.contents();
    bootable.preseed("setup", "select", "log");
    bootable.install_packages();
    assert!(bootable.initramfs().contains("etc/dpkg-ima/policy"));
    bootable
        .dpkg(&["--purge", "dpkg-ima"])
        .ok()
        .says("is gone, as before");
    bootable.ensure_as(&before);
    bootable.ensure_initramfs_is_free_of_us();
    assert!(!bootable.at("/var/lib/dpkg-ima").exists());
}

/// The way without setup: a policy by hand, which is the administrator's file.
#[test]
fn no_initramfs_loads_a_policy_once_the_hooks_are_gone() {
    let bootable = Bootable::new();
    bootable.is_prepared();
    bootable.install_packages();
    fs::write(bootable.at(POLICY), "appraise func=BPRM_CHECK\n").unwrap();
    let make = bootable.run("update-initramfs").args(["-u", "-k", VERSION]);
    make.ok();
    assert!(bootable.initramfs().contains("etc/dpkg-ima/policy"));
    bootable.dpkg(&["--remove", "dpkg-ima"]).ok();
    bootable.ensure_initramfs_is_free_of_us();
    assert!(bootable.at(POLICY).exists());
}

#[test]
fn what_cannot_be_undone_yet_is_kept_over_a_purge() {
    let bootable = Bootable::new();
    bootable.is_prepared();
    let before = bootable.contents();
    bootable.preseed("setup", "select", "log");
    bootable.install_packages();
    fs::write(bootable.at(POLICY), "appraise func=MODULE_CHECK\n").unwrap();
    bootable
        .dpkg(&["--purge", "dpkg-ima"])
        .ok()
        .says("was changed by somebody else")
        .says("/var/lib/dpkg-ima/setup' stays");
    bootable.ensure_initramfs_is_free_of_us();
    let left = fs::read_dir(bootable.at("/var/lib/dpkg-ima")).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["setup"]);
    // With the command alone, which is in the other package.
    fs::remove_file(bootable.at(POLICY)).unwrap();
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.ensure_as(&before);
}
