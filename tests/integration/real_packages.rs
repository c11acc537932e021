//! Debian's own packages, signed and installed over themselves by the real dpkg, libc6 and dpkg among them: every file that
//! is signed is good afterwards, with a sweep alone and with hooks. In memory, which takes about 1.5 GB.

use std::path::{Path, PathBuf};

use crate::packages::{debs, pool};
use crate::support::{Chroot, Machine, Run, TestKey, scratch};

/// A field of a .deb's control file; empty if it has none.
fn field(deb: &Path, name: &str) -> String {
    let run = Run::new("dpkg-deb").arg("-f").arg(deb).arg(name).ok();
    run.stdout().trim().to_owned()
}

fn dependencies(originals: &[PathBuf]) -> Vec<String> {
    let fields = ["Pre-Depends", "Depends"];
    let all = originals
        .iter()
        .flat_map(|deb| fields.map(|name| field(deb, name)));
    all.filter(|value| !value.is_empty()).collect()
}

/// A root with what the packages of the pool need, and the pool signed.
struct Pool {
    machine: Machine,
    signed: tempfile::TempDir,
    names: Vec<String>,
}

impl Pool {
    fn new() -> Self {
        let originals = debs(pool(), "");
        let names: Vec<_> = originals.iter().map(|deb| field(deb, "Package")).collect();
        assert!(names.len() >= 30, "{names:?}");
        let chroot = Chroot::with_dependencies("real-packages", &dependencies(&originals));
        let signed = scratch();
        let sign = TestKey::shared().sign().arg("-o").arg(signed.path());
        sign.arg(pool()).ok();
        let machine = Machine::of(chroot);
        Self {
            machine,
            signed,
            names,
        }
    }

    fn install(&self) {
        let signed = debs(self.signed.path(), "");
        let signed: Vec<_> = signed.iter().map(PathBuf::as_path).collect();
        self.machine.chroot.install(&signed).ok();
        self.machine.dpkg(&["--audit"]).ok().says_nothing();
    }

    fn targets(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// Nothing but good files, many of them, in all packages.
    #[track_caller]
    fn all_are_good(&self) {
        let verify = self.machine.verify(&self.targets()).ok();
        let said = verify.stdout();
        let good = said.lines().filter(|line| line.starts_with("good: /"));
        assert!(good.count() > 1500, "{verify}");
        let bad = ["unsigned", "altered", "missing", "malformed", "foreign"];
        for verdict in bad {
            assert!(!said.contains(&format!("{verdict}: /")), "{verify}");
        }
    }
}

/// The controls are in between: nothing is signed at first, and nothing is labelled before the sweep.
#[test]
fn with_a_sweep_alone_and_then_with_hooks() {
    let pool = Pool::new();
    let verify = || pool.machine.verify(&["bash", "libc6"]).exits(1);
    verify().says("has no signatures");
    pool.install();
    verify().says("unsigned: /bin/bash").does_not_say("good: /");
    let sweep = pool.machine.sweep().env("RUST_LOG", "warn");
    sweep.ok().says_nothing();
    pool.all_are_good();

    pool.machine.install_hooks();
    pool.install();
    pool.all_are_good();
}
