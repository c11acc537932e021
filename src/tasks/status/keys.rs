//! The keyring that IMA verifies with, and whether the keys of the certificates in `/etc/keys/ima` are in it.

use super::line::StatusLine;
use super::topic::Topic;
use crate::keys::held::HeldKeys;
use crate::keys::ima_keyring::{KeyringKind, members};
use crate::machine::root::Root;

pub(super) fn keyring(root: &Root) -> Vec<StatusLine> {
    const TOPIC: Topic = Topic::Keyring;
    let (kind, keys) = match members() {
        Ok(members) => members,
        Err(error) => {
            return vec![StatusLine::unknown(
                TOPIC,
                error.to_string(),
                "run this as root",
            )];
        }
    };
    let keyring = match kind {
        KeyringKind::Own => {
            StatusLine::good(TOPIC, "_ima: root fills it, before a policy is in force")
        }
        KeyringKind::Trusted => StatusLine::good(
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

fn certificates(kind: KeyringKind, on_disk: &HeldKeys, in_kernel: &HeldKeys) -> StatusLine {
    const TOPIC: Topic = Topic::Keys;
    if on_disk.is_empty() {
        let reason =
            "no certificate in /etc/keys/ima (dpkg-ima keys list names what is not used there)";
        return StatusLine::not(
            TOPIC,
            reason,
            "put the certificate there, as *.pem or *.der",
        );
    }
    let missing = on_disk.missing_in(in_kernel);
    if missing.is_empty() {
        return StatusLine::good(TOPIC, format!("all of ours are in {}", kind.name()));
    }
    let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let reason = format!("not in {}: {}", kind.name(), missing.join(", "));
    let next = match kind {
        KeyringKind::Own => "dpkg-ima keys load",
        KeyringKind::Trusted => "have the certificate signed by a CA that is built into the kernel",
    };
    StatusLine::not(TOPIC, reason, next)
}

#[cfg(test)]
mod tests {
    use super::super::line::Readiness;
    use super::*;
    use crate::format::ima::KeyId;

    #[test]
    fn what_is_not_loaded_is_named() {
        let keys = |ids: &[u32]| ids.iter().copied().map(KeyId).collect::<HeldKeys>();
        for (on_disk, in_kernel, state, words) in [
            (&[][..], &[1][..], Readiness::Not, "no certificate"),
            (&[1, 2], &[2, 1, 3], Readiness::Good, "all of ours"),
            (&[2, 1], &[], Readiness::Not, "00000001, 00000002"),
        ] {
            let line = certificates(KeyringKind::Trusted, &keys(on_disk), &keys(in_kernel));
            assert_eq!(line.readiness, state);
            assert!(line.reason.contains(words), "{}", line.reason);
        }
    }
}
