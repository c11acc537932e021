//! How many programs and libraries are signed.

use rayon::prelude::*;

use super::Line;
use crate::attribute;
use crate::keyring::HeldKeys;
use crate::policy_check::{Candidate, walk};
use crate::root::Root;
use crate::signature::Label;

/// Their share, by labels: nothing is hashed here.
pub(super) fn programs(root: &Root) -> Line {
    const TOPIC: &str = "programs";
    let walked = match walk(root) {
        Ok(walked) => walked,
        Err(error) => return Line::unknown(TOPIC, error.to_string(), "run this as root"),
    };
    let held = HeldKeys::of_system(root);
    let programs: Vec<_> = walked
        .candidates
        .iter()
        .filter(|file| file.is_program())
        .collect();
    let signed = |file: &&&Candidate| is_signed(root, file, &held);
    let signed = programs.par_iter().filter(signed).count();
    let reason = format!(
        "{signed} of {} programs and libraries carry a signature by a key that is held",
        programs.len()
    );
    if signed == programs.len() {
        Line::good(TOPIC, reason)
    } else {
        let next = "dpkg-ima policy check names those that a policy would refuse; dpkg-ima relabel";
        Line::not(TOPIC, reason, next)
    }
}

fn is_signed(root: &Root, file: &Candidate, held: &HeldKeys) -> bool {
    let file = root.open_file(&file.path).ok().flatten();
    match file.map(attribute::read) {
        Some(Ok(Label::Signature(signature))) => held.holds(signature.key_id),
        _ => false,
    }
}
