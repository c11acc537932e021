//! Keys in a token: SoftHSM for real, by its own module, by p11-kit's, and by OpenSC's, which writes down each call.

mod failures;
mod login;
mod lost;
mod signatures;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{DebBuilder, Run, scratch};

/// A package with that many programs.
fn package(name: &str, programs: usize, folder: &Path) -> PathBuf {
    let deb = (0..programs).fold(DebBuilder::new(name, "1"), |deb, program| {
        let script = format!("#!/bin/sh\necho {name} {program}\n");
        deb.file(&format!("/usr/bin/{name}-{program}"), script, 0o755)
    });
    deb.build(folder)
}

/// The calls of a command into SoftHSM, by OpenSC's spy.
struct Spy {
    folder: tempfile::TempDir,
}

impl Spy {
    fn new() -> Self {
        Self { folder: scratch() }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("calls")
    }

    /// A command whose URI has `module-name=pkcs11-spy`.
    fn on(&self, run: Run) -> Run {
        let run = run.env("PKCS11SPY", crate::support::MODULE);
        run.env("PKCS11SPY_OUTPUT", self.log())
    }

    /// How often the log has that text.
    fn count(&self, text: &str) -> usize {
        let log = fs::read(self.log()).unwrap();
        String::from_utf8_lossy(&log).matches(text).count()
    }
}
