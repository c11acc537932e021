//! Images of Debian's own initramfs-tools and dracut: what is in them, and where they stop. Each is unpacked, and our script in it
//! runs with the shell and the library that the image has. That a kernel boots them is shown in the VM: tests/vm/suite initramfs.

use std::fs;
use std::path::PathBuf;

use super::bootable::{Bootable, VERSION};
use crate::support::Outcome;

const ENFORCE: &str = "root=/dev/vda1 ima_appraise=enforce";
const NO_KEYS: &str = "0a1b2c3d I--Q---     1 perm 1f3f0000     0     0 keyring   _ima: empty\n";
const ONE_KEY: &str = "0a1b2c3d I--Q---     1 perm 1f3f0000     0     0 keyring   _ima: 1\n";
/// Runs our script as the image does. initramfs-tools announces a shell by its scripts of `panic`; dracut's shell is on /dev/tty1,
/// here a file, of which it reads the end at once.
const INITRAMFS_TOOLS: &str = "export rootmnt=/root init=/sbin/init panic=; \
    /scripts/init-bottom/dpkg-ima; echo behind it";
const DRACUT: &str = "export NEWROOT=/root hookdir=/lib/dracut/hooks; . /lib/dracut-lib.sh; \
    . /lib/dracut/hooks/pre-pivot/98-dpkg-ima.sh; echo behind it";

/// An image, unpacked in a root.
struct Image<'a> {
    bootable: &'a Bootable,
    script: &'static str,
    /// Is not empty once there is a shell.
    mark: &'static str,
}

impl Image<'_> {
    /// Our script, on a kernel that was given those parameters, and has those keys. It knows no IMA.
    fn boots(&self, command_line: &str, keys: &str) -> Outcome {
        for (name, text) in [("cmdline", command_line), ("keys", keys)] {
            fs::write(self.bootable.at("/tmp").join(name), format!("{text}\n")).unwrap();
        }
        fs::write(self.mark(), "").unwrap();
        let within = "rm -f /image/run/dpkg-ima-off; mount -t proc proc /image/proc; for file in cmdline keys; do \
            mount --bind /tmp/$file /image/proc/$file; done; exec chroot /image sh -c \"$0\"";
        self.bootable
            .run("sh")
            .args(["-ec", within, self.script])
            .ok()
            .says("behind it")
    }

    /// It stops for that, and there is a shell. Once that is left, the unit of systemd does not stop the machine again.
    #[track_caller]
    fn stops(&self, command_line: &str, keys: &str, why: &str) {
        self.boots(command_line, keys).says(why);
        let shell = fs::read_to_string(self.mark()).unwrap();
        assert!(!shell.is_empty(), "{command_line}: no shell");
        assert!(!self.unit_may_start(), "{command_line}: the unit starts");
    }

    /// It goes on.
    #[track_caller]
    fn goes_on(&self, command_line: &str, keys: &str) -> Outcome {
        let outcome = self.boots(command_line, keys).does_not_say("'exit'");
        let shell = fs::read_to_string(self.mark()).unwrap();
        assert_eq!(shell, "", "{command_line}: a shell");
        assert!(self.unit_may_start(), "{command_line}: no unit starts");
        outcome
    }

    /// What systemd says of the unit's conditions in a system that has the image's /run, a policy, and a kernel with IMA.
    fn unit_may_start(&self) -> bool {
        let unit = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/hooks/systemd/dpkg-ima-boot.service"
        );
        fs::copy(unit, self.bootable.at("/tmp/unit")).unwrap();
        let within = "mount --bind /image/run /run; mount -t tmpfs none /sys; mount -t tmpfs none /etc/dpkg-ima; \
            mkdir -p /sys/kernel/security/ima; touch /sys/kernel/security/ima/policy /etc/dpkg-ima/policy; \
            systemd-analyze condition $(grep ^ConditionPath /tmp/unit) || [ $? = 1 ]";
        let told = self.bootable.run("sh").args(["-ec", within]).ok();
        let told = told.stderr();
        assert_ne!(
            told.contains("Conditions succeeded"),
            told.contains("Conditions failed"),
            "{told}"
        );
        told.contains("Conditions succeeded")
    }

    fn mark(&self) -> PathBuf {
        self.bootable.at(&format!("/image{}", self.mark))
    }
}

