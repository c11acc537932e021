//! The verdicts of dpkg and of `dpkg-ima sign` on one package.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use dpkg_ima::format::imasigs::escaped;
use sha2::{Digest, Sha256};

use crate::support::{Outcome, Run, System, TestKey, scratch};

/// How long dpkg may take for a package of a few files, in seconds.
const PATIENCE: &str = "60";
/// The same where it is known to hang.
const IMPATIENCE: &str = "3";

/// What dpkg does with a package.
pub enum Real {
    Installs(System),
    /// With what it says, or nothing if it hangs.
    Refuses(String),
}

impl Real {
    /// Lets dpkg install it in a root of its own.
    pub fn of(deb: &Path, hangs: bool) -> Self {
        let system = System::new();
        // A folder that every form unpacks beneath, as on a real machine.
        fs::create_dir(system.at("/usr")).unwrap();
        let run = Run::new("timeout").arg(if hangs { IMPATIENCE } else { PATIENCE });
        let run = run
            .args(["dpkg", "--log=/dev/null", "--root"])
            .arg(system.root());
        let run = run.args(["--force-script-chrootless", "--force-not-root", "-i"]);
        let outcome = run.arg(deb).outcome();
        match outcome.code() {
            Some(0) => Self::Installs(system),
            Some(124) if !hangs => panic!("dpkg hangs\n{outcome}"),
            _ => Self::Refuses(outcome.stderr()),
        }
    }
}

/// What `dpkg-ima sign` does with it.
pub enum Ours {
    Signs(Signed),
    /// With its line.
    Refuses(String),
}

/// A signed package, in a folder of its own.
pub struct Signed {
    _folder: tempfile::TempDir,
    deb: PathBuf,
}

impl Ours {
    pub fn of(deb: &Path) -> Self {
        let folder = scratch();
        let outcome = TestKey::shared()
            .sign()
            .arg("-o")
            .arg(folder.path())
            .arg(deb)
            .outcome();
        match outcome.code() {
            Some(0) => Self::Signs(Signed {
                deb: folder.path().join(deb.file_name().unwrap()),
                _folder: folder,
            }),
            Some(2) => Self::Refuses(one_line(&outcome)),
            _ => panic!("neither signed nor refused\n{outcome}"),
        }
    }
}

/// What is refused is refused with one clear line.
fn one_line(outcome: &Outcome) -> String {
    let line = outcome.stderr().trim_end().to_owned();
    assert!(line.starts_with("dpkg-ima: cannot sign '"), "{outcome}");
    assert!(!line.contains('\n'), "{outcome}");
    assert!(
        line.bytes().all(|byte| !byte.is_ascii_control()),
        "{outcome}"
    );
    line
}

impl Signed {
    /// Where it is.
    pub fn deb(&self) -> &Path {
        &self.deb
    }

    /// What is wrong with it, if anything is: it must be shown, verified and installed, with its list.
    pub fn fault(&self, form: &str) -> Option<String> {
        let fault = |what: String| Some(format!("{form}: signed, but {what}"));
        for run in [
            Run::dpkg_ima().arg("show").arg(&self.deb),
            TestKey::shared().verify().arg(&self.deb),
            TestKey::shared().sign().arg("--in-place").arg(&self.deb),
        ] {
            let outcome = run.outcome();
            if outcome.code() != Some(0) {
                return fault(format!("afterwards\n{outcome}"));
            }
        }
        match Real::of(&self.deb, false) {
            Real::Refuses(why) => fault(format!("dpkg refuses the result: {why}")),
            Real::Installs(system) => installed_fault(&system, form).and_then(fault),
        }
    }
}

/// What is wrong with an installed package: its files must be those of its list, and as that says.
fn installed_fault(system: &System, form: &str) -> Option<String> {
    let info = system.at("/var/lib/dpkg/info");
    let Ok(text) = fs::read_to_string(info.join("x.imasigs")) else {
        return Some("its list is not there".into());
    };
    let (scripts, files): (Digests, Digests) = digests(&text)
        .into_iter()
        .partition(|(path, _)| path.starts_with("DEBIAN/"));
    for (path, digest) in scripts {
        let script = info.join(path.replace("DEBIAN/", "x."));
        // A symlink to another member leads nowhere in the database: imasigs(5).
        let is_symlink = fs::symlink_metadata(&script).is_ok_and(|it| it.is_symlink());
        if !is_symlink && sha256(&script) != digest {
            return Some(format!("{script:?} is not what was signed"));
        }
    }
    let mut found = Digests::new();
    look_beneath(system.root(), &system.at("/usr"), &mut found);
    // dpkg 1.21 reads on behind the end of such a name; 1.22 does not.
    let right = found == files || form == "long-name-not-terminated";
    (!right).then(|| format!("unpacked are {found:?}, listed {files:?}"))
}

/// Path, escaped as in a list, to digest.
pub type Digests = BTreeMap<String, String>;

/// What a list says.
pub fn digests(list: &str) -> Digests {
    list.lines().skip(1).map(entry).collect()
}

fn entry(line: &str) -> (String, String) {
    let mut words = line.split(' ');
    let path = words.next().and_then(|word| word.strip_prefix("./"));
    let digest = words.find_map(|word| word.strip_prefix("sha256="));
    match (path, digest) {
        (Some(path), Some(digest)) => (path.to_owned(), digest.to_owned()),
        _ => panic!("not a line of a list: {line}"),
    }
}

fn look_beneath(root: &Path, folder: &Path, found: &mut Digests) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            look_beneath(root, &path, found);
        } else if kind.is_file() {
            let name = path.strip_prefix(root).unwrap().as_os_str().as_bytes();
            found.insert(escaped(name).to_string(), sha256(&path));
        }
    }
}

fn sha256(file: &Path) -> String {
    let content = fs::read(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    HEXLOWER.encode(&Sha256::digest(content))
}
