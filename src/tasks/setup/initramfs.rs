//! The step "initramfs": every one has the keys and the policy.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::error::SetupError;
use super::item::Item;
use super::site::Site;
use super::step::Step;
use super::tool;
use crate::keys::certificates::CERTIFICATES;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::tasks::boot::POLICY;
use crate::tasks::relabel::Notice;

const NAME: &str = "initramfs";
const TOOL: &str = "update-initramfs";
/// Copies keys, policy and helper into it.
const HOOK: &str = "usr/share/initramfs-tools/hooks/dpkg-ima";
/// All of them: a machine may boot an older kernel, and `--undo` must leave the policy in none.
const ARGUMENTS: [&str; 3] = ["-u", "-k", "all"];

/// Has them made anew, unless they are newer than what goes into them.
pub(super) struct Initramfs;

impl Step for Initramfs {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let root = site.root;
        if !is_there(root)? {
            let is =
                "not made by initramfs-tools: dpkg-ima-boot.service loads keys and policy instead";
            return Ok(Item::done(NAME, is));
        }
        if root.metadata_followed(Path::new(HOOK))?.is_none() {
            let reason = format!("/{HOOK} is not there");
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
        if newest_source(root)? <= Some(oldest) {
            return Ok(Item::done(
                NAME,
                format!("{} in /boot, with keys and policy", images.len()),
            ));
        }
        let is = format!(
            "{} in /boot, of which some are older than keys or policy",
            images.len()
        );
        let to_be = format!("{TOOL} {}", ARGUMENTS.join(" "));
        Ok(Item::to_do(
            NAME,
            is,
            to_be,
            "the same once more, without the policy",
        ))
    }

    fn carry_out(&self, _site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        refresh()?;
        Ok(Vec::new())
    }
}

/// Has all of them made anew.
pub(super) fn refresh() -> Result<(), SetupError> {
    tool::run(TOOL, &ARGUMENTS)
}

/// Whether initramfs-tools makes them.
pub(super) fn is_there(root: &Root) -> Result<bool, SystemError> {
    let tool = root.metadata_followed(&Path::new("usr/sbin").join(TOOL))?;
    Ok(tool.is_some())
}

/// Those in /boot whose kernels are there, and when each was made. The tool leaves the others alone.
fn images(root: &Root) -> Result<Vec<(PathBuf, SystemTime)>, SystemError> {
    let boot = Path::new("boot");
    let folder = root.open_folder(boot)?;
    let names = folder
        .map(|folder| folder.names())
        .transpose()?
        .unwrap_or_default();
    let has_kernel = |image: &[u8]| {
        let version = image.strip_prefix(b"initrd.img-");
        version.is_some_and(|version| names.contains(&[b"vmlinuz-", version].concat()))
    };
    files(root, boot, has_kernel)
}

/// When the newest of the files was written that go into an initramfs.
fn newest_source(root: &Root) -> Result<Option<SystemTime>, SystemError> {
    let certificates = Path::new(CERTIFICATES);
    let mut sources = files(root, certificates, |_| true)?;
    let policy = Path::new(POLICY);
    sources.extend(changed(root, policy)?.map(|changed| (policy.to_owned(), changed)));
    Ok(sources.into_iter().map(|(_, changed)| changed).max())
}

fn files(
    root: &Root,
    folder: &Path,
    which: impl Fn(&[u8]) -> bool,
) -> Result<Vec<(PathBuf, SystemTime)>, SystemError> {
    let names = root
        .open_folder(folder)?
        .map(|folder| folder.names())
        .transpose()?;
    let mut files = Vec::new();
    for name in names.unwrap_or_default().iter().filter(|name| which(name)) {
        let path = folder.join(OsStr::from_bytes(name));
        if let Some(changed) = changed(root, &path)? {
            files.push((path, changed));
        }
    }
    Ok(files)
}

fn changed(root: &Root, path: &Path) -> Result<Option<SystemTime>, SystemError> {
    let Some(metadata) = root.metadata_followed(path)? else {
        return Ok(None);
    };
    let changed = metadata.modified();
    changed.map(Some).map_err(SystemError::at("examine", path))
}