impl Bootable {
    /// Has the image made anew, and unpacked into /image.
    fn image(&self, is_dracut: bool) -> Image<'_> {
        let (make, unpack) = match is_dracut {
            true => (
                "dracut --quiet --force /boot/initrd.img-$0 $0",
                "mkdir /image && cd /image && lsinitrd --unpack /boot/initrd.img-$0",
            ),
            false => (
                "update-initramfs -u -k $0",
                "unmkinitramfs /boot/initrd.img-$0 /image",
            ),
        };
        // Dracut's has the machine's own console, on which its shell would wait.
        let folders = "mkdir -p /image/proc /image/dev /image/root/etc /image/scripts/panic; \
            rm -f /image/dev/console";
        let script = format!("rm -rf /image; {make}; {unpack}; {folders}");
        self.run("sh").args(["-ec", &script, VERSION]).ok();
        fs::write(
            self.at("/image/scripts/panic/ORDER"),
            "echo a shell >/mark\n",
        )
        .unwrap();
        Image {
            bootable: self,
            script: if is_dracut { DRACUT } else { INITRAMFS_TOOLS },
            mark: if is_dracut { "/dev/tty1" } else { "/mark" },
        }
    }

    fn policy(&self) {
        let sample = self.at("/usr/share/dpkg-ima/policies/everyone");
        fs::copy(sample, self.at("/etc/dpkg-ima/policy")).unwrap();
    }
}

