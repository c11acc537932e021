//! The two Debian packages of this source, as a user would install them.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::Run;

/// The .debs of `dpkg-ima` and `dpkg-ima-tools`, in this order, built from the sources as they are now. The first call of
/// a test run takes minutes after a change of the sources, else seconds.
pub fn our_packages() -> &'static [PathBuf; 2] {
    static PACKAGES: OnceLock<[PathBuf; 2]> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        let printed = Run::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lib/packages")).ok();
        let paths: Vec<PathBuf> = printed.stdout().lines().map(PathBuf::from).collect();
        paths
            .try_into()
            .unwrap_or_else(|_| panic!("not two packages\n{printed}"))
    })
}
