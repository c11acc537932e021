//! The steps at boot, in their order.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::policy::{LoadError, has_its_policy, load};
use super::preflight::{Obstacle, obstacles};
use super::{POLICY, POLICY_MAX, Parameter};
use crate::format::policy::{Policy, PolicyError};
use crate::keys::held::HeldKeys;
use crate::keys::ima_keyring::{self, KeyringError};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;

/// What is booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the system is mounted: elsewhere than `/` while the initramfs runs.
    pub root: PathBuf,
    /// Its first program.
    pub init: PathBuf,
}

/// How it ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booted {
    /// The policy is in force.
    Enforcing,
    /// There is no policy, so there is none in force that is ours.
    NoPolicy,
    /// `dpkg_ima=off`.
    Off,
    /// The kernel had one before us: from the initramfs, or from systemd.
    HadPolicy,
}

/// Why the policy is not in force.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The kernel would not take it.
    #[error("/{POLICY}, {0}")]
    Syntax(PolicyError),
    /// It would keep the machine from booting.
    #[error("{}", listed(.0))]
    Obstacles(Vec<Obstacle>),
    /// The kernel did not take it.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It is in force, and what was tried first under it was refused.
    #[error("the policy is in force, and refuses this very program: {0}")]
    Refused(io::Error),
}

fn listed(obstacles: &[Obstacle]) -> String {
    let lines: Vec<_> = obstacles.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// Loads the keys, then the policy, both of this very root (in the initramfs, what was copied there),
/// for a system that is about to start.
///
/// # Errors
/// If there is a policy and it is not in force; then nothing of it is.
pub fn boot(options: &Options) -> Result<Booted, BootError> {
    let parameter = Parameter::of_this_boot().unwrap_or_default();
    if parameter == Parameter::Off {
        return Ok(Booted::Off);
    }
    let here = Root::open(Path::new("/"))?;
    load_keys(&here);
    let Some(text) = here.read(Path::new(POLICY), POLICY_MAX)? else {
        return Ok(Booted::NoPolicy);
    };
    let policy = Policy::parse(&text).map_err(first)?;
    let system = Root::open(&options.root)?;
    if system.is_running_system() && has_its_policy() {
        return Ok(Booted::HadPolicy);
    }
    let found = obstacles(&system, &options.init, &policy, &held())?;
    if parameter == Parameter::Force {
        for obstacle in &found {
            log::warn!("dpkg_ima=force: {obstacle}");
        }
    } else if !found.is_empty() {
        return Err(BootError::Obstacles(found));
    }
    load(&text, &policy)?;
    if system.is_running_system() {
        have_the_keyring_found().map_err(BootError::Refused)?;
    }
    Ok(Booted::Enforcing)
}

/// A certificate that is not loaded is no reason to stop: what matters is what is signed by it.
fn load_keys(here: &Root) {
    match ima_keyring::load(here) {
        Ok((_, loaded)) => {
            for certificate in loaded {
                let path = shown(&certificate.path);
                match certificate.result {
                    Ok(key_id) => log::info!("key {key_id} of '{path}'"),
                    Err(error) => log::error!("cannot load '{path}': {error}"),
                }
            }
        }
        Err(error) => log::error!("no keys are loaded: {error}"),
    }
}

/// Only what is in the kernel's keyring counts here.
fn held() -> HeldKeys {
    let members = ima_keyring::members();
    let members = members.unwrap_or_else(|error: KeyringError| {
        log::error!("{error}");
        (ima_keyring::KeyringKind::Own, Vec::new())
    });
    members.1.into_iter().map(|key| key.key_id).collect()
}

fn first(errors: Vec<PolicyError>) -> BootError {
    let first = errors.into_iter().next();
    BootError::Syntax(first.expect("a policy is refused for a reason"))
}

/// SPEC: the kernel looks for `_ima` in the keyrings of the process that first has a signature
/// checked, and remembers it once found. Services of systemd have a keyring of their own, in which it
/// is not; so it had better be us. (In the initramfs it is init, which has the user's.)
fn have_the_keyring_found() -> io::Result<()> {
    let status = Command::new("/proc/self/exe")
        .arg("--version")
        .stdout(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(status.to_string()))
    }
}
