//! `/etc/dpkg-ima.toml`.
//!
//! What it says is never printed raw. A URI, which apt's downloader reads, is plain; a folder is an absolute path.

use dpkg_ima::format::signature_source::SignatureSource;
use dpkg_ima::machine::config::Config;

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    match Config::parse(&String::from_utf8_lossy(data)) {
        Ok(config) => config.sources.iter().for_each(assert_usable),
        Err(error) => assert_plain(&error),
    }
}

fn assert_usable(source: &SignatureSource) {
    match source {
        SignatureSource::Web(uri) => {
            assert_plain(uri);
            assert!(!uri.contains([' ', '?', '#', '"', '\'']), "{uri}");
        }
        SignatureSource::Folder(path) => {
            assert!(path.starts_with('/') && !path.contains('\0'), "{path:?}");
        }
    }
}
