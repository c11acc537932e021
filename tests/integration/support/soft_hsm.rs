//! A token by SoftHSM, which keeps its objects in files.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Run, TestKey, scratch};

/// What opens every token.
pub const PIN: &str = "1234";
/// SPEC: PKCS #11, `CKF_USER_PIN_FINAL_TRY`.
pub const FINAL_TRY: u64 = 0x0002_0000;
/// SoftHSM's library.
pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A token of its own; several processes may use it.
pub struct SoftHsm {
    folder: tempfile::TempDir,
    label: String,
}

impl SoftHsm {
    /// An empty token of that label.
    pub fn new(label: &str) -> Self {
        let new = Self {
            folder: scratch(),
            label: label.to_owned(),
        };
        fs::create_dir(new.objects_of_all()).unwrap();
        let configuration = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            new.objects_of_all().to_str().unwrap()
        );
        fs::write(new.configuration(), configuration).unwrap();
        let run = new.with("softhsm2-util").args(["--init-token", "--free"]);
        let run = run.args(["--label", label, "--pin", PIN]);
        run.args(["--so-pin", "12345678"]).ok();
        new
    }

    /// One with a key of that type, whose label is its type and whose id is 01; and the key.
    pub fn with_key(label: &str, kind: &str) -> (Self, TestKey) {
        let new = Self::new(label);
        let key = TestKey::new(kind, new.folder.path());
        new.import(&key, kind, "01");
        (new, key)
    }

    /// A program that finds the token.
    pub fn with(&self, program: &str) -> Run {
        self.env(Run::new(program))
    }

    /// A command that finds the token.
    pub fn env(&self, run: Run) -> Run {
        run.env("SOFTHSM2_CONF", self.configuration())
    }

    /// `dpkg-ima` with that command, a key, and its certificate.
    pub fn dpkg_ima(&self, command: &str, uri: &str, certificate: &Path) -> Run {
        let run = self.env(Run::dpkg_ima()).args([command, "--key", uri]);
        run.arg("--cert").arg(certificate)
    }

    /// Has the token take a key.
    pub fn import(&self, key: &TestKey, label: &str, id: &str) {
        let run = self.with("softhsm2-util").arg("--import").arg(&key.key);
        let run = run.args(["--token", &self.label, "--label", label]);
        run.args(["--id", id, "--pin", PIN, "--force"]).ok();
    }

    /// A file with that PIN.
    pub fn pin_file(&self, pin: &str) -> PathBuf {
        let file = self.folder.path().join("pin");
        fs::write(&file, format!("{pin}\n")).unwrap();
        file
    }

    /// The URI of the key with that label, and where its module and PIN are.
    pub fn uri(&self, label: &str) -> String {
        let pin = self.pin_file(PIN);
        format!(
            "pkcs11:object={label}?module-path={MODULE}&pin-source={}",
            pin.to_str().unwrap()
        )
    }

    /// The folder with the files of the token's objects.
    pub fn objects(&self) -> PathBuf {
        let mut tokens = fs::read_dir(self.objects_of_all()).unwrap();
        tokens.next().expect("there is a token").unwrap().path()
    }

    /// The files of private keys, the newest last.
    pub fn private_keys(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.objects()).unwrap();
        let files = files.map(|file| file.unwrap());
        let mut keys: Vec<_> = files
            .filter(|file| file.file_name() != "token.object")
            .map(|file| (file.metadata().unwrap(), file.path()))
            // The private half is encrypted, each number of it by itself.
            .filter(|(metadata, _)| metadata.len() > 2000)
            .collect();
        keys.sort_by_key(|(metadata, _)| metadata.modified().unwrap());
        keys.into_iter().map(|(_, path)| path).collect()
    }

    /// Has running processes read the token's files again: they look at its number of changes.
    pub fn touch(&self) {
        fs::write(self.objects().join("generation"), 1000_u64.to_be_bytes()).unwrap();
    }

    /// Sets one of the flags of C_GetTokenInfo. Running processes notice.
    pub fn set_flag(&self, flag: u64) {
        /// SPEC: `CKA_OS_TOKENFLAGS`, SoftHSMv2:src/lib/object_store/OSAttributes.h; the kind of a number, and it, follow.
        const FLAGS: [u8; 8] = 0x8000_534b_u64.to_be_bytes();
        let path = self.objects().join("token.object");
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.windows(8).position(|window| window == FLAGS).unwrap() + 16;
        let flags: &mut [u8; 8] = (&mut bytes[at..at + 8]).try_into().unwrap();
        *flags = (u64::from_be_bytes(*flags) | flag).to_be_bytes();
        // The file's own number of changes.
        bytes[..8].copy_from_slice(&1000_u64.to_be_bytes());
        fs::write(&path, bytes).unwrap();
        self.touch();
    }

    /// The folder of all tokens.
    pub fn objects_of_all(&self) -> PathBuf {
        self.folder.path().join("tokens")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }
}
