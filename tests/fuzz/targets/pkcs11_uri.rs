//! A PKCS#11 URI, as it is typed or stands in somebody's configuration.
//!
//! What is read and written again is the same; a URI with a `pin-value` is none.

use dpkg_ima::format::pkcs11_uri::Pkcs11Uri;

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    match Pkcs11Uri::parse(data) {
        Ok(uri) => {
            assert_plain(&uri);
            assert!(!data.starts_with(b"pkcs11:pin-value"));
            // What is longer is not shown whole.
            if data.len() <= 1000 {
                assert_eq!(Pkcs11Uri::parse(uri.to_string().as_bytes()), Ok(uri));
            }
        }
        Err(error) => assert_plain(&error),
    }
}
