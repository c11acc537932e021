//! The two Debian packages of this source, as a user would install them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Run;

/// `dpkg-ima` and `dpkg-ima-tools`, in one version.
pub struct OurPackages {
    /// The .deb with the helper, the hooks and the trigger.
    pub hooks: PathBuf,
    /// The .deb with the command.
    pub tools: PathBuf,
}

impl OurPackages {
    /// Builds them from the sources as they are now; once in a test run. Takes minutes after a change of the sources, else
    /// seconds.
    pub fn built() -> &'static Self {
        static BUILT: OnceLock<OurPackages> = OnceLock::new();
        BUILT.get_or_init(|| {
            let printed = Run::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lib/packages")).ok();
            let mut paths = printed
                .stdout()
                .lines()
                .map(PathBuf::from)
                .collect::<Vec<_>>()
                .into_iter();
            let mut next = || {
                paths
                    .next()
                    .unwrap_or_else(|| panic!("not two packages\n{printed}"))
            };
            Self {
                hooks: next(),
                tools: next(),
            }
        })
    }

    /// The same packages with another version number, written to `directory`.
    pub fn with_version(&self, version: &str, directory: &Path) -> Self {
        let repack = |deb: &Path| {
            let (tree, new) = (
                super::scratch(),
                directory.join(deb.file_name().expect("a .deb has a name")),
            );
            Run::new("dpkg-deb")
                .arg("-R")
                .arg(deb)
                .arg(tree.path())
                .ok();
            let control = tree.path().join("DEBIAN/control");
            let text = fs::read_to_string(&control).expect("every package has one");
            let old = text
                .lines()
                .find_map(|line| line.strip_prefix("Version: "))
                .expect("it has a version");
            fs::write(&control, text.replace(old, version)).expect("the tree is writable");
            Run::new("dpkg-deb")
                .args(["-Zgzip", "--root-owner-group", "-b"])
                .arg(tree.path())
                .arg(&new)
                .ok();
            new
        };
        Self {
            hooks: repack(&self.hooks),
            tools: repack(&self.tools),
        }
    }

    /// Both, for [`super::Chroot::install`] and [`super::Chroot::repository`].
    pub fn both(&self) -> [&Path; 2] {
        [&self.hooks, &self.tools]
    }
}
