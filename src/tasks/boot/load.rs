//! Loads a policy into the kernel, which takes one rule a write.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use nix::mount::{MsFlags, mount};

use crate::format::policy::Policy;

const SECURITYFS: &str = "/sys/kernel/security";
/// Is there if the kernel has IMA and securityfs is mounted.
const IMA: &str = "/sys/kernel/security/ima";
/// Takes rules. Without `CONFIG_IMA_WRITE_POLICY` it disappears once a policy is in force.
const FILE: &str = "/sys/kernel/security/ima/policy";

/// Why the kernel has not taken the policy.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The kernel has no IMA, or securityfs cannot be mounted.
    #[error("this kernel has no IMA, or its files in {SECURITYFS} cannot be reached: {0}")]
    NoIma(io::Error),
    /// The kernel takes one policy a boot, and has taken another.
    #[error("this kernel has its policy already and takes no other before the next boot")]
    HasOne,
    /// Under `ima_policy=secure_boot` and the like.
    #[error("this kernel takes only a policy that is signed itself, by the path of its file")]
    OnlySigned,
    /// The file for rules cannot be opened, for instance while another process has it open.
    #[error("cannot open {FILE}: {0}")]
    Open(io::Error),
    /// The kernel refused a rule. None of the others is in force either.
    #[error("the kernel refuses line {line} of the policy: {source}")]
    Rule {
        /// The line of the rule, counted from 1.
        line: usize,
        /// The kernel's answer.
        source: io::Error,
    },
}

/// Whether the running kernel has IMA and its policy for this boot. Never true with `CONFIG_IMA_WRITE_POLICY`: such a
/// kernel takes further rules at any time.
#[must_use]
pub fn has_its_policy() -> bool {
    Path::new(IMA).exists() && !Path::new(FILE).exists()
}

/// Loads a policy from its text and its parsed rules. Afterwards all of it is in force, or, on errors, none.
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
    // Not write_all: the rest of a short write would be taken for another rule.
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

/// Mounts securityfs if it is not there: an initramfs has /sys without the mounts in it.
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
