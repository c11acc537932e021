//! Whether it can be told which keys are revoked.

use super::line::StatusLine;
use super::topic::Topic;
use crate::keys::revocations::revoked_keys;
use crate::machine::root::Root;

/// A line only if it cannot.
pub(super) fn revoked(root: &Root) -> Option<StatusLine> {
    let error = revoked_keys(root).err()?;
    let reason =
        format!("{error}; until then a key counts only if its certificate is in /etc/keys/ima");
    let next = "mend or remove what is in /etc/keys/ima-revoked that is no certificate, as root";
    Some(StatusLine::not(Topic::Revoked, reason, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_where_a_revoked_certificate_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let told = || revoked(&Root::open(folder.path()).unwrap());
        assert_eq!(told(), None);
        let revoked = folder.path().join("etc/keys/ima-revoked");
        std::fs::create_dir_all(&revoked).unwrap();
        assert_eq!(told(), None);
        std::fs::write(revoked.join("x.pem"), "damaged").unwrap();
        let line = told().unwrap();
        assert!(line.reason.contains("ima-revoked/x.pem"), "{line:?}");
    }
}
