//! The step "trial": the machine has run in log mode, and nothing that it runs would be refused.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::appraise::Appraise;
use super::checks::{ignores_log, secure_boot};
use super::error::SetupError;
use super::item::{Item, ItemState};
use super::policy::{Wanted, wanted, wanted_rules};
use super::site::Site;
use super::step::Step;
use crate::format::kernel_file::KernelFile;
use crate::format::plural::count;
use crate::format::policy::Policy;
use crate::machine::error::{SystemError, shown};
use crate::machine::loaded_modules::loaded_modules;
use crate::machine::mapped::mapped_programs;
use crate::machine::walk::ProgramFile;
use crate::tasks::boot::has_its_policy;
use crate::tasks::policy_check::{AppraisedFiles, Certainty, PolicyCheck};
use crate::tasks::relabel::Notice;

const NAME: &str = "trial";

/// Looks only.
pub(super) struct Trial;

/// What the policy would surely refuse.
struct Refused {
    /// Files that a process has mapped to execute them: programs and libraries of services, most of all. And the modules that
    /// the kernel has loaded, of each of the kernels that may be booted.
    running: Vec<PathBuf>,
    others: usize,
}

impl Step for Trial {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let changes = matches!(wanted(site)?, Wanted::Sample(_));
        if site.goal != Appraise::Enforce || (site.was == Some(Appraise::Enforce) && !changes) {
            return Ok(Item::done(NAME, "nothing begins to be refused"));
        }
        let has_log = ignores_log(&site.config, secure_boot()).is_none();
        let in_log_mode = Appraise::named_on(&site.command_line) == Some(Appraise::Log);
        if has_log && (changes || !in_log_mode || !has_its_policy()) {
            let reason = "the running kernel does not try that policy in log mode";
            let hint = "dpkg-ima setup --log, restart, and come back when all has run that this machine runs";
            return Ok(Item::blocked(NAME, reason, hint));
        }
        let Some(policy) = wanted_rules(site)? else {
            return Ok(Item::later(NAME, "there is no policy to judge by"));
        };
        Ok(item(&refused(site, &policy)?))
    }

    fn carry_out(&self, _site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        Ok(Vec::new())
    }
}

fn item(refused: &Refused) -> Item {
    let others = match refused.others {
        0 => "no other file would be refused".to_owned(),
        others => {
            let others = count(others, "other file");
            format!("{others} would be refused: dpkg-ima policy check names each")
        }
    };
    match refused.running.as_slice() {
        [] => Item {
            step: NAME,
            is: format!("all programs, libraries and modules that run now would run; {others}"),
            state: ItemState::Done,
        },
        [first, ..] => {
            let (running, first) = (count(refused.running.len(), "file"), shown(first));
            let reason = format!(
                "of what runs now, {running} would be refused, such as '{first}'; {others}"
            );
            let hint = "sign them, or their packages, and run dpkg-ima relabel; then again";
            Item::blocked(NAME, reason, hint)
        }
    }
}

/// Files of which it cannot be told count as refused.
fn refused(site: &Site<'_>, policy: &Policy) -> Result<Refused, SetupError> {
    let (root, held) = (site.root, &site.keys()?);
    let check = PolicyCheck { root, policy, held };
    let AppraisedFiles { files, errors } = AppraisedFiles::find(&check)?;
    for error in &errors {
        log::warn!("{error}");
    }
    let is_refused = |file: &&ProgramFile| match check.refusal(file) {
        Ok(refusal) => refusal.is_some_and(|refusal| refusal.certainty == Certainty::Sure),
        Err(error) => {
            log::warn!("{error}");
            true
        }
    };
    let refused: BTreeSet<_> = files
        .par_iter()
        .filter(is_refused)
        .map(|file| &file.path)
        .collect();
    let running = Running {
        mapped: mapped_programs().map_err(SystemError::at("read", "/proc".as_ref()))?,
        modules: loaded_modules().map_err(SystemError::at("read", "/proc/modules".as_ref()))?,
    };
    Ok(running.split(&refused))
}

/// What runs now.
#[derive(Default)]
struct Running {
    /// The files that processes have mapped to execute them.
    mapped: BTreeSet<PathBuf>,
    /// The names of the loaded modules, which no process maps.
    modules: BTreeSet<Vec<u8>>,
}

impl Running {
    fn split(&self, refused: &BTreeSet<&PathBuf>) -> Refused {
        let running = refused.iter().filter(|path| self.has(path));
        let running: Vec<_> = running.map(|path| (*path).clone()).collect();
        Refused {
            others: refused.len() - running.len(),
            running,
        }
    }

    /// Whether a file is one of them, or the module of a name that is loaded.
    fn has(&self, path: &Path) -> bool {
        let bytes = path.as_os_str().as_bytes();
        let module = KernelFile::module_name(bytes.strip_prefix(b"/").unwrap_or(bytes));
        self.mapped.contains(path) || module.is_some_and(|name| self.modules.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_now_stops_it_and_what_does_not_is_counted() {
        let refused = |running: &[&str], others| Refused {
            running: running.iter().map(PathBuf::from).collect(),
            others,
        };
        assert!(!item(&refused(&[], 3)).is_blocked());
        assert!(item(&refused(&[], 3)).is.contains("3 other files"));
        let stopped = item(&refused(&["/usr/sbin/cron", "/x"], 0));
        assert!(
            stopped.is_blocked() && stopped.is.contains("2 files"),
            "{stopped:?}"
        );
        assert!(stopped.is.contains("'/usr/sbin/cron'"));
    }

    #[test]
    fn a_loaded_module_runs_as_a_mapped_program_does() {
        let files = [
            "/usr/lib/modules/6.1/kernel/drivers/virtio-blk.ko",
            "/usr/lib/modules/6.1/kernel/fs/hpfs/hpfs.ko.xz",
            "/usr/sbin/cron",
            "/usr/sbin/virtio_blk",
        ]
        .map(PathBuf::from);
        let refused = files.iter().collect();
        let running = Running {
            mapped: [files[2].clone()].into(),
            modules: [b"virtio_blk".to_vec()].into(),
        };
        let split = running.split(&refused);
        assert_eq!(split.running, [files[0].clone(), files[2].clone()]);
        assert_eq!(split.others, 2);
        assert_eq!(Running::default().split(&refused).others, 4);
    }
}
