//! `dpkg-ima keygen`: a test key and its certificate, in files that did not exist before.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::keys::signing::{self, KeyError, KeyRequest};
use crate::machine::error::{SystemError, shown};

/// Only its owner may read a private key.
const MODE_KEY: u32 = 0o600;
/// Everybody may read a certificate.
const MODE_CERTIFICATE: u32 = 0o644;

/// Where key and certificate are written.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    /// The private key, PEM.
    pub key: PathBuf,
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The certificate once more, DER, if that form is wanted too.
    pub der: Option<PathBuf>,
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
pub enum KeygenError {
    /// A file could not be made or written.
    #[error(transparent)]
    System(#[from] SystemError),
    /// OpenSSL could not make the key or the certificate.
    #[error("{0}")]
    Key(#[from] KeyError),
}

impl KeygenError {
    /// What the user may do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::System(error) if error.source.kind() == ErrorKind::AlreadyExists => {
                Some("a key is never overwritten: take another name, or remove it first")
            }
            Self::System(_) => None,
            Self::Key(error) => error.hint(),
        }
    }
}

/// Makes a key and a self-signed certificate. On failure none of the files is left.
///
/// # Errors
/// If one of the files exists or cannot be written, or OpenSSL fails.
pub fn keygen(files: &KeyFiles, request: &KeyRequest) -> Result<(), KeygenError> {
    let mut made = Made::default();
    let mut key = made.create(&files.key, MODE_KEY)?;
    let mut certificate = made.create(&files.certificate, MODE_CERTIFICATE)?;
    let der = files.der.as_deref();
    let der = der
        .map(|path| made.create(path, MODE_CERTIFICATE))
        .transpose()?;

    let generated = signing::generate(request)?;
    write(&mut key, &generated.key_pem)?;
    write(&mut certificate, &generated.certificate_pem)?;
    if let Some(mut der) = der {
        write(&mut der, &generated.certificate_der)?;
    }
    made.paths.clear(); // They stay.
    Ok(())
}

/// The files that were made so far. Dropped, it removes them.
#[derive(Default)]
struct Made {
    paths: Vec<PathBuf>,
}

impl Made {
    fn create(&mut self, path: &Path, mode: u32) -> Result<(File, PathBuf), KeygenError> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode).open(path);
        let file = file.map_err(SystemError::at("make", path))?;
        self.paths.push(path.to_owned());
        Ok((file, path.to_owned()))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.paths {
            if let Err(error) = fs::remove_file(path) {
                log::warn!("cannot remove '{}': {error}", shown(path));
            }
        }
    }
}

fn write((file, path): &mut (File, PathBuf), content: &[u8]) -> Result<(), KeygenError> {
    let written = file.write_all(content).and_then(|()| file.sync_all());
    Ok(written.map_err(SystemError::at("write", path))?)
}
