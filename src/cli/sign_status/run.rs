//! Looks at an output folder, and reports.

use std::collections::HashSet;
use std::path::Path;

use super::told::{Found, as_json, print};
use crate::cli::archive::{archive_packages, tell_left_out};
use crate::cli::args::SignArgs;
use crate::cli::exit::Exit;
use crate::cli::report::{Report, Unit, progress};
use crate::cli::signing::options;
use crate::cli::totals::explain;
use crate::format::deb::Voided;
use crate::keys::signing::{KeyError, Trust};
use crate::machine::error::SystemError;
use crate::tasks::archive::ArchiveError;
use crate::tasks::sign::{Destination, FolderStatus, FolderView, SignError, SigningPlan};

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
enum NoLook {
    #[error(transparent)]
    Folder(#[from] SignError),
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Nobody knows what the folder should have. An unmounted pool, for one, must not look as if all were well.
    #[error("there is no package to compare with")]
    NoPackage,
}

/// Prints how much of the folder is up to date; the answer is yes if all of it is.
pub fn tell(args: &SignArgs, folder: &Path, report: &mut Report) {
    match look(args, folder, report) {
        Ok(found) => {
            for (package, error) in &found.status.failed {
                explain(package, error);
                report.answer(Exit::Trouble);
            }
            if !found.status.to_make.is_empty() {
                report.answer(Exit::No);
            }
            match args.json {
                true => report.json(&as_json(&found)),
                false => print(&found, report),
            }
        }
        Err(error) => report.trouble(&error, error.hint()),
    }
}

fn look(args: &SignArgs, folder: &Path, report: &mut Report) -> Result<Found, NoLook> {
    let cert = args.key.cert.as_deref();
    let keys = cert.map(|cert| Trust::from_files([cert])).transpose()?;
    let keys = keys.as_ref();
    match &args.archive.archive {
        Some(sources) => of_archive(args, sources, folder, keys, report),
        None if FolderView::is_at(folder) => of_pool(args, folder, keys),
        None => of_tree(args, folder, keys),
    }
}

fn of_tree(args: &SignArgs, folder: &Path, keys: Option<&Trust>) -> Result<Found, NoLook> {
    let view = FolderView::of_tree(folder, options(&args.signing.selection, Voided::Keep))?;
    let (plan, names) = SigningPlan::viewed(&args.signing.packages, &view);
    let status = compare(plan, |plan, done| view.status(&plan.jobs, keys, done))?;
    let gone = status.failed.is_empty().then(|| view.gone(&names));
    Ok(Found { status, gone })
}

fn of_pool(args: &SignArgs, folder: &Path, keys: Option<&Trust>) -> Result<Found, NoLook> {
    let options = options(&args.signing.selection, args.signing.voided());
    let view = FolderView::of_pool(folder, options)?;
    let destination = Destination::Folder(folder.to_owned());
    let plan = SigningPlan::new(&args.signing.packages, &destination);
    let all: HashSet<_> = plan.jobs.iter().map(|job| view.place(job)).collect();
    let status = compare(plan, |plan, done| view.status(&plan.jobs, keys, done))?;
    let gone = status.failed.is_empty().then(|| view.gone(&all));
    Ok(Found { status, gone })
}

/// The indexes go into a folder for this look alone: that of the tree may be in use, and a look must not keep others from it.
fn of_archive(
    args: &SignArgs,
    sources: &Path,
    folder: &Path,
    keys: Option<&Trust>,
    report: &mut Report,
) -> Result<Found, NoLook> {
    let view = FolderView::of_tree(folder, options(&args.signing.selection, Voided::Keep))?;
    let place = std::env::temp_dir();
    let aside = tempfile::tempdir_in(&place)
        .map_err(SystemError::at("write in", &place))
        .map_err(ArchiveError::from)?;
    let (_, packages) = archive_packages(&args.archive, sources, aside.path())?;
    tell_left_out(&packages, &args.archive, report);
    let names = packages.names();
    if names.is_empty() {
        return Err(NoLook::NoPackage);
    }
    let status = with_bar(packages.meant.len(), |done| {
        view.status_of_archive(&packages.meant, keys, done)
    });
    let gone = Some(view.gone(&names));
    Ok(Found { status, gone })
}

/// Compares the packages of a plan. What it refuses cannot be read either.
///
/// # Errors
/// If there is nothing to compare.
fn compare(
    plan: SigningPlan,
    look: impl FnOnce(&SigningPlan, &(dyn Fn() + Sync)) -> FolderStatus,
) -> Result<FolderStatus, NoLook> {
    if plan.jobs.is_empty() && plan.refused.is_empty() {
        return Err(NoLook::NoPackage);
    }
    let mut status = with_bar(plan.jobs.len(), |done| look(&plan, done));
    status.failed.extend(plan.refused);
    Ok(status)
}

fn with_bar(
    packages: usize,
    look: impl FnOnce(&(dyn Fn() + Sync)) -> FolderStatus,
) -> FolderStatus {
    let bar = progress(packages as u64, Unit::Packages);
    let status = look(&|| bar.inc(1));
    bar.finish_and_clear();
    status
}

impl NoLook {
    const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Folder(error) => error.hint(),
            Self::Archive(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::NoPackage => Some("name the packages, or the archive, that it is made of"),
        }
    }
}
