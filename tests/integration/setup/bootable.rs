//! A Debian root that could boot: with GRUB, initramfs-tools or dracut, a kernel's files, and the programs under test.
//!
//! Its GRUB and initramfs tools are real. Three things a root of a test cannot have, and are made up: the kernel (its files
//! are empty), the disk that grub-probe looks for, and the kernel that runs, whose configuration and command line are
//! mounted over those of the kernel that the tests run on.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::support::{Chroot, DebBuilder, Machine, PackedRoot, Run, TestKey};

/// Besides what makes an initramfs.
const DEPENDENCIES: [&str; 6] = [
    "grub2-common",
    "linux-base",
    "mount",
    "kmod",
    "systemd",
    "zstd",
];
/// The version of the kernel.
pub const VERSION: &str = "6.1.0-0-test";
/// The machine's, by which systemd-boot's entries are named.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Where systemd-boot's entries are.
const ENTRIES: &str = "/boot/loader/entries";
/// What grub-probe would say of a disk.
const GRUB_PROBE: &str = "#!/bin/sh\ncase \" $* \" in\n*=device*) echo /dev/vda1 ;;\n\
    *=fs_uuid*) echo 11111111-2222-3333-4444-555555555555 ;;\n*=fs*) echo ext2 ;;\n*) exit 1 ;;\nesac\n";
/// The options of Debian's kernel that count.
const CONFIG: &str = "CONFIG_IMA=y\nCONFIG_IMA_APPRAISE=y\nCONFIG_IMA_APPRAISE_BOOTPARAM=y\n\
    CONFIG_INTEGRITY_SIGNATURE=y\nCONFIG_INTEGRITY_ASYMMETRIC_KEYS=y\nCONFIG_FANOTIFY_ACCESS_PERMISSIONS=y\n";
/// Runs a command in the root, with processes of its own, and that configuration and command line.
const WITHIN: &str = r#"
mount -t proc proc "$0/proc"
mount --bind "$0/tmp/cmdline" "$0/proc/cmdline"
[ ! -e /proc/config.gz ] || mount --bind "$0/tmp/config.gz" "$0/proc/config.gz"
exec chroot "$0" "$@"
"#;

/// The root of one test.
pub struct Bootable {
    pub machine: Machine,
}

impl Bootable {
    /// With the programs, hooks and policies of dpkg-ima, as its packages would bring them, and a signed package that has no
    /// labels yet. No file that boots it has one either, and there is no certificate.
    pub fn new() -> Self {
        static MADE: OnceLock<PackedRoot> = OnceLock::new();
        let make = "update-initramfs -c -k $0";
        Self::copy_of(&MADE, || Self::of("bootable", "initramfs-tools", make))
    }

    /// The same, where dracut makes the initramfs.
    pub fn with_dracut() -> Self {
        static MADE: OnceLock<PackedRoot> = OnceLock::new();
        let make = "dracut --quiet --force /boot/initrd.img-$0 $0";
        Self::copy_of(&MADE, || Self::of("dracut", "dracut", make))
    }

    /// A copy of what is made once.
    fn copy_of(made: &OnceLock<PackedRoot>, make: impl Fn() -> Self) -> Self {
        let packed = made.get_or_init(|| make().machine.chroot.pack());
        let machine = Machine::of(Chroot::copy_of(packed));
        let new = Self { machine };
        new.remove_test_certificate();
        new
    }

    fn of(name: &str, maker: &str, make: &str) -> Self {
        let mut dependencies = DEPENDENCIES.map(str::to_owned).to_vec();
        dependencies.push(maker.to_owned());
        let machine = Machine::of(Chroot::with_dependencies(name, &dependencies));
        let new = Self { machine };
        new.remove_test_certificate();
        new.bring_dpkg_ima();
        new.running("root=/dev/vda1 quiet", CONFIG);
        new.bring_kernel(make);
        fs::copy(&TestKey::shared().certificate, new.at("/srv/mirror.pem")).unwrap();
        let hello = DebBuilder::new("hello", "1.0");
        new.machine
            .install(hello.file("/usr/bin/hello", "#!/bin/sh\n", 0o755));
        assert_eq!(new.machine.label("/usr/bin/hello"), None);
        new
    }

    fn remove_test_certificate(&self) {
        fs::remove_file(self.at("/etc/keys/ima/test.pem")).unwrap();
    }

