//! The step "command line" where no boot loader is known: what the running kernel was given is looked at.

use super::appraise::Appraise;
use super::error::SetupError;
use super::item::{Item, ItemState};
use super::site::Site;
use super::step::Step;
use crate::tasks::relabel::Notice;

const NAME: &str = "command line";

/// Looks only: U-Boot, EFI stubs, other people's hypervisors.
pub(super) struct ByHand;

impl Step for ByHand {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let has = Appraise::named_on(&site.command_line);
        let is = format!(
            "neither GRUB nor systemd-boot is here; the running kernel was given {}",
            has.map_or("no mode of appraisal", Appraise::word)
        );
        Ok(match site.goal {
            goal if has == Some(goal) => Item::done(NAME, is),
            // A policy without this parameter would be enforced at once.
            Appraise::Log => {
                let hint = "have your boot loader give the kernel ima_appraise=log, restart, and run this again";
                Item::blocked(NAME, is, hint)
            }
            Appraise::Enforce => {
                let yours = "have your boot loader give the kernel ima_appraise=enforce instead, and restart";
                let state = ItemState::ByUser(yours);
                Item {
                    state,
                    ..Item::done(NAME, is)
                }
            }
        })
    }

    fn carry_out(&self, _site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        Ok(Vec::new())
    }
}
