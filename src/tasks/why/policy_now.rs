//! The policy that files are appraised by: the kernel's own text, where the kernel shows it, else the file that it is loaded
//! from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::source::boot_time;
use crate::format::policy::{Policy, Rule};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::boot::{POLICY, SYSTEMD_POLICY};

/// SPEC: `ima_policy_show()`: one rule a line, without comments. Only kernels with `CONFIG_IMA_READ_POLICY` give it to read,
/// which Debian's are not.
const SHOWN: &str = "/sys/kernel/security/ima/policy";
/// Largest text that is read, in bytes.
const TEXT_MAX: u64 = 1 << 20;

/// Where a policy was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyPlace {
    /// The kernel shows it. Lines are those of what it shows.
    Kernel,
    /// A file that is loaded at boot.
    File {
        /// Beneath the root, without a slash at its start.
        path: &'static str,
        /// It was written since the machine was booted, so the kernel may have another one.
        is_newer: bool,
    },
}

impl fmt::Display for PolicyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel => f.write_str("the kernel's policy"),
            Self::File { path, is_newer } => {
                write!(f, "/{path}")?;
                f.write_str(if *is_newer {
                    ", which was changed since the boot,"
                } else {
                    ""
                })
            }
        }
    }
}

/// A policy that is well-formed, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyNow {
    /// Its rules.
    pub policy: Policy,
    /// Where its lines are.
    pub place: PolicyPlace,
}

impl PolicyNow {
    /// Reads it; none if there is none, or none that is well-formed. If the kernel's has the same rules as the file, the file
    /// is named: that is where people look.
    ///
    /// # Errors
    /// If a file is there and cannot be read.
    pub fn read(root: &Root) -> Result<Option<Self>, SystemError> {
        let of_file = Self::of_files(root)?;
        let shown = match root.is_running_system() {
            true => shown().unwrap_or_else(|error| {
                log::debug!("{SHOWN}: {error}");
                None
            }),
            false => None,
        };
        Ok(chosen(shown, of_file))
    }

    /// The first of the files that is there: the initramfs loads it before systemd could load the other.
    fn of_files(root: &Root) -> Result<Option<Self>, SystemError> {
        for path in [POLICY, SYSTEMD_POLICY] {
            if let Some(text) = root.read_followed(Path::new(path), TEXT_MAX)? {
                let place = PolicyPlace::File {
                    path,
                    is_newer: root.is_running_system() && is_newer(root, path)?,
                };
                let policy = Policy::parse(&text).ok();
                return Ok(policy.map(|policy| Self { policy, place }));
            }
        }
        Ok(None)
    }
}

fn is_newer(root: &Root, path: &str) -> Result<bool, SystemError> {
    let metadata = root.metadata_followed(Path::new(path))?;
    let written = metadata.and_then(|metadata| metadata.modified().ok());
    let booted = boot_time().map(|time| UNIX_EPOCH + Duration::from_millis(time));
    Ok(matches!((written, booted), (Some(written), Some(booted)) if written > booted))
}

fn shown() -> io::Result<Option<Policy>> {
    let mut text = Vec::new();
    File::open(SHOWN)?.take(TEXT_MAX).read_to_end(&mut text)?;
    let text = as_it_takes_it(&String::from_utf8_lossy(&text));
    Ok(Policy::parse(text.as_bytes()).ok())
}

/// The kernel shows some rules with words that it would not take in that order, or not at all: here as it takes them.
/// SPEC: `ima_policy_show()`. Since Linux 6.6 a rule that demands signatures is shown with a flag that it cannot be without.
fn as_it_takes_it(shown: &str) -> String {
    shown
        .replace(" appraise_flag=check_blacklist", "")
        .replace("appraise_type=imasig|modsig", "appraise_type=imasig")
        .replace(
            "appraise_type=sigv3 digest_type=verity",
            "digest_type=verity appraise_type=sigv3",
        )
}

fn chosen(shown: Option<Policy>, of_file: Option<PolicyNow>) -> Option<PolicyNow> {
    let Some(policy) = shown else {
        return of_file;
    };
    let same = of_file.filter(|of_file| without_lines(&of_file.policy) == without_lines(&policy));
    same.map(|same| PolicyNow {
        place: match same.place {
            PolicyPlace::File { path, .. } => PolicyPlace::File {
                path,
                is_newer: false,
            },
            PolicyPlace::Kernel => PolicyPlace::Kernel,
        },
        ..same
    })
    .or(Some(PolicyNow {
        policy,
        place: PolicyPlace::Kernel,
    }))
}

fn without_lines(policy: &Policy) -> Vec<Rule> {
    let rules = policy.rules().iter().cloned();
    rules.map(|rule| Rule { line: 0, ..rule }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "appraise func=BPRM_CHECK appraise_type=imasig";

    fn parsed(text: &str) -> Policy {
        Policy::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_kernel_is_believed_and_the_file_is_named_where_both_agree() {
        let file = |is_newer| PolicyNow {
            policy: parsed(&format!("# a comment\n\n{RULE}\n")),
            place: PolicyPlace::File {
                path: POLICY,
                is_newer,
            },
        };
        assert_eq!(chosen(None, Some(file(true))), Some(file(true)));
        // As the kernel writes it: with a space at the end.
        let same = parsed(&format!("{RULE} \n"));
        assert_eq!(
            chosen(Some(same.clone()), Some(file(true))),
            Some(file(false))
        );
        for of_file in [None, Some(file(false))] {
            let other = parsed(&format!("dont_appraise fsmagic=0x1021994 \n{RULE} \n"));
            let chosen = chosen(Some(other), of_file).unwrap();
            assert_eq!(chosen.place, PolicyPlace::Kernel);
            assert_eq!(chosen.policy.rules().len(), 2);
        }
        assert_eq!(chosen(None, None), None);
    }

    #[test]
    fn what_the_kernel_shows_is_read_as_what_it_was_given() {
        for (shown, given) in [
            (
                "appraise func=BPRM_CHECK appraise_type=imasig appraise_flag=check_blacklist \n",
                RULE,
            ),
            (
                "appraise fowner=0 appraise_type=sigv3 digest_type=verity appraise_flag=check_blacklist \n",
                "appraise fowner=0 digest_type=verity appraise_type=sigv3",
            ),
            (
                "appraise func=MODULE_CHECK appraise_type=imasig|modsig \n",
                "appraise func=MODULE_CHECK appraise_type=imasig",
            ),
        ] {
            assert!(Policy::parse(shown.as_bytes()).is_err(), "{shown}");
            assert_eq!(parsed(&as_it_takes_it(shown)), parsed(given));
        }
    }

    #[test]
    fn a_file_beneath_a_root_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let read = || PolicyNow::read(&Root::open(folder.path()).unwrap()).unwrap();
        assert_eq!(read(), None);
        for (path, text) in [(SYSTEMD_POLICY, RULE), (POLICY, "measure")] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
            assert_eq!(read().unwrap().policy, parsed(text));
        }
        std::fs::write(folder.path().join(POLICY), "nonsense").unwrap();
        assert_eq!(read(), None);
    }
}
