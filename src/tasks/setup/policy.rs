//! The step "policy": the one that is loaded at boot.

use std::path::{Path, PathBuf};

use super::error::SetupError;
use super::item::Item;
use super::managed_file::ManagedFile;
use super::site::Site;
use super::step::Step;
use crate::format::policy::Policy;
use crate::machine::error::SystemError;
use crate::tasks::boot::{POLICY, SYSTEMD_POLICY, read_policy};
use crate::tasks::relabel::Notice;

const NAME: &str = "policy";
/// The sample policies, beneath the root.
const SAMPLES: &str = "usr/share/dpkg-ima/policies";
const DEFAULT: &str = "everyone";
/// Largest sample that is read, in bytes.
const SAMPLE_MAX: u64 = 1 << 20;

/// Copies a sample to where the boot loads it from.
pub(super) struct PolicyInPlace;

/// The policy that is to be in place.
pub(super) enum Wanted {
    /// The one that is there.
    Present(Vec<u8>),
    /// A sample.
    Sample(Vec<u8>),
    /// There is no such sample.
    NoSample,
}

impl Step for PolicyInPlace {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        if site
            .root
            .metadata_followed(Path::new(SYSTEMD_POLICY))?
            .is_some()
        {
            let reason =
                format!("there is /{SYSTEMD_POLICY}, which systemd loads by itself, keys or not");
            return Ok(Item::blocked(NAME, reason, "move that file away"));
        }
        let is = match read_policy(site.root)? {
            Some(_) => format!("/{POLICY} is there"),
            None => format!("there is no /{POLICY}: nothing is appraised"),
        };
        Ok(match wanted(site)? {
            Wanted::NoSample => {
                let reason = format!("there is no such policy in /{SAMPLES}");
                Item::blocked(NAME, reason, "--policy names a file of that folder")
            }
            Wanted::Present(text) | Wanted::Sample(text) if Policy::parse(&text).is_err() => {
                let hint = "dpkg-ima policy check /etc/dpkg-ima/policy names the mistakes";
                Item::blocked(
                    NAME,
                    format!("{is}, and the kernel would not take it"),
                    hint,
                )
            }
            Wanted::Present(_) => Item::done(NAME, is),
            Wanted::Sample(_) => {
                let to_be = format!("/{POLICY} is '{}'", name(site));
                let undo = "it is removed, or is again what it was";
                Item::to_do(NAME, is, to_be, undo)
            }
        })
    }

    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        if let Wanted::Sample(text) = wanted(site)? {
            site.kept().put(&ManagedFile::Policy, &text)?;
        }
        Ok(Vec::new())
    }
}

/// The policy that the next boot is to load.
pub(super) fn wanted(site: &Site<'_>) -> Result<Wanted, SystemError> {
    let present = read_policy(site.root)?;
    if let (Some(text), None) = (&present, &site.options.policy) {
        return Ok(Wanted::Present(text.clone()));
    }
    Ok(match sample(site)? {
        None => Wanted::NoSample,
        Some(text) if present.as_ref() == Some(&text) => Wanted::Present(text),
        Some(text) => Wanted::Sample(text),
    })
}

/// The rules of the policy that the next boot is to load; none if there is none that the kernel would take.
pub(super) fn wanted_rules(site: &Site<'_>) -> Result<Option<Policy>, SystemError> {
    Ok(match wanted(site)? {
        Wanted::Present(text) | Wanted::Sample(text) => Policy::parse(&text).ok(),
        Wanted::NoSample => None,
    })
}

fn name<'a>(site: &Site<'a>) -> &'a str {
    site.options.policy.as_deref().unwrap_or(DEFAULT)
}

/// SECURITY: the name is that of a file in the folder, and leads nowhere else.
fn sample(site: &Site<'_>) -> Result<Option<Vec<u8>>, SystemError> {
    let name = name(site);
    if name.is_empty() || name.starts_with('.') || name.contains('/') {
        return Ok(None);
    }
    let path: PathBuf = Path::new(SAMPLES).join(name);
    site.root.read(&path, SAMPLE_MAX)
}
