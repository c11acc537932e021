//! The steps at boot, in their order.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::load::{LoadError, has_its_policy, load};
use super::parameter::Parameter;
use super::policy_file::{POLICY, read_policy};
use super::preflight::{BootObstacle, obstacles};
use crate::format::policy::{Policy, PolicyError};
use crate::keys::held::HeldKeys;
use crate::keys::ima_keyring::{self, KeyringError};
use crate::keys::revocations::Revocations;
use crate::machine::error::{SystemError, shown};
use crate::machine::program::program;
use crate::machine::root::Root;

/// The system that is about to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootOptions {
    /// Where it is mounted: not at `/` while the initramfs runs.
    pub root: PathBuf,
    /// Its first program.
    pub init: PathBuf,
}

/// How a boot went on without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booted {
    /// The policy is in force.
    Enforcing,
    /// There is no policy at [`POLICY`].
    NoPolicy,
    /// `dpkg_ima=off` is on the command line.
    Off,
    /// The kernel has taken a policy before: from the initramfs, or from systemd.
    HadPolicy,
}

/// Why the policy is not in force.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// An operation on the machine failed.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The policy is not well-formed.
    #[error("/{POLICY}, {0}")]
    Syntax(PolicyError),
    /// The policy would keep the machine from booting.
    #[error("{}", listed(.0))]
    Obstacles(Vec<BootObstacle>),
    /// The kernel did not take the policy.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The policy is in force, and the kernel refuses this program.
    #[error("the policy is in force, and refuses this very program: {0}")]
    Refused(io::Error),
}

fn listed(obstacles: &[BootObstacle]) -> String {
    let lines: Vec<_> = obstacles.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// Loads the keys, then the policy, for a system that is about to start. Both are those of `/`: in the initramfs, the copies
/// that it has of them.
///
/// # Errors
/// If there is a policy and it is not loaded. Then no part of it is in force, except with [`BootError::Refused`].
pub fn boot(options: &BootOptions) -> Result<Booted, BootError> {
    let parameter = Parameter::of_this_boot().unwrap_or_default();
    if parameter == Parameter::Off {
        return Ok(Booted::Off);
    }
    let here = Root::open(Path::new("/"))?;
    load_keys(&here, &options.root);
    let Some(text) = read_policy(&here)? else {
        return Ok(Booted::NoPolicy);
    };
    let policy = Policy::parse(&text).map_err(first)?;
    let system = Root::open(&options.root)?;
    if system.is_running_system() && has_its_policy() {
        return Ok(Booted::HadPolicy);
    }
    let found = obstacles(&system, &options.init, &policy, &held(&here))?;
    let (certain, unknown): (Vec<_>, Vec<_>) =
        found.into_iter().partition(BootObstacle::is_certain);
    // A kernel that does not let us verify may verify by itself; not to enforce for that would be worse.
    for obstacle in &unknown {
        log::warn!("{obstacle}");
    }
    if parameter == Parameter::Force {
        for obstacle in &certain {
            log::warn!("dpkg_ima=force: {obstacle}");
        }
    } else if !certain.is_empty() {
        return Err(BootError::Obstacles(certain));
    }
    load(&text, &policy)?;
    if system.is_running_system() {
        have_the_keyring_found().map_err(BootError::Refused)?;
    }
    Ok(Booted::Enforcing)
}

/// A certificate that the kernel does not take is logged only: the preflight finds out whether its key is needed.
/// Keys that the system has revoked are not loaded: an initramfs that was made before may have their certificates. Where it
/// cannot be told which those are, only keys that the system itself has certificates of are loaded.
fn load_keys(here: &Root, system: &Path) {
    let revoked = Root::open(system).map(|system| Revocations::of(&system));
    let revoked = revoked.unwrap_or_else(|error| {
        log::error!("{error}");
        Revocations::default()
    });
    match ima_keyring::load_without(here, &revoked) {
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

/// The keys in the IMA keyring. Certificates do not count any more: what could be loaded has been.
fn held(here: &Root) -> HeldKeys {
    let members = ima_keyring::members();
    let members = members.unwrap_or_else(|error: KeyringError| {
        log::error!("{error}");
        (ima_keyring::KeyringKind::Own, Vec::new())
    });
    HeldKeys::of_ima_keyring(&members.1, here)
}

fn first(errors: Vec<PolicyError>) -> BootError {
    let first = errors.into_iter().next();
    BootError::Syntax(first.expect("a policy is refused for a reason"))
}

/// Has the kernel verify a signature on behalf of this process, by executing this program once more.
///
/// SPEC: the kernel looks for `_ima` in the keyrings of the process that first needs a signature verified, and keeps what it
/// finds. This process can reach `_ima`; a service of systemd has a session keyring of its own, and cannot. (In the
/// initramfs, init comes first, and reaches it through the user's keyring.)
fn have_the_keyring_found() -> io::Result<()> {
    let status = program("/proc/self/exe")
        .arg("--version")
        .stdout(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(status.to_string()))
    }
}
