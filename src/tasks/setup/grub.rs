//! The step "command line" where GRUB boots: a drop-in, which update-grub(8) takes into its configuration.

use std::path::Path;

use super::appraise::Appraise;
use super::error::SetupError;
use super::item::Item;
use super::managed_file::ManagedFile;
use super::site::Site;
use super::step::Step;
use super::tool;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::tasks::relabel::Notice;

const NAME: &str = "command line (GRUB)";
/// Beneath the root.
const CONFIGURATION: &str = "boot/grub/grub.cfg";
const TOOL: &str = "update-grub";
/// How the path begins of the script that writes the entries of this system; Ubuntu has `10_linux_zfs` beside it.
const LINUX_SCRIPT: &str = "/etc/grub.d/10_linux";
/// Largest configuration that is read, in bytes.
const CONFIGURATION_MAX: u64 = 1 << 22;
/// Of the drop-in.
const DROP_IN_MAX: u64 = 1 << 20;

/// Writes the drop-in.
pub(super) struct Grub;

/// Whether GRUB is set up on the machine.
pub(super) fn is_there(root: &Root) -> Result<bool, SystemError> {
    let tool = root.metadata_followed(&Path::new("usr/sbin").join(TOOL))?;
    let configuration = root.metadata_followed(Path::new(CONFIGURATION))?;
    Ok(tool.is_some() && configuration.is_some())
}

/// The mode that the drop-in asks for.
pub(super) fn mode(root: &Root) -> Result<Option<Appraise>, SystemError> {
    let text = root.read(&ManagedFile::Grub.path(), DROP_IN_MAX)?;
    let modes = [Appraise::Log, Appraise::Enforce].into_iter();
    let mut modes = modes.filter(|&mode| text.as_deref() == Some(drop_in(mode).as_bytes()));
    Ok(modes.next())
}

impl Step for Grub {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let (word, was) = (site.goal.word(), mode(site.root)?);
        if was == Some(site.goal) && is_taken(site.root, site.goal)? {
            return Ok(Item::done(
                NAME,
                format!("every kernel of GRUB's gets {word}"),
            ));
        }
        let is = match was {
            Some(was) => format!("GRUB is told {}", was.word()),
            None => "GRUB is not told by setup".to_owned(),
        };
        let path = ManagedFile::Grub.path();
        let to_be = format!("{word} in '/{}', then {TOOL}", shown(&path));
        let undo = "the file is removed, or is again what it was; then update-grub";
        Ok(Item::to_do(NAME, is, to_be, undo))
    }

    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        let text = drop_in(site.goal);
        site.kept().put(&ManagedFile::Grub, text.as_bytes())?;
        tool::run(TOOL, &[])?;
        match is_taken(site.root, site.goal)? {
            true => Ok(Vec::new()),
            false => Err(SetupError::NotTaken {
                path: site.root.display(Path::new(CONFIGURATION)),
                word: site.goal.word(),
                program: TOOL,
            }),
        }
    }
}

/// Has GRUB take what the drop-in is, or that it is gone.
pub(super) fn refresh() -> Result<(), SetupError> {
    tool::run(TOOL, &[])
}

/// SPEC: grub-mkconfig(8) of Debian sources /etc/default/grub, then /etc/default/grub.d/*.cfg. `GRUB_CMDLINE_LINUX` is for
/// recovery entries too.
fn drop_in(mode: Appraise) -> String {
    let word = mode.word();
    format!(
        "# Written by 'dpkg-ima setup'; 'dpkg-ima setup --undo' removes it.\n\
         GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX {word}\"\n"
    )
}

fn is_taken(root: &Root, mode: Appraise) -> Result<bool, SystemError> {
    let text = root.read(Path::new(CONFIGURATION), CONFIGURATION_MAX)?;
    let text = text.unwrap_or_default();
    Ok(all_kernels_get(&String::from_utf8_lossy(&text), mode))
}

/// Whether every entry that boots this system has the mode, and has it last. False if there is no entry.
fn all_kernels_get(configuration: &str, mode: Appraise) -> bool {
    let is_linux = |line: &&str| {
        let first = line.split_whitespace().next();
        matches!(first, Some("linux" | "linux16" | "linuxefi"))
    };
    let mut entries = of_this_system(configuration).filter(is_linux).peekable();
    entries.peek().is_some() && entries.all(|line| Appraise::named_on(line) == Some(mode))
}

/// The lines of the entries that have `GRUB_CMDLINE_LINUX`. Those of memtest86+, of other systems that os-prober has found, and
/// of scripts of the administrator's own have what their scripts say.
///
/// SPEC: grub-mkconfig(8) puts a line with the script's path before and behind what each script prints.
fn of_this_system(configuration: &str) -> impl Iterator<Item = &str> {
    let mut is_ours = false;
    configuration.lines().filter(move |line| {
        if let Some(script) = line.strip_prefix("### BEGIN ") {
            is_ours = script.starts_with(LINUX_SCRIPT);
        } else if line.starts_with("### END ") {
            is_ours = false;
        }
        is_ours
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kernel_must_have_it_last() {
        let linux = |entries: &str| {
            format!(
                "linux /early\n### BEGIN /etc/grub.d/10_linux ###\n{entries}### END /etc/grub.d/10_linux ###\n"
            )
        };
        let all_get = |entries: &str, mode| all_kernels_get(&linux(entries), mode);
        let good = "set x\n\tlinux\t/vmlinuz root=/dev/vda ima_appraise=log quiet\n\tinitrd x\n";
        assert!(all_get(good, Appraise::Log));
        assert!(!all_get(good, Appraise::Enforce));
        assert!(!all_get("set x\n", Appraise::Log));
        let second = format!("{good}linux /vmlinuz-old quiet\n");
        assert!(!all_get(&second, Appraise::Log));
        let overruled = "linux /vmlinuz ima_appraise=log ima_appraise=enforce\n";
        assert!(!all_get(overruled, Appraise::Log));
        let others = "### BEGIN /etc/grub.d/30_os-prober ###\nlinux /vmlinuz root=/dev/vdb\n\
            ### END /etc/grub.d/30_os-prober ###\nlinux /late\n";
        assert!(all_kernels_get(
            &format!("{}{others}", linux(good)),
            Appraise::Log
        ));
        assert!(!all_kernels_get(others, Appraise::Log));
    }
}
