//! Install, upgrade, reinstall, downgrade, remove, purge: by `dpkg -i` and by apt with our hooks, and by a dpkg without them
//! followed by a sweep. The same labels each time.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{DebBuilder, Machine, Run, label_of, scratch};

/// How packages are installed, and what labels them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Dpkg,
    Apt,
    /// dpkg without hooks, and a sweep after each run.
    Sweep,
}

struct Life {
    machine: Machine,
    way: Way,
}

const PROGRAM: &str = "/usr/bin/imat";
const SAME: &str = "/usr/libexec/imat/same";

/// What all versions have: a program that differs, one that does not, a script, a text that is not signed.
fn version(version: &str) -> DebBuilder {
    DebBuilder::new("imat", version)
        .file(PROGRAM, format!("#!/bin/sh\necho {version}\n"), 0o755)
        .file(SAME, "#!/bin/sh\necho the same\n", 0o755)
        .file("/usr/share/doc/imat/text", version, 0o644)
        .control("postinst", format!("#!/bin/sh\n# {version}\n"))
        .control("postrm", format!("#!/bin/sh\n# gone {version}\n"))
}

impl Life {
    fn new(way: Way) -> Self {
        let machine = match way {
            Way::Dpkg | Way::Apt => Machine::with_hooks(),
            Way::Sweep => Machine::without_hooks(),
        };
        Self { machine, way }
    }

    /// A dpkg run is over.
    #[track_caller]
    fn settle(&self) {
        if self.way == Way::Sweep {
            self.machine.sweep().ok();
        }
        self.machine.dpkg(&["--audit"]).ok().says_nothing();
    }

    /// Installs that .deb, be it newer, older or the same.
    #[track_caller]
    fn install(&self, deb: &Path) {
        let chroot = &self.machine.chroot;
        if self.way == Way::Apt {
            fs::remove_dir_all(chroot.at("/srv/debs")).unwrap_or_default();
            chroot.repository(&[deb]);
            let version = Run::new("dpkg-deb").arg("-f").arg(deb).arg("Version").ok();
            let wanted = format!("imat={}", version.stdout().trim());
            chroot.apt(&["install", "--reinstall", &wanted]).ok();
        } else {
            chroot.install(&[deb]).ok();
        }
        self.settle();
    }

    #[track_caller]
    fn end(&self, verb: &str) {
        match self.way {
            Way::Apt => self.machine.chroot.apt(&[verb, "imat"]).ok(),
            Way::Dpkg | Way::Sweep => self.machine.dpkg(&[&format!("--{verb}"), "imat"]).ok(),
        };
        self.settle();
    }

    fn inode(&self, path: &str) -> u64 {
        let metadata = fs::metadata(self.machine.chroot.at(path));
        metadata.expect("it is installed").ino()
    }

    fn tell(&self) {
        self.installed();
        self.reinstalled();
        self.upgraded();
        self.downgraded_to_unsigned();
        self.removed();
        self.purged();
    }

    fn installed(&self) {
        let deb = self.machine.signed(version("1"));
        self.install(&deb);
        self.machine.ensure_labelled("imat");
        assert_eq!(self.machine.list("imat").entries().count(), 4);
        self.machine.ensure_bare("/usr/share/doc/imat/text");
    }

    fn reinstalled(&self) {
        let (inode, deb) = (self.inode(PROGRAM), self.machine.signed(version("1")));
        self.install(&deb);
        assert_ne!(self.inode(PROGRAM), inode, "dpkg wrote no new file");
        self.machine.ensure_labelled("imat");
    }

    fn upgraded(&self) {
        let old = self.machine.list("imat");
        let newer = version("2").file("/usr/bin/new", "#!/bin/sh\necho new\n", 0o755);
        let deb = self.machine.signed(newer);
        self.install(&deb);
        self.machine.ensure_labelled("imat");
        self.machine.chroot.run(PROGRAM).ok().says("2");
        let new = self.machine.list("imat");
        assert_ne!(new.signature(PROGRAM), old.signature(PROGRAM));
        assert_eq!(new.signature(SAME), old.signature(SAME));
        assert_eq!(new.entries().count(), 5);
    }

    fn downgraded_to_unsigned(&self) {
        let folder = scratch();
        self.install(&version("0").build(folder.path()));
        assert!(!self.machine.list_path("imat").exists());
        assert!(!self.machine.chroot.at("/usr/bin/new").exists());
        self.machine.chroot.run(PROGRAM).ok().says("0");
        self.machine.ensure_bare(PROGRAM);
        for script in ["postinst", "postrm"] {
            let label = label_of(&self.machine.member("imat", script));
            assert_eq!(label, None, "{script}");
        }
        self.machine
            .verify(&["imat"])
            .exits(1)
            .says("has no signatures");
        if self.way == Way::Sweep {
            // The same content as before: a signature for it is known, and would be true, but no list names the file.
            self.machine.ensure_bare(SAME);
        }
    }

    fn removed(&self) {
        let deb = self.machine.signed(version("3"));
        self.install(&deb);
        self.machine.ensure_labelled("imat");
        let postrm = self.machine.list("imat").signature("/DEBIAN/postrm");
        self.end("remove");
        assert!(!self.machine.list_path("imat").exists());
        assert!(!self.machine.chroot.at(PROGRAM).exists());
        let left = self.machine.member("imat", "postrm");
        assert_eq!(label_of(&left), Some(postrm), "purge will run it");
    }

    fn purged(&self) {
        self.end("purge");
        assert!(!self.machine.member("imat", "postrm").exists());
        let deb = self.machine.signed(version("1"));
        self.install(&deb);
        self.machine.ensure_labelled("imat");
        self.end("purge");
    }
}

#[test]
fn with_dpkg() {
    Life::new(Way::Dpkg).tell();
}

#[test]
fn with_apt() {
    Life::new(Way::Apt).tell();
}

#[test]
fn with_a_sweep_alone() {
    Life::new(Way::Sweep).tell();
}

/// The control: dpkg writes no labels, so those above are ours.
#[test]
fn without_the_helper_there_are_no_labels() {
    let machine = Machine::without_hooks();
    machine.install(version("1"));
    for (path, _) in machine.list("imat").entries() {
        if !path.starts_with("/DEBIAN/") {
            machine.ensure_bare(path);
        }
    }
    machine
        .verify(&["imat"])
        .exits(1)
        .says("unsigned: /usr/bin/imat");
}
