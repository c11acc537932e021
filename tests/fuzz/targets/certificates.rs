//! A certificate file of `/etc/keys/ima`, PEM or DER: by the helper's parser, and by OpenSSL.
//!
//! A certificate that was found is found in its own DER, with the same key id.

use dpkg_ima::format::ima::{certificates_in, key_id_of};
use dpkg_ima::keys::signing::Trust;
use dpkg_ima::machine::root::Root;

use super::support::{assert_plain, with_root};

pub fn run(data: &[u8]) {
    match certificates_in(data) {
        Ok(found) => found.iter().for_each(|der| check(der)),
        Err(error) => assert_plain(&error),
    }
    with_root(&[("etc/keys/ima/x.pem", data)], |root: &Root| {
        if let Err(error) = Trust::of_root(root) {
            panic!("one bad certificate makes the others useless: {error}");
        }
    });
}

fn check(der: &[u8]) {
    let again = certificates_in(der).expect("it is one certificate in DER");
    assert_eq!(again, [der]);
    if let Err(error) = key_id_of(der) {
        assert_plain(&error);
    }
}
