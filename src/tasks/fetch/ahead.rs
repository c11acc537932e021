//! `fetch`: lists before they are needed, for machines that are installed without a network, and for what is installed;
//! and newer ones after a change of key.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;

use super::fetch_lists::{FetchProgress, fetch_lists, keep_lists};
use super::find::{FoundLists, Lacking};
use super::renew::{RenewError, renew};
use super::trouble::SourceTrouble;
use super::wanted::{ListOwner, WantedList};
use crate::contents::control_of;
use crate::dpkg::{Database, PackageName, installed_packages};
use crate::format::deb::DebError;
use crate::format::imasigs::List;
use crate::format::tree::{ListName, NameError, compress};
#[cfg(not(feature = "cli"))]
use crate::keys::held::HeldKeys;
#[cfg(feature = "cli")]
use crate::keys::signing::system_keys;
use crate::machine::config::{Config, ConfigError};
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::signatures::StoreError;

/// What is to be fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AheadOptions {
    /// Lists of these installed packages.
    pub packages: Vec<PackageName>,
    /// Lists of the packages in these .debs.
    pub debs: Vec<PathBuf>,
    /// Lists of all installed packages.
    pub all: bool,
    /// Where they go, as a tree, instead of being kept on this machine.
    pub output: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Ahead {
    /// How many lists were fetched.
    pub fetched: usize,
    /// How many packages bring a list of their own.
    pub signed: usize,
    /// How many of these lists were replaced by one that is signed anew.
    pub renewed: usize,
    /// Packages that bring a list and for which a source has another, which is not the same signed anew by held keys.
    pub not_renewed: Vec<PackageName>,
    /// Packages for which there is no list, as they were named.
    pub lacking: Vec<(String, Lacking)>,
    /// Sources that could not be asked.
    pub troubles: Vec<SourceTrouble>,
}

