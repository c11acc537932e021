//! The steps, in their order.

use std::fs;
use std::path::Path;

use super::appraise::Appraise;
use super::by_hand::ByHand;
use super::certificates::Certificates;
use super::checks::Checks;
use super::error::SetupError;
use super::grub::{self, Grub};
use super::initramfs::Initramfs;
use super::item::{Item, ItemState};
use super::labels::Labels;
use super::policy::PolicyInPlace;
use super::site::{SetupOptions, Site};
use super::step::Step;
use super::systemd_boot::{self, SystemdBoot};
use super::trial::Trial;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::relabel::Notice;
use crate::tasks::status::KernelConfig;

/// A run that is about to begin.
pub struct Setup<'a> {
    site: Site<'a>,
    steps: Vec<Box<dyn Step>>,
}

impl<'a> Setup<'a> {
    /// Finds out what boots the machine, and what is wanted. Changes nothing.
    ///
    /// # Errors
    /// If that cannot be found out.
    pub fn of(root: &'a Root, options: &'a SetupOptions) -> Result<Self, SetupError> {
        let line = Path::new("/proc/cmdline");
        let command_line = fs::read_to_string(line).map_err(SystemError::at("read", line))?;
        let loaders = loaders(root)?;
        let was = match loaders.is_empty() {
            true => Appraise::named_on(&command_line),
            false => loaders.iter().find_map(|(_, was)| *was),
        };
        let site = Site {
            root,
            options,
            config: KernelConfig::of_running_kernel(root),
            goal: options.mode.or(was).unwrap_or(Appraise::Log),
            was,
            command_line,
        };
        // SECURITY: a kernel that has a policy and no `ima_appraise=log` enforces. So the command line comes first.
        let mut steps: Vec<Box<dyn Step>> = vec![
            Box::new(Checks),
            Box::new(Certificates),
            Box::new(Labels::default()),
            Box::new(Trial),
        ];
        match loaders.is_empty() {
            true => steps.push(Box::new(ByHand)),
            false => steps.extend(loaders.into_iter().map(|(step, _)| step)),
        }
        steps.push(Box::new(PolicyInPlace));
        steps.push(Box::new(Initramfs));
        Ok(Self { site, steps })
    }

    /// What the kernel will do after the next boot.
    #[must_use]
    pub const fn goal(&self) -> Appraise {
        self.site.goal
    }

    /// What every step says, up to the first that blocks.
    ///
    /// # Errors
    /// If something cannot be found out.
    pub fn plan(&self) -> Result<Vec<Item>, SetupError> {
        let mut items = Vec::new();
        for step in &self.steps {
            items.push(step.look(&self.site)?);
            if items.last().is_some_and(Item::is_blocked) {
                break;
            }
        }
        Ok(items)
    }

    /// Carries out every step that has something to do, and tells of each before it is done, and what the user is to be told
    /// after it. Stops before a step that blocks: false then.
    ///
    /// # Errors
    /// If a step could not be done; those before it are.
    pub fn carry_out(&self, told: &mut dyn FnMut(&Item, &[Notice])) -> Result<bool, SetupError> {
        for step in &self.steps {
            let item = step.look(&self.site)?;
            told(&item, &[]);
            if matches!(item.state, ItemState::ToDo { .. } | ItemState::Later) {
                let notices = step.carry_out(&self.site)?;
                // Labels above all: what could be done may not be enough.
                let after = step.look(&self.site)?;
                told(&after, &notices);
                match after.state {
                    ItemState::Blocked { .. } => return Ok(false),
                    ItemState::ToDo { .. } | ItemState::Later => {
                        return Err(SetupError::Unfinished(after.step));
                    }
                    ItemState::Done | ItemState::ByUser(_) => {}
                }
            }
            if item.is_blocked() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The step of a boot loader, and the mode that it was told before.
type LoaderStep = (Box<dyn Step>, Option<Appraise>);

/// Those of each boot loader that is there.
fn loaders(root: &Root) -> Result<Vec<LoaderStep>, SystemError> {
    let mut loaders: Vec<LoaderStep> = Vec::new();
    if grub::is_there(root)? {
        loaders.push((Box::new(Grub), grub::mode(root)?));
    }
    if systemd_boot::is_there(root)? {
        loaders.push((Box::new(SystemdBoot), systemd_boot::mode(root)?));
    }
    Ok(loaders)
}
