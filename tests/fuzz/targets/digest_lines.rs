//! A text of digests, and of signatures over them.
//!
//! A line that is signed and read again has the same digest and that signature.

use dpkg_ima::format::digest_lines::{DigestLine, DigestLineError, DigestLines};

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    for line in DigestLines::new(data) {
        if let Err(error) = line.and_then(|line| sign_again(&line)) {
            assert_plain(&error);
        }
    }
}

fn sign_again(line: &DigestLine) -> Result<(), DigestLineError> {
    let signature = line.signature()?;
    let text = format!("{}\n", line.signed(&signature));
    let again = DigestLines::new(text.as_bytes()).next();
    // What is longer than it may be once signed is no line.
    if let Some(Ok(again)) = again {
        assert_eq!(again.digest, line.digest);
        assert_eq!(again.signature()?, signature);
    }
    Ok(())
}
