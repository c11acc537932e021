//! Hostile packages: `tests/hostile/make` makes them and says what must become of each; here every command meets every one.
//!
//! Whatever a package is, each command ends within [`PATIENCE`] and the memory that is expected for it, prints nothing that a terminal obeys, and
//! says in one line which file is refused and why; signing leaves the package as it was and nothing beside it.

use std::collections::BTreeMap;
use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::Value;

use crate::support::{Outcome, Run, TestKey, scratch};

/// How many packages `make` makes.
const PACKAGES: usize = 163;
/// Longest line that a command prints, in bytes: the longest path with every byte escaped, and what is said of it.
const LINE_MAX: usize = 20_000;
/// After so many seconds a command hangs. No measure of speed: the program under test is a debug build on a busy machine.
const PATIENCE: &str = "300";

const DPKG_IMA: &str = env!("CARGO_BIN_EXE_dpkg-ima");
const HELPER: &str = env!("CARGO_BIN_EXE_dpkg-ima-helper");

#[test]
fn every_command_meets_every_package() {
    let folder = scratch();
    let make = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/make");
    Run::new(make).arg(folder.path()).ok();
    let expected = fs::read(folder.path().join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&expected).unwrap();
    assert_eq!(expected.len(), PACKAGES);
    let faulty = |(name, expected): &(&String, &Value)| {
        let deb = folder.path().join(format!("{name}.deb"));
        let meeting = Meeting {
            name,
            deb,
            expected,
        };
        catch_unwind(|| meeting.take_place()).is_err()
    };
    let faults = expected.par_iter().filter(faulty);
    let faults: Vec<&String> = faults.map(|(name, _)| name).collect();
    assert!(
        faults.is_empty(),
        "{} of {PACKAGES}: {faults:?}",
        faults.len()
    );
}

/// One package, and what is expected of it.
struct Meeting<'a> {
    name: &'a str,
    deb: PathBuf,
    expected: &'a Value,
}

impl Meeting<'_> {
    fn take_place(&self) {
        self.check("show", &self.bounded(&[DPKG_IMA, "show"]));
        let certificate = TestKey::shared().certificate.to_str().unwrap();
        let verify = [DPKG_IMA, "verify", "--cert", certificate];
        self.check("verify", &self.bounded(&verify));
        self.load();
        self.sign(&verify);
    }

    /// Signs it into a folder of its own; `verify` finds all good there.
    fn sign(&self, verify: &[&str]) {
        let (before, key, out) = (fs::read(&self.deb).unwrap(), TestKey::shared(), scratch());
        let key = [&key.key, &key.certificate].map(|path| path.to_str().unwrap());
        let folder = out.path().to_str().unwrap();
        let sign = [
            DPKG_IMA, "sign", "--key", key[0], "--cert", key[1], "-o", folder,
        ];
        let sign = self.bounded(&sign);
        self.check("sign", &sign);
        assert!(fs::read(&self.deb).unwrap() == before, "touched: {sign}");
        if sign.code() == Some(0) {
            let deb = out.path().join(self.deb.file_name().unwrap());
            let signed = Meeting { deb, ..*self };
            let verify = signed.bounded(verify);
            assert_eq!(verify.code(), Some(0), "signed, and not good: {verify}");
        } else {
            let left = fs::read_dir(out.path()).unwrap().count();
            assert_eq!(left, 0, "left behind: {sign}");
        }
    }

    /// As apt's hook: it hears of the package in one line, and goes on.
    fn load(&self) {
        let load = self.bounded(&[HELPER, "load"]);
        assert_eq!(load.code(), Some(0), "{load}");
        let said = load.stderr();
        let says = self.expected["load"].as_str().unwrap();
        let right = said.starts_with("dpkg-ima: package '") && said.contains(says);
        assert!(right && said.lines().count() == 1, "no {says:?}: {load}");
    }

    /// The exit code is the expected one, and a refusal is one line that names the file.
    fn check(&self, command: &str, outcome: &Outcome) {
        let code = self.expected[command].as_i64();
        assert_eq!(outcome.code().map(i64::from), code, "{outcome}");
        if code != Some(2) {
            return;
        }
        let said = outcome.stderr();
        let mut lines = said.lines().filter(|line| !line.starts_with("hint: "));
        let line = lines.next().unwrap_or_default();
        let says = self.expected["says"].as_str().unwrap();
        let right = line.contains(&format!("{}.deb'", self.name)) && line.contains(says);
        assert!(right && lines.next().is_none(), "no {says:?}: {outcome}");
    }

    /// Runs a command with the package as its last argument, and as what apt names to it; checks what must always hold. In a
    /// mount namespace in which `load` finds no guard and leaves nothing on this machine.
    fn bounded(&self, command: &[&str]) -> Outcome {
        let script = "mount -t tmpfs none /run; mount -t tmpfs none /var/lib; mkdir /var/lib/dpkg-ima; ulimit -v 4194304; exec \"$@\"";
        let folder = scratch();
        let peak = folder.path().join("peak");
        let run = Run::new("unshare").args(["--mount", "sh", "-ec", script, "sh"]);
        let run = run.args(["time", "--quiet", "-f", "%M", "-o"]).arg(&peak);
        let run = run.args(["timeout", PATIENCE]).args(command);
        let named_on_input = command[0] == HELPER;
        let run = if named_on_input {
            run
        } else {
            run.arg(&self.deb)
        };
        let outcome = run
            .input(format!("{}\n", self.deb.to_str().unwrap()))
            .outcome();
        let peak = fs::read_to_string(peak).unwrap().trim().parse::<u64>();
        let most = self.expected["memory"].as_u64().unwrap();
        ensure_bounds(&outcome, peak.unwrap(), most << 10);
        outcome
    }
}

/// Memory in KiB.
fn ensure_bounds(outcome: &Outcome, peak: u64, most: u64) {
    assert_ne!(outcome.code(), Some(124), "it hangs: {outcome}");
    let printed = outcome.stdout() + &outcome.stderr();
    let longest = printed.lines().map(str::len).max().unwrap_or_default();
    assert!(
        longest <= LINE_MAX,
        "a line of {longest} bytes: {}",
        &printed[..200]
    );
    assert!(peak <= most, "{peak} KiB: {outcome}");
    let plain = |byte: u8| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic();
    assert!(printed.bytes().all(plain), "reaches a terminal: {outcome}");
}
