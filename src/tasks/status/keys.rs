//! Which keyring the kernel checks with, and whether our certificates are in it.

use super::Line;
use crate::keys::held::HeldKeys;
use crate::keys::ima_keyring::{KeyringKind, members};
use crate::machine::root::Root;

/// The keyring, and our keys in it.
pub(super) fn keyring(root: &Root) -> Vec<Line> {
    const TOPIC: &str = "keyring";
    let (kind, keys) = match members() {
        Ok(members) => members,
        Err(error) => {
            return vec![Line::unknown(TOPIC, error.to_string(), "run this as root")];
        }
    };
    let keyring = match kind {
        KeyringKind::Own => Line::good(TOPIC, "_ima: root fills it, before a policy is in force"),
        KeyringKind::Trusted => Line::good(
            TOPIC,
            ".ima: root cannot add keys; the kernel takes only certificates that a key signed which \
             it trusts already",
        ),
    };
    let in_kernel: HeldKeys = keys.iter().map(|key| key.key_id).collect();
    vec![
        keyring,
        certificates(kind, &HeldKeys::of_certificates(root), &in_kernel),
    ]
}

fn certificates(kind: KeyringKind, on_disk: &HeldKeys, in_kernel: &HeldKeys) -> Line {
    const TOPIC: &str = "keys";
    if on_disk.is_empty() {
        let reason =
            "no certificate in /etc/keys/ima (dpkg-ima keys list names what is not used there)";
        return Line::not(
            TOPIC,
            reason,
            "put the certificate there, as *.pem or *.der",
        );
    }
    let missing = on_disk.missing_in(in_kernel);
    if missing.is_empty() {
        return Line::good(TOPIC, format!("all of ours are in {}", kind.name()));
    }
    let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let reason = format!("not in {}: {}", kind.name(), missing.join(", "));
    let next = match kind {
        KeyringKind::Own => "dpkg-ima keys load",
        KeyringKind::Trusted => "have the certificate signed by a CA that is built into the kernel",
    };
    Line::not(TOPIC, reason, next)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;
    use crate::format::ima::KeyId;

    #[test]
    fn what_is_not_loaded_is_named() {
        let keys = |ids: &[u32]| ids.iter().copied().map(KeyId).collect::<HeldKeys>();
        for (on_disk, in_kernel, state, words) in [
            (&[][..], &[1][..], State::Not, "no certificate"),
            (&[1, 2], &[2, 1, 3], State::Good, "all of ours"),
            (&[2, 1], &[], State::Not, "00000001, 00000002"),
        ] {
            let line = certificates(KeyringKind::Trusted, &keys(on_disk), &keys(in_kernel));
            assert_eq!(line.state, state);
            assert!(line.reason.contains(words), "{}", line.reason);
        }
    }
}
