//! `dpkg-ima sign --archive`.

use std::path::Path;

use super::args::{ArchiveArgs, SignArgs};
use super::report::{Report, complain};
use super::signing::{options, prune, work};
use super::summary::Summary;
use crate::format::deb::Voided;
use crate::format::plural::count;
use crate::keys::signing::Signer;
use crate::machine::error::shown;
use crate::tasks::archive::{
    AptFolder, ArchiveError, ArchivePackages, Choice, Downloads, LeftOut, update,
};
use crate::tasks::sign::{self, DetachedLists};

/// Makes the lists of the packages that the sources have. None if they or the tree cannot be used, which is reported.
pub(super) fn sign_archive(
    args: &SignArgs,
    sources: &Path,
    signer: &dyn Signer,
    report: &mut Report,
) -> Option<Summary> {
    // clap has made sure that there is an output.
    let tree = args.signing.destination.output.as_ref()?;
    let options = options(&args.signing.selection, Voided::Keep);
    let lists = DetachedLists::open(tree, signer, options, args.archive.shard);
    let lists = lists.map_err(|error| report.trouble(&error, error.hint()));
    let summary = sign_with(args, sources, &lists.ok()?, report);
    summary
        .map_err(|error| report.trouble(&error, error.hint()))
        .ok()
}

fn sign_with(
    args: &SignArgs,
    sources: &Path,
    lists: &DetachedLists<'_>,
    report: &mut Report,
) -> Result<Summary, ArchiveError> {
    let archive = &args.archive;
    let apt_folder = lists.apt_folder(archive.shard);
    let (folder, packages) = archive_packages(archive, sources, &apt_folder)?;
    let complete = tell_left_out(&packages, archive, report);
    let names = packages.names();
    let plan = sign::archive_plan(&packages.meant, lists);
    let downloads = Downloads::new(&folder, archive.disk_bytes());
    let (mut summary, good) = work(plan, Voided::Keep, report, |jobs, totals| {
        sign::run_archive(jobs, packages.meant, &downloads, lists, totals);
    });
    let good = complete && good;
    summary.failed += packages.left_out.len();
    prune(
        &args.signing,
        good,
        names.is_empty(),
        ("list", &mut summary),
        report,
        || lists.prune(&names),
    );
    Ok(summary)
}

/// The packages that are meant, by indexes that are fetched into that folder.
pub(super) fn archive_packages(
    args: &ArchiveArgs,
    sources: &Path,
    folder: &Path,
) -> Result<(AptFolder, ArchivePackages), ArchiveError> {
    let choice = Choice::read(
        args.named.as_deref(),
        &args.section,
        args.installed_on.as_deref(),
    )?;
    let folder = AptFolder::open(folder, sources)?;
    let indexes = update(&folder, sources)?;
    let packages = ArchivePackages::read(&indexes, &choice, args.shard, args.disk_bytes())?;
    Ok((folder, packages))
}

/// Names what is not signed; returns whether that is nothing.
pub(super) fn tell_left_out(
    packages: &ArchivePackages,
    args: &ArchiveArgs,
    report: &mut Report,
) -> bool {
    for (uri, reason) in &packages.left_out {
        let hint = match reason {
            LeftOut::Large { .. } => Some("--disk gives it room"),
            LeftOut::Index(_) | LeftOut::Ambiguous => None,
        };
        report.trouble(format_args!("cannot sign '{uri}': {reason}"), hint);
    }
    if let Some(names) = &args.named {
        for name in &packages.unmet.names {
            let file = shown(names);
            report.trouble(
                format_args!("'{file}': the archive has no package '{name}'"),
                None,
            );
        }
    }
    if packages.unmet.installed > 0 {
        let number = count(packages.unmet.installed, "installed package");
        complain(
            format_args!("not in the archive in the same version: {number}"),
            None,
        );
    }
    packages.left_out.is_empty() && packages.unmet.names.is_empty()
}
