//! The shared library of a token's maker.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::Error;
use nix::unistd::Uid;

use super::TokenError;
use crate::format::pkcs11_uri::Pkcs11Uri;
use crate::machine::error::SystemError;

/// Where Debian's packages have modules, beneath the folder of libraries.
const FOLDERS: [&str; 3] = ["pkcs11", "softhsm", ""];
/// What is opened if the URI names no module: p11-kit's, which has all tokens that are registered with it, or SoftHSM's.
const USUAL: [&str; 2] = ["p11-kit-proxy", "softhsm2"];
/// Write access for everybody.
const OTHERS_WRITE: u32 = 0o002;
/// Only the owner of a file may exchange it, whoever may write to the folder.
const STICKY: u32 = 0o1000;

/// Opens the module that a URI names, or the usual one.
///
/// # Errors
/// If it is not there, others than root and the user could exchange it, or it does not start.
pub(super) fn open_module(uri: &Pkcs11Uri) -> Result<Pkcs11, TokenError> {
    let path = match (&uri.module_path, &uri.module_name) {
        (Some(path), _) => path.clone(),
        (None, Some(name)) => {
            find(name.as_bytes()).ok_or_else(|| TokenError::NoModule(Some(name.clone())))?
        }
        (None, None) => USUAL
            .iter()
            .find_map(|name| find(name.as_bytes()))
            .ok_or(TokenError::NoModule(None))?,
    };
    let module = fs::canonicalize(&path).map_err(SystemError::at("open", &path))?;
    ensure_ours(&module)?;
    start(&module).map_err(|source| TokenError::Module { module, source })
}

/// The thread that opens it is not the only one that signs with it.
fn start(module: &Path) -> Result<Pkcs11, Error> {
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    Ok(pkcs11)
}

/// The first module of that name.
fn find(name: &[u8]) -> Option<PathBuf> {
    let libraries = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let folders = [libraries.as_str(), "/usr/lib", "/usr/local/lib"];
    let folders = folders.iter().flat_map(|base| {
        let beneath = |folder| Path::new(base).join(folder);
        FOLDERS.map(beneath)
    });
    let files = folders.flat_map(|folder| {
        [&b"lib"[..], b""].map(|prefix| {
            let file = [prefix, name, b".so"].concat();
            folder.join(OsStr::from_bytes(&file))
        })
    });
    files.into_iter().find(|file| file.is_file())
}

/// SECURITY: the code in the library runs with the rights and secrets of whoever signs. Only root and the user may be able
/// to exchange it: the file and all folders above it are theirs, and not writable for everybody.
fn ensure_ours(module: &Path) -> Result<(), TokenError> {
    let user = Uid::effective().as_raw();
    for part in module.ancestors() {
        let metadata = fs::metadata(part).map_err(SystemError::at("stat", part))?;
        if part == module && !metadata.is_file() {
            let none = io::Error::other("no regular file");
            return Err(SystemError::at("open", part)(none).into());
        }
        if let Some(why) = weakness(metadata.uid(), metadata.mode(), user, metadata.is_dir()) {
            let (module, part) = (module.to_owned(), part.to_owned());
            return Err(TokenError::Foreign { module, part, why });
        }
    }
    Ok(())
}

fn weakness(owner: u32, mode: u32, user: u32, is_folder: bool) -> Option<&'static str> {
    let guarded = is_folder && mode & STICKY != 0;
    match owner == 0 || owner == user {
        false => Some("belongs to another user"),
        true if mode & OTHERS_WRITE != 0 && !guarded => Some("is writable for everybody"),
        true => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_and_the_user_could_exchange_it() {
        for (owner, mode, is_folder, good) in [
            (0, 0o100_644, false, true),
            (1000, 0o100_755, false, true),
            (1001, 0o100_644, false, false),
            (0, 0o100_646, false, false),
            (0, 0o101_646, false, false),
            (0, 0o040_775, true, true),
            (0, 0o040_777, true, false),
            (0, 0o041_777, true, true),
            (1001, 0o041_777, true, false),
        ] {
            let found = weakness(owner, mode, 1000, is_folder);
            assert_eq!(found.is_none(), good, "{owner} {mode:o}");
        }
    }
}
