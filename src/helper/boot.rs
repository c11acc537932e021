//! `dpkg-ima-helper keys` and `boot`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use crate::keys::certificates::unused_files;
use crate::keys::ima_keyring;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::boot::{self, Booted};

/// Loads the certificates of a root, each even if another fails. The exit code is 2 if one could not be loaded, or there is
/// none.
pub(super) fn load_keys(root: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let root = Root::open(root)?;
    let (kind, loaded) = ima_keyring::load(&root)?;
    for file in unused_files(&root)? {
        log::warn!("{file}");
    }
    let mut failed = loaded.is_empty();
    if failed {
        log::error!("no certificate in /etc/keys/ima");
    }
    for certificate in loaded {
        let path = shown(&certificate.path);
        match certificate.result {
            Ok(key_id) => log::info!("{key_id} in {}: '{path}'", kind.name()),
            Err(error) => {
                log::error!("cannot load '{path}': {error}");
                failed = true;
            }
        }
    }
    Ok(ExitCode::from(if failed { 2 } else { 0 }))
}

/// Loads the keys and the policy. Every error goes to the console in full: somebody sits before a machine that does not
/// boot.
pub(super) fn run(options: &boot::Options) -> Result<ExitCode, Box<dyn Error>> {
    match boot::boot(options)? {
        Booted::Enforcing => log::info!("the policy is in force"),
        Booted::Off => log::warn!("dpkg_ima=off: neither keys nor policy are loaded"),
        Booted::NoPolicy => log::info!("no policy: nothing is enforced"),
        Booted::HadPolicy => log::warn!("this kernel had its policy before; ours is not loaded"),
    }
    Ok(ExitCode::SUCCESS)
}
