//! The step "command line" where systemd-boot boots: /etc/kernel/cmdline, which kernel-install(8) takes into its entries.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::appraise::{Appraise, without_mode};
use super::error::SetupError;
use super::item::Item;
use super::managed_file::ManagedFile;
use super::site::Site;
use super::step::Step;
use super::tool;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::tasks::relabel::Notice;

const NAME: &str = "command line (systemd-boot)";
const TOOL: &str = "kernel-install";
/// Where the entries are, beneath the root. SPEC: kernel-install(8), `$BOOT`.
const ENTRIES: [&str; 3] = [
    "efi/loader/entries",
    "boot/loader/entries",
    "boot/efi/loader/entries",
];
/// Largest command line or entry that is read, in bytes.
const TEXT_MAX: u64 = 1 << 16;
/// What the boot loader adds by itself to the command line of the running kernel.
const OF_THIS_BOOT: [&str; 2] = ["BOOT_IMAGE=", "initrd="];

/// Writes the command line.
pub(super) struct SystemdBoot;

/// Whether systemd-boot is set up on the machine.
pub(super) fn is_there(root: &Root) -> Result<bool, SystemError> {
    let tool = root.metadata_followed(&Path::new("usr/bin").join(TOOL))?;
    Ok(tool.is_some() && entries(root)?.is_some())
}

/// The mode that the command line file asks for, if setup wrote it.
pub(super) fn mode(site: &Root) -> Result<Option<Appraise>, SystemError> {
    let text = site.read(&ManagedFile::CommandLine.path(), TEXT_MAX)?;
    Ok(text.and_then(|text| Appraise::named_on(&String::from_utf8_lossy(&text))))
}

impl Step for SystemdBoot {
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError> {
        let (word, was) = (site.goal.word(), mode(site.root)?);
        if was == Some(site.goal) && is_taken(site.root, site.goal)? {
            return Ok(Item::done(
                NAME,
                format!("every kernel of systemd-boot's gets {word}"),
            ));
        }
        let path = ManagedFile::CommandLine.path();
        let is = format!(
            "'/{}' {}",
            shown(&path),
            was.map_or("does not say whether to appraise", Appraise::word)
        );
        let to_be = format!(
            "{word} in '/{}', then {TOOL} for every kernel",
            shown(&path)
        );
        let undo = "the file is removed, or is again what it was; then kernel-install";
        Ok(Item::to_do(NAME, is, to_be, undo))
    }

    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError> {
        let text = format!(
            "{}\n",
            site.goal.put_on(&present(site.root, &site.command_line)?)
        );
        site.kept()
            .put(&ManagedFile::CommandLine, text.as_bytes())?;
        install_all(site.root)?;
        match is_taken(site.root, site.goal)? {
            true => Ok(Vec::new()),
            false => Err(SetupError::NotTaken {
                path: site.root.display(&entries(site.root)?.unwrap_or_default()),
                word: site.goal.word(),
                program: TOOL,
            }),
        }
    }
}

/// The command line without the parameter, to be put before the entries are written for the last time: without the file,
/// kernel-install takes what the running kernel has, which may have the parameter.
pub(super) fn plain(root: &Root, running: &str) -> Result<String, SystemError> {
    Ok(format!("{}\n", without_mode(&present(root, running)?)))
}

/// Has the entries of all kernels written.
pub(super) fn install_all(root: &Root) -> Result<(), SetupError> {
    for (version, kernel, initrd) in kernels(root)? {
        let mut arguments = vec!["add", version.as_str(), kernel.as_str()];
        arguments.extend(initrd.as_deref());
        tool::run(TOOL, &arguments)?;
    }
    Ok(())
}

/// SPEC: kernel-install(8): where there is no file, the command line of the running kernel is taken.
fn present(root: &Root, running: &str) -> Result<String, SystemError> {
    let text = root.read(&ManagedFile::CommandLine.path(), TEXT_MAX)?;
    let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
    Ok(text.unwrap_or_else(|| {
        let words = running.split_whitespace();
        let lasting =
            words.filter(|word| !OF_THIS_BOOT.iter().any(|start| word.starts_with(start)));
        lasting.collect::<Vec<_>>().join(" ")
    }))
}

