//! A policy into the kernel.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use nix::mount::{MsFlags, mount};

use crate::format::policy::Policy;

/// Where securityfs is.
pub const SECURITYFS: &str = "/sys/kernel/security";
/// IMA's folder in it.
const IMA: &str = "/sys/kernel/security/ima";
/// The file that takes a policy. Without `CONFIG_IMA_WRITE_POLICY` it is gone after the first one.
const FILE: &str = "/sys/kernel/security/ima/policy";

/// Why a policy is not in force.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No IMA in this kernel, or no securityfs.
    #[error("this kernel has no IMA, or its files in {SECURITYFS} cannot be reached: {0}")]
    NoIma(io::Error),
    /// It takes one policy a boot.
    #[error("this kernel has its policy already and takes no other before the next boot")]
    HasOne,
    /// Under `ima_policy=secure_boot` and the like.
    #[error("this kernel takes only a policy that is signed itself, by the path of its file")]
    OnlySigned,
    /// It cannot be opened, say while another one writes it.
    #[error("cannot open {FILE}: {0}")]
    Open(io::Error),
    /// One rule. Nothing of the policy is in force then.
    #[error("the kernel refuses line {line} of the policy: {source}")]
    Rule {
        /// Counted from 1.
        line: usize,
        /// Its answer.
        source: io::Error,
    },
}

/// Whether the running kernel has IMA and its policy for this boot. (One with
/// `CONFIG_IMA_WRITE_POLICY` never says so: it always takes more.)
#[must_use]
pub fn has_its_policy() -> bool {
    Path::new(IMA).exists() && !Path::new(FILE).exists()
}

/// Afterwards the policy is in force, or nothing of it.
///
/// SPEC: `ima_write_policy()` and `ima_release_policy()`, security/integrity/ima/ima_fs.c: one rule a
/// write; the rules come into force when the file is closed, unless one was refused.
pub(super) fn load(text: &[u8], policy: &Policy) -> Result<(), LoadError> {
    ensure_securityfs().map_err(LoadError::NoIma)?;
    let mut file = open()?;
    let lines: Vec<_> = text.split(|&byte| byte == b'\n').collect();
    for rule in policy.rules() {
        let line = lines.get(rule.line - 1).copied().unwrap_or_default();
        write_rule(&mut file, line).map_err(|source| match source.raw_os_error() {
            // SPEC: IMA_APPRAISE_POLICY: "signed policy file required".
            Some(nix::libc::EACCES) => LoadError::OnlySigned,
            _ => LoadError::Rule {
                line: rule.line,
                source,
            },
        })?;
    }
    Ok(())
}

fn write_rule(file: &mut File, line: &[u8]) -> io::Result<()> {
    let mut rule = line.to_vec();
    rule.push(b'\n');
    // Not write_all: what is left after a short write would be another rule.
    if file.write(&rule)? != rule.len() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(())
}

fn open() -> Result<File, LoadError> {
    match OpenOptions::new().write(true).open(FILE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(LoadError::HasOne),
        other => other.map_err(LoadError::Open),
    }
}

/// An initramfs has /sys, and not what is mounted in it.
fn ensure_securityfs() -> io::Result<()> {
    if Path::new(IMA).exists() {
        return Ok(());
    }
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(
        Some("securityfs"),
        SECURITYFS,
        Some("securityfs"),
        flags,
        None::<&str>,
    )?;
    std::fs::metadata(IMA).map(drop)
}
