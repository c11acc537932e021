//! `/etc/dpkg-ima.toml`.
//!
//! What it says is never printed raw.

use dpkg_ima::machine::config::Config;

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    if let Err(error) = Config::parse(&String::from_utf8_lossy(data)) {
        assert_plain(&error);
    }
}
