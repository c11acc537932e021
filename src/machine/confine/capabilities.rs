//! Gives capabilities up for good.

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};

use super::ConfineError;

/// Afterwards the thread has no capabilities but these, as far as it had them, and a program that it executes gains
/// none.
pub(super) fn keep(kept: CapabilitySet) -> Result<(), ConfineError> {
    set_no_new_privs(true).map_err(std::io::Error::from)?;
    let has = capabilities(None).map_err(std::io::Error::from)?.permitted;
    // Without CAP_SETPCAP the bounding set stays; what it executes gains nothing all the same, by no_new_privs.
    let bounded = match has.contains(CapabilitySet::SETPCAP) {
        true => bound(kept),
        false => Ok(()),
    };
    let sets = CapabilitySets {
        effective: has & kept,
        permitted: has & kept,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets).map_err(std::io::Error::from)?;
    Ok(bounded?)
}

/// SPEC: capabilities(7): the numbers go on from 0 without a gap; EINVAL is past the last that this
/// kernel knows.
fn bound(kept: CapabilitySet) -> std::io::Result<()> {
    for number in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << number);
        match capability_is_in_bounding_set(one) {
            Ok(true) if !kept.contains(one) => remove_capability_from_bounding_set(one)?,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    Ok(())
}