    pub fn at(&self, path: &str) -> std::path::PathBuf {
        self.machine.chroot.at(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), content).unwrap();
    }

    fn bring_dpkg_ima(&self) {
        let hooks = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks");
        let tools = "/usr/share/initramfs-tools";
        let dracut = "/usr/lib/dracut/modules.d/98dpkg-ima";
        for (from, to) in [
            (
                env!("CARGO_BIN_EXE_dpkg-ima").to_owned(),
                "/usr/bin/dpkg-ima".to_owned(),
            ),
            (
                env!("CARGO_BIN_EXE_dpkg-ima-helper").to_owned(),
                "/usr/libexec/dpkg-ima/dpkg-ima-helper".to_owned(),
            ),
            (
                format!("{hooks}/initramfs/hook"),
                format!("{tools}/hooks/dpkg-ima"),
            ),
            (
                format!("{hooks}/initramfs/init-bottom"),
                format!("{tools}/scripts/init-bottom/dpkg-ima"),
            ),
            (
                format!("{hooks}/initramfs/lib"),
                "/usr/share/dpkg-ima/initramfs.sh".to_owned(),
            ),
            (
                format!("{hooks}/dracut/module-setup.sh"),
                format!("{dracut}/module-setup.sh"),
            ),
            (
                format!("{hooks}/dracut/pre-pivot.sh"),
                format!("{dracut}/dpkg-ima.sh"),
            ),
        ] {
            let to = self.at(&to);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            // The symbols of a debug build would make the initramfs large.
            match from.contains("/hooks/") {
                true => Run::new("cp").arg("-p").arg(from).arg(to).ok(),
                false => Run::new("strip").arg("-o").arg(to).arg(from).ok(),
            };
        }
        for folder in ["/etc/dpkg-ima", "/usr/share/dpkg-ima"] {
            fs::create_dir_all(self.at(folder)).unwrap();
        }
        let policies = format!("{hooks}/policies");
        Run::new("cp")
            .arg("-r")
            .arg(policies)
            .arg(self.at("/usr/share/dpkg-ima"))
            .ok();
    }

    fn bring_kernel(&self, make: &str) {
        self.write("/usr/sbin/grub-probe", GRUB_PROBE);
        self.write(&format!("/boot/vmlinuz-{VERSION}"), "");
        self.write(&format!("/boot/config-{VERSION}"), "CONFIG_RD_ZSTD=y\n");
        self.write(&format!("/usr/lib/modules/{VERSION}/modules.order"), "");
        self.write(&format!("/usr/lib/modules/{VERSION}/modules.builtin"), "");
        self.write("/etc/initramfs-tools/conf.d/few", "MODULES=list\n");
        fs::create_dir_all(self.at("/boot/grub")).unwrap();
        let make = format!("depmod $0; {make} && update-grub");
        self.run("sh").args(["-c", &make, VERSION]).ok();
    }

    /// From now on systemd-boot boots it, and GRUB does not. Returns the path of the kernel's entry.
    pub fn boots_by_systemd_boot(&self) -> String {
        fs::remove_dir_all(self.at("/boot/grub")).unwrap();
        self.write("/etc/machine-id", format!("{TOKEN}\n"));
        for folder in [ENTRIES, &format!("/boot/{TOKEN}")] {
            fs::create_dir_all(self.at(folder)).unwrap();
        }
        let kernel = format!("/boot/vmlinuz-{VERSION}");
        let image = format!("/boot/initrd.img-{VERSION}");
        self.run("kernel-install")
            .args(["add", VERSION, &kernel, &image])
            .ok();
        format!("{ENTRIES}/{TOKEN}-{VERSION}.conf")
    }

    /// The initramfs that systemd-boot boots is the one that was made last.
    #[track_caller]
    pub fn ensure_systemd_boot_has_the_image(&self) {
        let name = format!("initrd.img-{VERSION}");
        let [made, booted] = [
            format!("/boot/{name}"),
            format!("/boot/{TOKEN}/{VERSION}/{name}"),
        ]
        .map(|path| fs::read(self.at(&path)).unwrap());
        assert!(made == booted, "systemd-boot has another initramfs");
    }

    /// The kernel that runs was given that command line, and built with those options.
    pub fn running(&self, command_line: &str, config: &str) {
        self.write("/tmp/cmdline", format!("{command_line}\n"));
        self.write("/tmp/config", config);
        let (from, to) = (self.at("/tmp/config"), self.at("/tmp/config.gz"));
        Run::new("sh")
            .args(["-c", "gzip -c \"$0\" >\"$1\""])
            .arg(from)
            .arg(to)
            .ok();
        let release = Run::new("uname").arg("-r").ok().stdout();
        self.write(&format!("/boot/config-{}", release.trim()), config);
    }

    /// As after a boot that loaded the policy, in log mode.
    pub fn boot_in_log_mode(&self) {
        self.running("root=/dev/vda1 quiet ima_appraise=log", CONFIG);
        fs::create_dir_all(self.at("/sys/kernel/security/ima")).unwrap();
    }

    /// A kernel that lacks one of the options.
    pub fn without_option(&self, option: &str) {
        let config = CONFIG.replace(&format!("{option}=y\n"), "");
        self.running("quiet", &config);
    }

    /// Runs a program inside.
    pub fn run(&self, program: &str) -> Run {
        let run = Run::new("unshare").clear_env();
        let run = run.args(["--mount", "--pid", "--fork", "sh", "-ec", WITHIN]);
        let run = run.arg(self.machine.chroot.path()).arg(program);
        run.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    }

    /// `dpkg-ima setup` inside; arguments may be added.
    pub fn setup(&self) -> Run {
        self.run("dpkg-ima").arg("setup")
    }

    /// Starts `dpkg-ima setup --yes`, and ends it and all that it has started with SIGKILL as soon as that file is there.
    pub fn killed_once(&self, there: &str) {
        let mut command = Command::new("unshare");
        command.args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-ec",
            WITHIN,
        ]);
        command.arg(self.machine.chroot.path());
        command.args(["dpkg-ima", "setup", "--yes", "--cert", "/srv/mirror.pem"]);
        // As `run`: GRUB's menu is in the language of the environment.
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child: Child = command.spawn().unwrap();
        while !self.at(there).exists() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before {there} was there");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Labels a file, links followed inside, with the test key.
    fn label_file(&self, path: &Path) {
        let key = TestKey::shared();
        let run = Run::new("evmctl").args(["ima_sign", "-a", "sha256", "-k"]);
        let run = run
            .arg(&key.key)
            .arg("--keyid-from-cert")
            .arg(&key.certificate);
        run.arg(path).ok();
    }

    /// Labels the files without which it would not boot.
    pub fn label_boot_files(&self) {
        let names = "/usr/bin/dash /usr/lib/x86_64-linux-gnu/ld-linux* /usr/lib/x86_64-linux-gnu/libc.so.6 \
                     /usr/lib/x86_64-linux-gnu/libsystemd-* /usr/lib/x86_64-linux-gnu/systemd/libsystemd-* /usr/lib/systemd/libsystemd-*";
        self.label_files(&format!("ls -d {names} 2>/dev/null"));
    }

    /// Labels what runs while `dpkg-ima setup` does: itself and its libraries.
    pub fn label_what_runs(&self) {
        self.label_files("ldd /usr/bin/dpkg-ima | grep -o '/[^ ]*'; echo /usr/bin/dpkg-ima");
    }

    fn label_files(&self, listed: &str) {
        let script = format!("({listed}; true) | xargs -n1 readlink -f | sort -u");
        let files = self.run("sh").args(["-c", &script]).ok().stdout();
        assert!(files.lines().count() > 2, "{files}");
        files
            .lines()
            .for_each(|file| self.label_file(&self.at(file)));
    }

    /// The digest of every file of /etc and /boot, but for the initramfs, which differs each time it is made.
    pub fn contents(&self) -> BTreeSet<String> {
        let find = "find etc boot -type f ! -name 'initrd.img-*' -exec sha256sum {} +";
        let run = Run::new("sh").args(["-c", find]);
        let digests = run.within(self.machine.chroot.path()).ok().stdout();
        digests.lines().map(str::to_owned).collect()
    }

    /// Every file is what it was.
    #[track_caller]
    pub fn ensure_as(&self, before: &BTreeSet<String>) {
        let now = self.contents();
        let differ: Vec<_> = now.symmetric_difference(before).collect();
        assert!(differ.is_empty(), "{differ:#?}");
    }

    /// The names in the initramfs.
    pub fn initramfs(&self) -> String {
        let image = format!("/boot/initrd.img-{VERSION}");
        self.run("lsinitramfs").arg(image).ok().stdout()
    }

    /// The parameters that GRUB gives to kernels, a line each.
    pub fn grub_lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at("/boot/grub/grub.cfg")).unwrap();
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("linux"));
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        assert!(lines.len() > 2, "{text}");
        lines
    }
}