/// The folder of the entries; none if there is none.
fn entries(root: &Root) -> Result<Option<PathBuf>, SystemError> {
    for folder in ENTRIES {
        if root.open_folder(Path::new(folder))?.is_some() {
            return Ok(Some(folder.into()));
        }
    }
    Ok(None)
}

/// A kernel's version, its file, and its initramfs if it has one.
type Kernel = (String, String, Option<String>);

fn kernels(root: &Root) -> Result<Vec<Kernel>, SystemError> {
    let folder = root.open_folder(Path::new("boot"))?;
    let names = folder.map(|folder| folder.names()).transpose()?;
    let mut kernels = Vec::new();
    for name in names.unwrap_or_default() {
        let version = name
            .strip_prefix(b"vmlinuz-")
            .and_then(|rest| std::str::from_utf8(rest).ok());
        if let Some(version) = version {
            let initrd = format!("/boot/initrd.img-{version}");
            let has = root.metadata_followed(Path::new(&initrd))?.is_some();
            let kernel = format!("/boot/vmlinuz-{version}");
            kernels.push((version.to_owned(), kernel, has.then_some(initrd)));
        }
    }
    kernels.sort();
    Ok(kernels)
}

/// Whether every kernel has an entry with the mode, last. False if there is no kernel.
fn is_taken(root: &Root, mode: Appraise) -> Result<bool, SystemError> {
    let (kernels, Some(folder)) = (kernels(root)?, entries(root)?) else {
        return Ok(false);
    };
    let names = root
        .open_folder(&folder)?
        .map(|folder| folder.names())
        .transpose()?;
    let names = names.unwrap_or_default();
    for (version, ..) in &kernels {
        let mut taken = false;
        for name in names.iter().filter(|name| is_of(name, version)) {
            let text = root.read(&folder.join(OsStr::from_bytes(name)), TEXT_MAX)?;
            taken = has_mode(&String::from_utf8_lossy(&text.unwrap_or_default()), mode);
            if !taken {
                break;
            }
        }
        if !taken {
            return Ok(false);
        }
    }
    Ok(!kernels.is_empty())
}

/// SPEC: the Boot Loader Specification: `TOKEN-VERSION.conf`, or `TOKEN-VERSION+TRIES.conf`.
fn is_of(name: &[u8], version: &str) -> bool {
    let stem = name.strip_suffix(b".conf").unwrap_or_default();
    let text = String::from_utf8_lossy(stem);
    let untried = text.rsplit_once('+').map_or(&*text, |(before, tries)| {
        let counts = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        if tries.bytes().all(counts) {
            before
        } else {
            &text
        }
    });
    untried.ends_with(&format!("-{version}"))
}

fn has_mode(entry: &str, mode: Appraise) -> bool {
    let options = entry.lines().filter(|line| line.starts_with("options"));
    Appraise::named_on(&options.collect::<Vec<_>>().join(" ")) == Some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_that_of_its_kernel_and_the_last_word_counts() {
        assert!(is_of(b"0123-6.1.0-9-amd64.conf", "6.1.0-9-amd64"));
        assert!(is_of(b"0123-6.1.0-9-amd64+3-1.conf", "6.1.0-9-amd64"));
        assert!(!is_of(b"0123-6.1.0-9-amd64.conf", "6.1.0-90-amd64"));
        assert!(!is_of(b"0123-6.1.0-9-amd64", "6.1.0-9-amd64"));
        let entry = "title x\noptions    root=/dev/vda ima_appraise=log\nlinux /x\n";
        assert!(has_mode(entry, Appraise::Log));
        assert!(!has_mode(entry, Appraise::Enforce));
        assert!(!has_mode("title ima_appraise=log\n", Appraise::Log));
    }

    #[test]
    fn without_a_file_the_running_kernels_line_is_taken_but_for_what_the_loader_adds() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let running = "BOOT_IMAGE=/x root=/dev/vda initrd=\\x ima_appraise=log quiet\n";
        assert_eq!(plain(&root, running).unwrap(), "root=/dev/vda quiet\n");
        std::fs::create_dir_all(folder.path().join("etc/kernel")).unwrap();
        std::fs::write(folder.path().join("etc/kernel/cmdline"), "root=/dev/vdb\n").unwrap();
        assert_eq!(plain(&root, running).unwrap(), "root=/dev/vdb\n");
    }
}