/// The behaviour that both makers' images have.
fn it_stops_where_it_must(bootable: &Bootable, is_dracut: bool) {
    let image = bootable.image(is_dracut);
    for command_line in [
        "root=/dev/vda1",
        "ima_appraise=log",
        "ima_appraise=enforce ima_appraise=log",
        "ima_appraise=enforce dpkg_ima=off",
        "ima_appraise=enforce ima_policy=tcb|appraise_tcb",
        "xima_appraise=enforce",
    ] {
        image.goes_on(command_line, NO_KEYS);
    }
    image.stops(ENFORCE, ONE_KEY, "this initramfs has no IMA policy");
    let unit = bootable.at("/image/root/lib/systemd/system/dpkg-ima-boot.service");
    let policy = bootable.at("/image/root/etc/dpkg-ima/policy");
    for file in [&unit, &policy] {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    image.goes_on(ENFORCE, NO_KEYS);
    fs::remove_file(policy).unwrap();
    fs::create_dir_all(bootable.at("/image/root/etc/ima")).unwrap();
    fs::write(bootable.at("/image/root/etc/ima/ima-policy"), "").unwrap();
    image.goes_on(ENFORCE, ONE_KEY);
    image.stops(
        ENFORCE,
        NO_KEYS,
        "no key is loaded, and systemd is about to load",
    );

    // Without a certificate: the helper must not give the keyring of the kernel that runs these tests any.
    bootable.policy();
    let image = bootable.image(is_dracut);
    for command_line in ["root=/dev/vda1", ENFORCE] {
        image.stops(command_line, NO_KEYS, "dpkg_ima=force loads it anyway");
    }
    for mode in ["log", "off"] {
        let told = image.goes_on(&format!("ima_appraise={mode}"), NO_KEYS);
        told.says(&format!("the boot goes on, because of ima_appraise={mode}"));
    }
    image.goes_on("ima_appraise=enforce dpkg_ima=off", NO_KEYS);
}

#[test]
fn an_image_of_initramfs_tools_stops_where_it_must() {
    it_stops_where_it_must(&Bootable::new(), false);
}

#[test]
fn an_image_of_dracut_stops_where_it_must() {
    it_stops_where_it_must(&Bootable::with_dracut(), true);
}

#[test]
fn dracut_takes_keys_policy_and_helper_along() {
    let bootable = Bootable::with_dracut();
    bootable.label_boot_files();
    let before = bootable.contents();
    let names = || {
        bootable
            .run("lsinitrd")
            .arg(format!("/boot/initrd.img-{VERSION}"))
            .ok()
    };
    let files = [
        "etc/dpkg-ima/policy",
        "etc/keys/ima/mirror.pem",
        "usr/libexec/dpkg-ima/dpkg-ima-helper",
    ];
    for file in files {
        names().does_not_say(file);
    }
    let setup = bootable
        .setup()
        .args(["--yes", "--cert", "/srv/mirror.pem"]);
    setup.ok().says("dracut --force");
    for file in files {
        names().says(file);
    }
    names()
        .says("hooks/pre-pivot/98-dpkg-ima.sh")
        .says("usr/share/dpkg-ima/initramfs.sh");
    let image = format!("/boot/initrd.img-{VERSION}");
    let policy = bootable.run("lsinitrd").args(["-f", files[0], &image]).ok();
    let sample = fs::read(bootable.at("/usr/share/dpkg-ima/policies/everyone")).unwrap();
    assert_eq!(policy.bytes(), sample);
    bootable.setup().ok().says("nothing to do");
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.ensure_as(&before);
    names().does_not_say(files[0]);
}

/// A certificate or policy that is there and cannot be read, as on a broken disk: EIO.
fn no_image_is_made_without(bootable: &Bootable, make: &str) {
    bootable.policy();
    let certificate = "/etc/keys/ima/mirror.pem";
    fs::copy(bootable.at("/srv/mirror.pem"), bootable.at(certificate)).unwrap();
    let image = bootable.at(&format!("/boot/initrd.img-{VERSION}"));
    let made = |within: &str| {
        let script = format!("{within}; exec {make}");
        bootable.run("sh").args(["-ec", &script, VERSION]).outcome()
    };
    assert_eq!(made("true").code(), Some(0));
    let before = fs::read(&image).unwrap();
    for file in [certificate, "/etc/dpkg-ima/policy"] {
        let outcome = made(&format!("mount --bind /proc/1/mem {file}"));
        assert_ne!(outcome.code(), Some(0), "{file}: {outcome}");
        assert!(fs::read(&image).unwrap() == before, "{file}: another image");
    }
}

#[test]
fn initramfs_tools_make_no_image_without_keys_or_policy() {
    no_image_is_made_without(&Bootable::new(), "update-initramfs -u -k $0");
}

#[test]
fn dracut_makes_no_image_without_keys_or_policy() {
    let make = "dracut --quiet --force /boot/initrd.img-$0 $0";
    no_image_is_made_without(&Bootable::with_dracut(), make);
}

#[test]
fn systemd_boot_boots_what_dracut_made_last() {
    let bootable = Bootable::with_dracut();
    bootable.label_boot_files();
    bootable.boots_by_systemd_boot();
    bootable.ensure_systemd_boot_has_the_image();
    let setup = bootable
        .setup()
        .args(["--yes", "--cert", "/srv/mirror.pem"]);
    setup.ok().says("dracut --force");
    bootable.ensure_systemd_boot_has_the_image();
    bootable.setup().args(["--undo", "--yes"]).ok();
    bootable.ensure_systemd_boot_has_the_image();
}

#[test]
fn a_unit_that_finds_an_obstacle_stops_only_a_machine_that_is_to_refuse() {
    let bootable = Bootable::new();
    bootable.policy();
    let boots = |command_line: &str, root: &[&str]| {
        fs::write(bootable.at("/tmp/cmdline"), format!("{command_line}\n")).unwrap();
        // Without a certificate: no key, so the policy is not loaded.
        let helper = bootable.run("/usr/libexec/dpkg-ima/dpkg-ima-helper");
        helper.arg("boot").args(root.to_vec())
    };
    for mode in ["log", "fix", "off", "enforce ima_appraise=log"] {
        let told = boots(&format!("quiet ima_appraise={mode}"), &[]).ok();
        told.says("the kernel holds no key")
            .says("the boot goes on, because of ima_appraise=");
    }
    for command_line in ["quiet", ENFORCE, "ima_appraise=log ima_appraise=enforce"] {
        boots(command_line, &[])
            .exits(2)
            .says("the kernel holds no key");
    }
    // The initramfs has to know of it, and looks at the mode by itself.
    boots("ima_appraise=log", &["--root", "/srv"])
        .exits(2)
        .says("the kernel holds no key");
}
