//! What users read of packages that were written, whether a list was put in or taken out.

use std::path::Path;

use super::report::{Report, complain};
use crate::format::deb::Voided;
use crate::format::plural::count;
use crate::machine::error::shown;
use crate::tasks::sign::{Ownership, Written};

/// What the user may not have meant; the package is written all the same. `change` is what became of its list, such as "new".
pub(super) fn remarks(
    place: &Path,
    written: &Written,
    voided_are: Voided,
    change: &str,
) -> impl Iterator<Item = String> {
    let package = shown(place);
    let owner = (written.ownership == Ownership::Lost)
        .then(|| format!("'{package}' has another owner now: only root can keep it"));
    let names = written
        .has_other_names
        .then(|| format!("'{package}' has hard links, which still have the package as it was"));
    let is_void = !written.voided.is_empty() && voided_are == Voided::Keep;
    let void = is_void.then(|| {
        let members = written.voided.join(", ");
        format!("'{package}': its list is {change}, which makes void: {members}")
    });
    [owner, names, void].into_iter().flatten()
}

/// Says once for all packages what to do about that many void signatures.
pub(super) fn report_voided(number: usize, voided_are: Voided, report: &mut Report) {
    let voided = count(number, "signature");
    match voided_are {
        _ if number == 0 => {}
        Voided::Drop => report.line(format_args!("dropped {voided} of debsigs or dpkg-sig")),
        Voided::Keep => complain(
            format_args!("void: {voided} of debsigs or dpkg-sig"),
            Some("sign with those after dpkg-ima; --drop-signatures leaves out what is void"),
        ),
    }
}
