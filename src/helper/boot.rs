//! `dpkg-ima-helper keys` and `boot`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use crate::keys::certificates::unused_files;
use crate::keys::ima_keyring;
use crate::machine::appraise_mode::AppraiseMode;
use crate::machine::error::shown;
use crate::machine::root::Root;
use crate::tasks::boot::{self, BootError, BootOptions, Booted};

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

/// Loads the keys and the policy. Every error goes to the console in full: whoever sits at the console has nothing else to go
/// by. For the running system an error is only logged where nothing is refused anyway: systemd would stop the machine. The
/// initramfs looks at the mode by itself.
pub(super) fn run(options: &BootOptions) -> Result<ExitCode, Box<dyn Error>> {
    let booted = match boot::boot(options) {
        Err(error) if options.root == Path::new("/") => return without_policy(error),
        booted => booted?,
    };
    match booted {
        Booted::Enforcing => log::info!("the policy is in force"),
        Booted::Off => log::warn!("dpkg_ima=off: neither keys nor policy are loaded"),
        Booted::NoPolicy => log::info!("no policy: nothing is enforced"),
        Booted::HadPolicy => log::warn!("this kernel had its policy before; ours is not loaded"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The end of a unit whose policy is not in force. Where the kernel was told to refuse nothing, it does not stop the machine.
fn without_policy(error: BootError) -> Result<ExitCode, Box<dyn Error>> {
    let mode = AppraiseMode::of_this_boot().unwrap_or_default();
    // SECURITY: a policy that is in force and refuses this program, under Secure Boot, is no trial.
    if mode == AppraiseMode::Enforce || matches!(error, BootError::Refused(_)) {
        return Err(error.into());
    }
    log::error!("{error}");
    log::error!(
        "no IMA policy is in force; the boot goes on, because of ima_appraise={}",
        mode.name()
    );
    Ok(ExitCode::SUCCESS)
}
