//! The parts of dpkg-ima on this machine: hooks and trigger, the guard, the policy, the initramfs.

use std::path::{Path, PathBuf};

use super::line::StatusLine;
use super::topic::Topic;
use crate::dpkg::{Database, PackageName};
use crate::format::plural::count;
use crate::format::policy::Policy;
use crate::machine::error::shown;
use crate::machine::fanotify::{Group, Opens};
use crate::machine::root::Root;
use crate::tasks::boot::{
    ImageMaker, POLICY, SYSTEMD_POLICY, images, outdated_images, read_policy,
};

/// Without these, files are not labelled when they are installed.
const HOOKS: [&str; 3] = [
    "/usr/libexec/dpkg-ima/dpkg-ima-helper",
    "/etc/apt/apt.conf.d/05dpkg-ima",
    "/etc/dpkg/dpkg.cfg.d/dpkg-ima",
];

/// The package that has the trigger.
const PACKAGE: &str = "dpkg-ima";

pub(super) fn hooks(root: &Root) -> StatusLine {
    let trigger = PackageName::new(PACKAGE).map(|name| Database::member_path(&name, "triggers"));
    let paths = HOOKS.into_iter().map(PathBuf::from).chain(trigger);
    let missing = paths.filter(|path| !is_there(root, path));
    let missing: Vec<_> = missing.map(|path| shown(&path)).collect();
    if missing.is_empty() {
        return StatusLine::good(Topic::Hooks, "apt and dpkg label what they install");
    }
    let reason = format!("missing: {}", missing.join(", "));
    StatusLine::not(Topic::Hooks, reason, "apt install --reinstall dpkg-ima")
}

/// Whether the kernel lets a guard have permission events.
pub(super) fn guard() -> StatusLine {
    match Group::new(Opens::Any) {
        Ok(_) => StatusLine::good(Topic::Guard, "it can start"),
        Err(error) => StatusLine::not(
            Topic::Guard,
            format!("the kernel gives it no events: {error}"),
            "run this as root, outside of containers; else the sweep after dpkg labels alone",
        ),
    }
}

/// The policy for the next boot.
pub(super) fn policy(root: &Root) -> StatusLine {
    const TOPIC: Topic = Topic::Policy;
    let systemd = is_there(root, Path::new(SYSTEMD_POLICY));
    match read_policy(root) {
        Err(error) => StatusLine::unknown(TOPIC, error.to_string(), "run this as root"),
        Ok(None) if systemd => StatusLine::good(
            TOPIC,
            format!(
                "systemd loads /{SYSTEMD_POLICY}, and does not look whether its keys are there"
            ),
        ),
        Ok(None) => StatusLine::not(
            TOPIC,
            format!("there is none at /{POLICY}, so nothing will be enforced"),
            "dpkg-ima setup, when the rest here is good",
        ),
        Ok(Some(_)) if systemd => StatusLine::not(
            TOPIC,
            format!("two: /{POLICY}, and /{SYSTEMD_POLICY}, which systemd loads"),
            "remove one of them",
        ),
        Ok(Some(text)) => match Policy::parse(&text) {
            Ok(_) => StatusLine::good(TOPIC, format!("/{POLICY} is well-formed")),
            Err(_) => StatusLine::not(
                TOPIC,
                format!("the kernel would not take /{POLICY}"),
                "dpkg-ima policy check /etc/dpkg-ima/policy",
            ),
        },
    }
}

/// Whether every initramfs is newer than the files that are copied into it: any of them may be the next to boot.
pub(super) fn initramfs(root: &Root) -> StatusLine {
    const TOPIC: Topic = Topic::Initramfs;
    let Ok(Some(maker)) = ImageMaker::of(root) else {
        return StatusLine::unknown(
            TOPIC,
            "made neither by initramfs-tools nor by dracut",
            "the unit dpkg-ima-boot.service loads keys and policy; see systemctl status",
        );
    };
    let found = images(root).and_then(|images| Ok((images, outdated_images(root)?)));
    match found {
        Err(error) => StatusLine::unknown(TOPIC, error.to_string(), "run this as root"),
        Ok((images, _)) if images.is_empty() => {
            StatusLine::unknown(TOPIC, "there is none in /boot", maker.all_anew())
        }
        Ok((_, Some(outdated))) => StatusLine::not(TOPIC, outdated.to_string(), outdated.hint()),
        Ok((images, None)) => StatusLine::good(
            TOPIC,
            format!(
                "{} in /boot, newer than policy and certificates",
                count(images.len(), "image")
            ),
        ),
    }
}

/// Whether something is there; not if that cannot be told.
fn is_there(root: &Root, path: &Path) -> bool {
    matches!(root.metadata_followed(path), Ok(Some(_)))
}
