//! Kernel modules that Debian's own dkms builds, against real kernel headers, are signed as they are built.

use std::fs;
use std::path::Path;

use crate::support::{Chroot, Machine, Outcome, Run, SignatureList, TestKey};

const SIGN: &str = "/usr/libexec/dpkg-ima/dkms-sign";
const SOURCE: &str = "#include <linux/module.h>\nMODULE_LICENSE(\"GPL\");\n";
const DKMS_CONF: &str = "PACKAGE_NAME=tiny\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME[0]=tiny\n\
    DEST_MODULE_LOCATION[0]=/updates\nAUTOINSTALL=yes\nMAKE[0]=\"make -C /lib/modules/$kernelver/build M=${dkms_tree}/tiny/1/build modules\"\n\
    CLEAN=true\n";

/// A root with dkms, the headers of one kernel, and the source of a module; our programs and hooks are where the package has
/// them.
struct Builder {
    machine: Machine,
    kernel: String,
}

impl Builder {
    fn new() -> Self {
        let dependencies = ["dkms", "linux-headers-cloud-amd64"].map(str::to_owned);
        let machine = Machine::of(Chroot::with_dependencies("dkms", &dependencies));
        let hooks = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks/dkms");
        for (from, to) in [
            (
                env!("CARGO_BIN_EXE_dpkg-ima").to_owned(),
                "/usr/bin/dpkg-ima",
            ),
            (format!("{hooks}/sign"), SIGN),
            (
                format!("{hooks}/framework.conf"),
                "/etc/dkms/framework.conf.d/dpkg-ima.conf",
            ),
        ] {
            let to = machine.chroot.at(to);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
        let link = "mkdir -p /usr/lib/module-init-tools; ln -s \"$0\" /usr/lib/module-init-tools/weak-modules; \
                    cd /lib/modules && ls";
        let kernels = machine.chroot.run("sh").args(["-c", link, SIGN]).ok();
        let kernel = kernels.stdout().trim().to_owned();
        let new = Self { machine, kernel };
        new.write("/usr/src/tiny-1/tiny.c", SOURCE);
        new.write("/usr/src/tiny-1/Makefile", "obj-m := tiny.o\n");
        new.write("/usr/src/tiny-1/dkms.conf", DKMS_CONF);
        new
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.machine.chroot.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Names the key, as an administrator does.
    fn settings(&self) {
        let key = TestKey::shared();
        self.write("/etc/dpkg-ima/key.pem", fs::read(&key.key).unwrap());
        self.write(
            "/etc/dpkg-ima/dkms.conf",
            "key=/etc/dpkg-ima/key.pem\ncert=/etc/keys/ima/test.pem\n",
        );
    }

    #[track_caller]
    fn dkms(&self, action: &str) -> Outcome {
        let run = self.machine.chroot.run("dkms");
        run.args([action, "tiny/1", "-k", &self.kernel]).ok()
    }

    fn sign(&self) -> Outcome {
        self.machine.chroot.run(SIGN).ok()
    }

    fn module(&self) -> String {
        format!("/usr/lib/modules/{}/updates/dkms/tiny.ko", self.kernel)
    }

    /// The module is there, and its label is what evmctl makes of it with the key.
    #[track_caller]
    fn ensure_signed(&self) {
        let place = self.machine.chroot.at(&self.module());
        let expected = TestKey::shared().evmctl(&place);
        let label = xattr::get(&place, "security.ima").unwrap();
        assert_eq!(label, Some(expected));
        self.machine.verify(&[&self.module()]).ok().says("good: ");
    }

    fn listed(&self) -> Vec<String> {
        let list = self.machine.chroot.at("/var/lib/dpkg-ima/local.imasigs");
        if !list.exists() {
            return Vec::new();
        }
        let list = SignatureList::read(&list);
        list.entries().map(|(path, _)| path.to_owned()).collect()
    }
}

#[test]
fn modules_are_signed_as_dkms_builds_them_and_forgotten_as_it_removes_them() {
    let builder = Builder::new();
    // Without a key it says what is missing, once a policy makes it matter.
    builder.dkms("install").does_not_say("dpkg-ima:");
    builder.machine.ensure_bare(&builder.module());
    builder.dkms("remove");
    builder.write("/etc/dpkg-ima/policy", "appraise func=MODULE_CHECK\n");
    builder
        .dkms("install")
        .says("dpkg-ima: modules that dkms has built are not signed");
    builder.machine.ensure_bare(&builder.module());
    builder.dkms("remove");

    builder.settings();
    builder.dkms("install").says("signed 1 local program");
    builder.ensure_signed();
    assert_eq!(builder.listed(), [builder.module()]);
    assert_eq!(builder.sign().stdout(), "", "a second run does nothing");
    builder.dkms("remove");
    assert_eq!(builder.listed(), [""; 0]);
}

#[test]
fn what_dkms_has_not_told_of_is_found_by_the_trigger() {
    let builder = Builder::new();
    builder.settings();
    // As of zfs-dkms. So its package's own installation is all that tells.
    let path = "/usr/src/tiny-1/dkms.conf";
    builder.write(path, format!("{DKMS_CONF}NO_WEAK_MODULES=yes\n"));
    builder.dkms("install");
    builder.machine.ensure_bare(&builder.module());
    builder.sign().says("signed 1 local program");
    builder.ensure_signed();
    fs::remove_file(builder.machine.chroot.at(&builder.module())).unwrap();
    builder.sign().says("forgot 1 local program");
    assert_eq!(builder.listed(), [""; 0]);
}

#[test]
fn a_key_that_needs_a_passphrase_is_not_asked_for_one() {
    let builder = Builder::new();
    builder.settings();
    let at = |path: &str| builder.machine.chroot.at(path);
    let run = Run::new("openssl").args(["pkey", "-aes256", "-passout", "pass:open", "-in"]);
    let run = run.arg(at("/etc/dpkg-ima/key.pem")).arg("-out");
    run.arg(at("/etc/dpkg-ima/locked.pem")).ok();
    let settings = "key=/etc/dpkg-ima/locked.pem\ncert=/etc/keys/ima/test.pem\n";
    builder.write("/etc/dpkg-ima/dkms.conf", settings);
    builder.dkms("install").says("no passphrase was given");
    builder.machine.ensure_bare(&builder.module());
    builder.write("/etc/dpkg-ima/passphrase", "open\n");
    let settings = format!("{settings}passphrase_file=/etc/dpkg-ima/passphrase\n");
    builder.write("/etc/dpkg-ima/dkms.conf", settings);
    builder.sign().says("signed 1 local program");
    builder.ensure_signed();
}

/// SPEC: dkms sources its configuration in bash again and again, each time with what it had before.
#[test]
fn a_command_that_stands_in_the_configuration_already_is_kept() {
    let source = ". \"$0\"; . \"$0\"; echo \"$post_transaction\"";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks/dkms/framework.conf");
    for (before, start) in [
        ("", "[ ! -x /usr/libexec/dpkg-ima/dkms-sign ] ||"),
        ("update-initramfs -u", "update-initramfs -u; [ ! -x "),
    ] {
        let run = Run::new("bash").args(["-uc", source]).arg(&file);
        let told = run.env("post_transaction", before).ok();
        let command = told.stdout();
        assert!(command.starts_with(start), "{command}");
        assert_eq!(command.matches("||").count(), 1, "{command}");
    }
}
