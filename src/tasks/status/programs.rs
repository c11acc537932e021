//! How many of the programs and libraries are signed.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::line::StatusLine;
use crate::format::ima::Label;
use crate::keys::held::HeldKeys;
use crate::machine::attribute;
use crate::machine::error::SystemError;
use crate::machine::root::Root;
use crate::machine::walk::{ProgramFile, walk};

/// Counts labels by their keys: nothing is hashed.
pub(super) fn programs(root: &Root) -> StatusLine {
    const TOPIC: &str = "programs";
    let (signed, programs) = match tally(root) {
        Ok(counts) => counts,
        Err(error) => return StatusLine::unknown(TOPIC, error.to_string(), "run this as root"),
    };
    let reason = format!(
        "{signed} of {programs} programs and libraries carry a signature by a key that is held"
    );
    if signed == programs {
        StatusLine::good(TOPIC, reason)
    } else {
        let next = "dpkg-ima policy check names those that a policy would refuse; dpkg-ima relabel";
        StatusLine::not(TOPIC, reason, next)
    }
}

/// The number of programs that are signed, and the number of all. A file that cannot be read counts as unsigned.
fn tally(root: &Root) -> Result<(usize, usize), SystemError> {
    let held = HeldKeys::of_system(root);
    let (signed, programs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    walk(root, |met| {
        let file = met.program_file()?;
        if file.is_program() {
            programs.fetch_add(1, Ordering::Relaxed);
            let count = usize::from(is_signed(root, &file, &held));
            signed.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    })?;
    Ok((signed.into_inner(), programs.into_inner()))
}

fn is_signed(root: &Root, file: &ProgramFile, held: &HeldKeys) -> bool {
    let file = root.open_file(&file.path).ok().flatten();
    match file.map(attribute::read) {
        Some(Ok(Label::Signature(signature))) => held.holds(signature.key_id),
        _ => false,
    }
}
