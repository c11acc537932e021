//! The step "labels": what boots the machine has a signature that the next boot's keys verify.

use std::cell::Cell;
use std::path::Path;

use super::certificates;
use super::error::SetupError;
use super::item::Item;
use super::policy::wanted_rules;
use super::site::Site;
use super::step::Step;
use crate::dpkg::PackageName;
use crate::format::plural::count;
use crate::labelling::{FileOutcome, Mode, Progress, SourceError};
use crate::machine::error::SystemError;
use crate::tasks::boot::{BootObstacle, obstacles};
use crate::tasks::relabel::{Notice, Plan, RelabelOptions, Relabelled};

const NAME: &str = "labels";
const INIT: &str = "/sbin/init";
const UNDO: &str = "labels stay: they mean nothing to a kernel without a policy";
const HINT: &str =
    "give the signed packages by --from FOLDER, or name a source in /etc/dpkg-ima.toml";

/// Writes the labels that lists have and files lack.
#[derive(Default)]
pub(super) struct Labels {
    /// Whether the sources have been asked for lists.
    asked: Cell<bool>,
}

impl Step for Labels {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let planned = relabel(site, Mode::Plan)?;
        let lacking = planned.tally.count(FileOutcome::Labelled);
        if lacking > 0 {
            let lacking = count(lacking, "file");
            let is = format!("{lacking} without the label that a list has");
            return Ok(Item::to_do(NAME, is, "each has it", UNDO));
        }
        if certificates::are_missing(site)? {
            return Ok(Item::later(NAME, "there is no label to write yet"));
        }
        let refused = refused(site)?;
        let Some(first) = refused.first() else {
            return Ok(Item::done(NAME, "what boots the machine has good labels"));
        };
        let unasked = planned.answers.put_off.len();
        if unasked > 0 && !self.asked.get() {
            let is = format!("{first}; {} without a list", count(unasked, "package"));
            let to_be = "lists come from the sources of /etc/dpkg-ima.toml, and files have labels";
            return Ok(Item::to_do(NAME, is, to_be, UNDO));
        }
        let reason = match refused.len() {
            1 => first.to_string(),
            all => format!("{first}; and {} more that boot the machine", all - 1),
        };
        Ok(Item::blocked(NAME, reason, HINT))
    }

    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        let done = relabel(site, Mode::Write)?;
        self.asked.set(true);
        Ok([done.notices(), done.complaints()].concat())
    }
}

fn relabel(site: &Site<'_>, mode: Mode) -> Result<Relabelled, SetupError> {
    let options = RelabelOptions {
        mode,
        from: site.options.from.clone(),
        packages: Vec::new(),
    };
    let mut plan = Plan::make(site.root, &options, &|_, _| ())?;
    plan.fetch(&|_, _| ());
    Ok(plan.carry_out(&LogProgress)?)
}

/// The files that boot the machine and that the policy would refuse, or that nothing here can verify.
fn refused(site: &Site<'_>) -> Result<Vec<BootObstacle>, SetupError> {
    let Some(policy) = wanted_rules(site)? else {
        return Ok(Vec::new());
    };
    let found = obstacles(site.root, Path::new(INIT), &policy, &site.keys()?)?;
    Ok(found)
}

/// The result has what users need; this is for the log.
struct LogProgress;

impl Progress for LogProgress {
    fn failure(&self, error: &SystemError) {
        log::error!("{error}");
    }

    fn bad_list(&self, package: &PackageName, error: &SourceError) {
        log::error!("the files of package {package} are not labelled: {error}");
    }
}
