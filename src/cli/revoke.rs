//! `dpkg-ima keys revoke`.

use super::args::KeysRevokeArgs;
use super::exit::Exit;
use super::report::Report;
use crate::format::plural::count;
use crate::keys::certificates::REVOKED_CERTIFICATES;
use crate::keys::ima_keyring::Unloaded;
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::tasks::boot::images_to_make;
use crate::tasks::revoke::{LosingFile, Revocation, RevokeError, Survey, named_key};

pub fn run(args: &KeysRevokeArgs) -> Exit {
    let mut report = Report::new();
    if let Err(error) = revoke(args, &mut report) {
        report.trouble(&error, error.hint());
    }
    report.finish()
}

fn revoke(args: &KeysRevokeArgs, report: &mut Report) -> Result<(), RevokeError> {
    let root = Root::open(&args.root)?;
    let key = named_key(&root, &args.key)?;
    let id = key.id;
    let revocation = Revocation::prepare(&root, key, !args.dry_run)?;
    let plan = revocation.plan()?;
    if args.dry_run {
        print_survey(&plan, "would be", &root, report);
        return Ok(());
    }
    if !is_confirmed(args, &doubts(&plan, &root)?, report) {
        return Ok(());
    }
    let revoked = revocation.carry_out()?;
    print_survey(&revoked.survey, "were", &root, report);
    report.left_out(&root);
    report.line(format_args!(
        "key {id} is revoked; its certificate is in '{}'",
        shown(&root.display(REVOKED_CERTIFICATES.as_ref()))
    ));
    match revoked.kernel {
        None | Some(Unloaded::NotThere) => {}
        Some(Unloaded::Gone) => report.line("the kernel does not verify by it any more"),
        Some(Unloaded::Stays(error)) => report.trouble(
            format_args!("the kernel keeps the key until it is restarted: {error}"),
            Some("restart the machine; until then, files that still have a label by this key run"),
        ),
    }
    Ok(())
}

/// What becomes of the files: each that loses its label by its path, then the numbers.
fn print_survey(survey: &Survey, how: &str, root: &Root, report: &mut Report) {
    for LosingFile {
        path,
        is_program,
        is_needed,
    } in &survey.losing
    {
        let what = match (is_program, is_needed) {
            (_, true) => "does not run, and the next boot needs it",
            (true, false) => "does not run",
            (false, false) => "loses its label",
        };
        report.line(format_args!("{what}: {}", shown(&root.display(path))));
    }
    let programs = survey.losing.iter().filter(|file| file.is_program).count();
    report.line(format_args!(
        "{how} given another key's signature: {}; stripped: {} (programs, libraries and modules: {programs})",
        count(survey.replaced, "file"),
        count(survey.losing.len(), "file")
    ));
    for failure in &survey.failures {
        report.trouble(format_args!("its label stays: {failure}"), None);
    }
}

/// What speaks against it: files that the next boot needs, and an initramfs that has only the old certificates.
fn doubts(plan: &Survey, root: &Root) -> Result<Vec<String>, SystemError> {
    let needed: Vec<_> = plan.losing.iter().filter(|file| file.is_needed).collect();
    let of_files = needed.first().map(|first| {
        format!(
            "the next boot needs {} that no other held key has signed, such as '{}': under a policy, the machine would not start \
             (--dry-run names all)",
            count(needed.len(), "file"),
            shown(&root.display(&first.path))
        )
    });
    let of_images = images_to_make(root)?.map(|outdated| {
        format!(
            "{outdated}: the next boot may stop; first {}",
            outdated.hint()
        )
    });
    Ok(of_files.into_iter().chain(of_images).collect())
}

/// Asks if there are doubts.
fn is_confirmed(args: &KeysRevokeArgs, doubts: &[String], report: &mut Report) -> bool {
    for doubt in doubts {
        report.note(doubt);
    }
    doubts.is_empty()
        || args.yes
        || report.confirms("Revoke the key all the same?", "the key is not revoked")
}
