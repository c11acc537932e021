//! Keys to sign with, made by the program under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Run;

/// A private key with its certificate.
pub struct TestKey {
    /// Private key, PEM.
    pub key: PathBuf,
    /// Certificate, PEM.
    pub certificate: PathBuf,
    /// Certificate, DER, as evmctl takes it.
    pub der: PathBuf,
}

impl TestKey {
    /// Makes one of that type, such as `rsa2048`, in `directory`.
    pub fn new(kind: &str, directory: &Path) -> Self {
        let at = |end: &str| directory.join(format!("{kind}.{end}"));
        let key = Self {
            key: at("key.pem"),
            certificate: at("cert.pem"),
            der: at("cert.der"),
        };
        let run = Run::dpkg_ima().args(["keygen", "--type", kind]);
        run.arg("--key")
            .arg(&key.key)
            .arg("--cert")
            .arg(&key.certificate)
            .arg("--der")
            .arg(&key.der)
            .ok();
        key
    }

    /// One RSA-2048 key that tests share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<TestKey> = OnceLock::new();
        SHARED.get_or_init(|| Self::new("rsa2048", &super::scratch().keep()))
    }

    /// `dpkg-ima sign` with this key; the rest of the arguments is to be added.
    pub fn sign(&self) -> Run {
        let run = Run::dpkg_ima().arg("sign").arg("--key").arg(&self.key);
        run.arg("--cert").arg(&self.certificate)
    }

    /// Signs a package with the default options; returns the path of the signed one in `directory`.
    #[track_caller]
    pub fn signed(&self, deb: &Path, directory: &Path) -> PathBuf {
        self.sign().arg("-o").arg(directory).arg(deb).ok();
        directory.join(deb.file_name().expect("a .deb has a name"))
    }

    /// `dpkg-ima verify` with this certificate; targets are to be added.
    pub fn verify(&self) -> Run {
        let run = Run::dpkg_ima().args(["verify", "--cert"]);
        run.arg(&self.certificate)
    }

    /// The signature that evmctl makes of a file with this key.
    #[track_caller]
    pub fn evmctl(&self, file: &Path) -> Vec<u8> {
        let run = Run::new("evmctl")
            .args(["ima_sign", "--sigfile", "-a", "sha256", "-k"])
            .arg(&self.key);
        run.arg("--keyid-from-cert")
            .arg(&self.certificate)
            .arg(file)
            .ok();
        let mut sig = file.as_os_str().to_owned();
        sig.push(".sig");
        let value = fs::read(&sig).expect("evmctl has made it");
        fs::remove_file(sig).expect("it is there");
        value
    }
}
