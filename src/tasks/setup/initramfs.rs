//! The step "initramfs": every one has the keys and the policy.

use std::path::Path;

use super::error::SetupError;
use super::images::refresh;
use super::item::Item;
use super::site::Site;
use super::step::Step;
use crate::machine::error::shown;
use crate::tasks::boot::{ImageMaker, images, newer_than};
use crate::tasks::relabel::Notice;

const NAME: &str = "initramfs";

/// Has them made anew, unless they are newer than what goes into them.
pub(super) struct Initramfs;

impl Step for Initramfs {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let root = site.root;
        let Some(maker) = ImageMaker::of(root)? else {
            let is = "made neither by initramfs-tools nor by dracut: dpkg-ima-boot.service loads keys and policy";
            return Ok(Item::done(NAME, is));
        };
        if root.metadata_followed(Path::new(maker.hook()))?.is_none() {
            let reason = format!("/{} is not there", maker.hook());
            return Ok(Item::blocked(
                NAME,
                reason,
                "apt install --reinstall dpkg-ima",
            ));
        }
        let images = images(root)?;
        let Some(oldest) = images.iter().map(|(_, made)| *made).min() else {
            let is = "there is none in /boot: dpkg-ima-boot.service loads keys and policy";
            return Ok(Item::done(NAME, is));
        };
        let Some(newer) = newer_than(root, oldest)? else {
            return Ok(Item::done(
                NAME,
                format!("{} in /boot, with keys and policy", images.len()),
            ));
        };
        let is = format!(
            "{} in /boot, of which some are older than '/{}'",
            images.len(),
            shown(&newer)
        );
        Ok(Item::to_do(
            NAME,
            is,
            maker.all_anew(),
            "the same once more, without the policy",
        ))
    }

    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        refresh(site.root)?;
        Ok(Vec::new())
    }
}
