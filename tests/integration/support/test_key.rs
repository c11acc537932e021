//! A key to sign with.

use std::path::{Path, PathBuf};

use super::Run;

/// A key, its certificate in both encodings, and the packages signed with it, gone with the value.
pub struct TestKey {
    directory: tempfile::TempDir,
}

impl TestKey {
    /// Makes one with `dpkg-ima keygen`, RSA-2048.
    pub fn new() -> Self {
        let new = Self {
            directory: super::scratch(),
        };
        let keygen = Run::dpkg_ima().arg("keygen").arg("--key").arg(new.key());
        keygen
            .arg("--cert")
            .arg(new.certificate())
            .arg("--der")
            .arg(new.certificate_der())
            .ok();
        new
    }

    /// The private key, PEM.
    pub fn key(&self) -> PathBuf {
        self.directory.path().join("key.pem")
    }

    /// The certificate, PEM.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("cert.pem")
    }

    /// The certificate, DER, as evmctl wants it.
    pub fn certificate_der(&self) -> PathBuf {
        self.directory.path().join("cert.der")
    }

    /// Signs a package with the default options and returns the path of the signed one.
    #[track_caller]
    pub fn sign(&self, deb: &Path) -> PathBuf {
        let signed = self.directory.path().join("signed");
        std::fs::create_dir_all(&signed).expect("the directory is ours");
        let sign = Run::dpkg_ima()
            .arg("sign")
            .arg("--key")
            .arg(self.key())
            .arg("--cert")
            .arg(self.certificate());
        sign.arg("-o").arg(&signed).arg(deb).ok();
        signed.join(deb.file_name().expect("a .deb has a name"))
    }
}
