//! The token fails while it signs: the run stops with one line, what is written is whole, and the next run goes on.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::{Spy, package};
use crate::sign::lists;
use crate::support::{FINAL_TRY, MODULE, PIN, SoftHsm, TestKey, scratch};

/// As many packages, with as many programs each.
const PACKAGES: usize = 16;
const PROGRAMS: usize = 24;

/// A pool, its tree of lists, and a token whose key takes a few seconds for it.
struct Work {
    token: SoftHsm,
    key: TestKey,
    pool: tempfile::TempDir,
    tree: tempfile::TempDir,
    spy: Spy,
}

impl Work {
    fn new() -> Self {
        let (token, key) = SoftHsm::with_key("mirror", "rsa4096");
        let pool = scratch();
        for number in 0..PACKAGES {
            package(&format!("x{number}"), PROGRAMS, pool.path());
        }
        Self {
            token,
            key,
            pool,
            tree: scratch(),
            spy: Spy::new(),
        }
    }

    /// Signs, and once the first list is there does that to the token. Returns whether it succeeded, and what it said.
    fn sign_while(&self, harm: impl FnOnce()) -> (bool, String) {
        let pin = self.token.pin_file(PIN);
        let uri = format!(
            "pkcs11:object=rsa4096?module-name=pkcs11-spy&pin-source={}",
            pin.to_str().unwrap()
        );
        let conf = self.token.objects_of_all().with_file_name("softhsm2.conf");
        let mut child = Command::new(env!("CARGO_BIN_EXE_dpkg-ima"))
            .args(["sign", "--key", &uri, "--cert"])
            .arg(&self.key.certificate)
            .args(["--detached", "-o"])
            .args([self.tree.path(), self.pool.path()])
            .envs([
                ("SOFTHSM2_CONF", conf),
                ("PKCS11SPY_OUTPUT", self.spy.log()),
            ])
            .env("PKCS11SPY", MODULE)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !self.has_folder_of_a_list() && child.try_wait().unwrap().is_none() {
            sleep(Duration::from_millis(2));
        }
        harm();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    }

    fn has_folder_of_a_list(&self) -> bool {
        let mut folders = fs::read_dir(self.tree.path()).unwrap();
        folders.any(|folder| folder.unwrap().file_name() != ".dpkg-ima")
    }

    /// What it said is one line, with a hint, and how many packages are left; those that are there are right.
    #[track_caller]
    fn ensure_stopped(&self, (success, said): (bool, String), message: &str) {
        assert!(!success, "{said}");
        let lines: Vec<_> = said
            .lines()
            .filter(|line| !line.starts_with("[WARN ]"))
            .collect();
        let about: Vec<_> = lines
            .iter()
            .filter(|line| line.contains("cannot sign"))
            .collect();
        assert_eq!(about.len(), 1, "{said}");
        assert!(about[0].contains(message), "{said}");
        assert!(said.contains("other packages not signed"), "{said}");
        assert!(lines.len() <= 3, "{said}");
        let there = lists(self.tree.path());
        assert!((1..PACKAGES).contains(&there.len()), "{}", there.len());
        let expected = self.expected();
        for list in there {
            assert!(expected.contains(&list), "{:?}", list.0);
        }
    }

    /// What the key in its file signs.
    fn expected(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let tree = scratch();
        let run = self.key.sign().args(["--detached", "-o"]);
        run.arg(tree.path()).arg(self.pool.path()).ok();
        lists(tree.path())
    }

    #[track_caller]
    fn ensure_next_run_ends_it(&self) {
        let (success, said) = self.sign_while(|| ());
        assert!(success, "{said}");
        assert_eq!(lists(self.tree.path()), self.expected());
    }
}

#[test]
fn the_token_is_taken_away() {
    let work = Work::new();
    let (objects, aside) = (work.token.objects(), scratch());
    let aside = aside.path().join("aside");
    let result = work.sign_while(|| fs::rename(&objects, &aside).unwrap());
    work.ensure_stopped(result, ": the token cannot ");
    assert!(work.spy.count(": C_Login") <= 2);
    fs::rename(&aside, &objects).unwrap();
    work.ensure_next_run_ends_it();
}

/// The handle of the key is not valid any more, as after a reset; the key is there under another.
#[test]
fn the_user_is_logged_in_once_more() {
    let work = Work::new();
    let key = work.token.private_keys().remove(0);
    let other = key.with_file_name("01234567-89ab-cdef-0123-456789abcdef.object");
    let (success, said) = work.sign_while(|| {
        fs::rename(&key, &other).unwrap();
        work.token.touch();
    });
    assert!(success, "{said}");
    assert!(said.contains("logged in once more"), "{said}");
    assert!(work.spy.count("CKR_OBJECT_HANDLE_INVALID") > 0);
    assert_eq!(work.spy.count(": C_Login"), 2);
    assert_eq!(lists(work.tree.path()), work.expected());
}

/// The same, after somebody has used up the tries but one meanwhile.
#[test]
fn the_last_try_is_not_used_to_log_in_once_more() {
    let work = Work::new();
    let key = work.token.private_keys().remove(0);
    let other = key.with_file_name("01234567-89ab-cdef-0123-456789abcdef.object");
    let result = work.sign_while(|| {
        work.token.set_flag(FINAL_TRY);
        fs::rename(&key, &other).unwrap();
        work.token.touch();
    });
    work.ensure_stopped(result, "has one try left before it locks: no PIN was tried");
    assert_eq!(work.spy.count(": C_Login"), 1);
}

/// Another key is behind the handle from one moment to the next: the signatures are of no use.
#[test]
fn garbage_is_not_written() {
    let work = Work::new();
    let folder = scratch();
    let other = TestKey::new("rsa4096", folder.path());
    let right = work.token.private_keys().remove(0);
    let kept = fs::read(&right).unwrap();
    work.token.import(&other, "other", "02");
    let wrong = work.token.private_keys();
    let wrong = wrong.iter().find(|path| **path != right).unwrap();
    let result = work.sign_while(|| exchange(wrong, &right));
    work.ensure_stopped(result, "does not verify by the certificate");
    fs::remove_file(wrong).unwrap();
    fs::write(&right, kept).unwrap();
    work.ensure_next_run_ends_it();
}

/// With a number of changes that SoftHSM has not seen, or it would not read it again.
fn exchange(wrong: &Path, right: &Path) {
    let copy = right.with_extension("new");
    fs::copy(wrong, &copy).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&copy).unwrap();
    file.write_all_at(&1000_u64.to_be_bytes(), 0).unwrap();
    fs::rename(&copy, right).unwrap();
}