/// Why nothing was fetched, or kept.
#[derive(Debug, thiserror::Error)]
pub enum AheadError {
    /// /etc/dpkg-ima.toml cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It names no source.
    #[error("/etc/dpkg-ima.toml names no sources")]
    NoSource,
    /// A package that was named is not there.
    #[error("package {0} is not installed")]
    NotInstalled(PackageName),
    /// A .deb that was named cannot be read.
    #[error("'{}': {error}", crate::machine::error::shown(.path))]
    Deb {
        /// Which.
        path: PathBuf,
        /// Why.
        error: DebError,
    },
    /// No source can have a list of a package with such a name, version or architecture.
    #[error("{0}: {1}")]
    Name(String, NameError),
    /// The machine did not let us.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A list could not take the place of one that a package brought.
    #[error(transparent)]
    Renew(#[from] RenewError),
    /// The lists could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Asking failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Fetches lists, those that are kept already too: a source may have newer ones by now. `say` is called with the source
/// and the number of lists if a source is slow.
///
/// # Errors
/// If something that was named is not there, or what was fetched cannot be written.
pub fn fetch_ahead(
    root: &Root,
    options: &AheadOptions,
    say: FetchProgress<'_>,
) -> Result<Ahead, AheadError> {
    let config = Config::read(root)?;
    if config.sources.is_empty() {
        return Err(AheadError::NoSource);
    }
    let mut ahead = Ahead::default();
    let mut wanted = of_debs(&options.debs, &mut ahead.signed)?;
    let installed = of_installed(root, options)?;
    wanted.extend(installed.lacking);
    let lacking = wanted.len();
    ahead.signed += installed.brought.len();
    wanted.extend(installed.brought);
    let mut found = fetch_lists(root, &config.sources, &wanted, say);
    match &options.output {
        Some(folder) => write_tree(folder, &wanted, &found)?,
        None => {
            let brought = take_brought(&mut found, &wanted, lacking);
            keep_lists(root, &wanted, &found)?;
            let renewed = renew(root, brought, &system_keys(root))?;
            (ahead.renewed, ahead.not_renewed) = (renewed.count, renewed.refused);
        }
    }
    ahead.fetched = found.fetched();
    ahead.troubles = found.troubles;
    let named = wanted.iter().map(|wanted| wanted.owner.to_string());
    let lacking = named.zip(found.lists).take(lacking);
    ahead.lacking = lacking
        .filter_map(|(name, list)| Some((name, list.err()?)))
        .chain(
            installed
                .nameless
                .into_iter()
                .map(|name| (name, Lacking::Nowhere)),
        )
        .collect();
    Ok(ahead)
}

/// The lists for packages that brought one, which are those past the first `lacking`: they are not kept beside those.
fn take_brought(
    found: &mut FoundLists,
    wanted: &[WantedList],
    lacking: usize,
) -> Vec<(PackageName, List)> {
    let mut brought = Vec::new();
    for (index, wanted) in wanted.iter().enumerate().skip(lacking) {
        found.drop_list(index);
        if let (ListOwner::Installed(package), Ok(list)) = (&wanted.owner, &found.lists[index]) {
            brought.push((package.clone(), list.clone()));
        }
    }
    brought
}

#[cfg(not(feature = "cli"))]
fn system_keys(root: &Root) -> HeldKeys {
    HeldKeys::of_system(root)
}

fn of_debs(debs: &[PathBuf], signed: &mut usize) -> Result<Vec<WantedList>, AheadError> {
    let mut wanted = Vec::new();
    for path in debs {
        let error = |error| AheadError::Deb {
            path: path.clone(),
            error,
        };
        let control = control_of(path).map_err(error)?;
        if control.list().map_err(error)?.is_some() {
            *signed += 1;
            continue;
        }
        let owner = ListOwner::Deb(path.clone());
        let name = ListName::of(&control);
        let name = name.map_err(|error| AheadError::Name(owner.to_string(), error))?;
        wanted.push(WantedList { name, owner });
    }
    Ok(wanted)
}

/// The lists of the installed packages that are meant.
#[derive(Default)]
struct OfInstalled {
    /// Of those that brought none.
    lacking: Vec<WantedList>,
    /// Of the others.
    brought: Vec<WantedList>,
    /// Those that brought none, and that no source can have one for, since its name would be too long.
    nameless: Vec<String>,
}

fn of_installed(root: &Root, options: &AheadOptions) -> Result<OfInstalled, AheadError> {
    let database = Database::new(root);
    let mut named = BTreeSet::new();
    for name in &options.packages {
        let instances = database.instances(name)?;
        if instances.is_empty() {
            return Err(AheadError::NotInstalled(name.clone()));
        }
        named.extend(instances);
    }
    let mut found = OfInstalled::default();
    if !options.all && named.is_empty() {
        return Ok(found);
    }
    for installed in installed_packages(root)? {
        if !options.all && !named.contains(&installed.name) {
            continue;
        }
        let name = installed.name.to_string();
        let has_brought = database.brought_list(&installed.name)?;
        match (WantedList::of_installed(&installed), has_brought) {
            (Ok(list), true) => found.brought.push(list),
            (Ok(list), false) => found.lacking.push(list),
            // Who names it is told; of all packages, one odd name is not the others' matter.
            (Err(error), _) if named.contains(&installed.name) => {
                return Err(AheadError::Name(name, error));
            }
            (Err(_), true) => {}
            (Err(_), false) => found.nameless.push(name),
        }
    }
    Ok(found)
}

/// As a source has them, so that the folder can be one.
fn write_tree(folder: &Path, wanted: &[WantedList], found: &FoundLists) -> Result<(), AheadError> {
    let tree = Root::open(folder)?;
    for (wanted, list) in wanted.iter().zip(&found.lists) {
        if let Ok(list) = list {
            write_list(&tree, &wanted.name, list)?;
        }
    }
    Ok(())
}

fn write_list(tree: &Root, name: &ListName, list: &List) -> Result<(), AheadError> {
    let path = name.folder();
    let all = Mode::S_IRWXU | Mode::S_IRGRP | Mode::S_IXGRP | Mode::S_IROTH | Mode::S_IXOTH;
    let prefix = Path::new(&path).parent().unwrap_or(Path::new(""));
    tree.make_folder(prefix, all)?;
    let folder = tree.make_folder(Path::new(&path), all)?;
    let mut bytes = Vec::new();
    compress(list, &mut bytes)?;
    let readable = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IROTH;
    Ok(folder.replace_as(&name.file_name(), &bytes, readable)?)
}
