//! What the kernel says of one key.

use std::io;

use nix::unistd::geteuid;

use crate::machine::sys::{Serial, describe_key};

/// The answer of `KEYCTL_DESCRIBE`.
///
/// SPEC: keyctl_describe(3): type, owner, group, permissions and description, each but the last followed by a semicolon. The
/// description is the rest, whatever bytes are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyDescription {
    kind: String,
    owner: u32,
    /// As whoever made the key chose it; the kernel keeps users from names of keyrings that begin with a dot.
    pub(super) description: Vec<u8>,
}

impl KeyDescription {
    /// Asks the kernel.
    pub(super) fn of(key: Serial) -> io::Result<Self> {
        let answer = describe_key(key)?;
        Self::parse(&answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    pub(super) fn parse(answer: &[u8]) -> Option<Self> {
        let mut fields = answer.splitn(5, |byte| *byte == b';');
        let mut word = || std::str::from_utf8(fields.next()?).ok();
        let (kind, owner) = (word()?.to_owned(), word()?.parse().ok()?);
        let (_group, _permissions) = (word()?, word()?);
        let description = fields.next()?.to_owned();
        Some(Self {
            kind,
            owner,
            description,
        })
    }

    pub(super) fn is_keyring(&self) -> bool {
        self.kind == "keyring"
    }

    pub(super) fn is_asymmetric(&self) -> bool {
        self.kind == "asymmetric"
    }

    /// Whether it is the keyring of that name of root's, or of the user of this process.
    ///
    /// SECURITY: any other user may make a key that looks like one in a line of `/proc/keys`, and a keyring `_ima`.
    pub(super) fn is_own_keyring(&self, name: &str) -> bool {
        let is_own = self.owner == 0 || self.owner == geteuid().as_raw();
        self.is_keyring() && is_own && self.description == name.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_keyring_of_roots_by_that_very_name_is_one() {
        for (answer, is_one) in [
            (&b"keyring;0;0;1f0f0000;.ima"[..], true),
            (b"keyring;1000;0;1f0f0000;.ima", false),
            (b"keyring;0;0;1f0f0000;.ima: 1", false),
            (b"keyring;0;0;1f0f0000;x;.ima", false),
            (b"user;0;0;3f3f0000;.ima", false),
            (b"user;1000;1000;3f3f0000;x keyring   .ima: 1", false),
            (
                b"user;1000;1000;3f3f0000;\nkeyring;0;0;1f0f0000;.ima",
                false,
            ),
        ] {
            let described = KeyDescription::parse(answer).unwrap();
            assert_eq!(described.is_own_keyring(".ima"), is_one, "{described:?}");
        }
    }

    #[test]
    fn the_description_is_all_that_follows() {
        let described = KeyDescription::parse(b"asymmetric;0;0;3f010000;a;b\n\xff").unwrap();
        assert_eq!(described.description, b"a;b\n\xff");
        assert!(described.is_asymmetric() && !described.is_keyring());
        for cut in [
            &b""[..],
            b"keyring",
            b"keyring;0;0;1f0f0000",
            b"keyring;x;0;0;.ima",
        ] {
            assert_eq!(KeyDescription::parse(cut), None);
        }
    }
}
