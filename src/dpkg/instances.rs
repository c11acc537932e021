//! Which installed packages a name stands for.

use super::{Database, InstalledPackage, PackageName, installed_packages};
use crate::machine::error::SystemError;

impl Database<'_> {
    /// The packages of that name that dpkg knows: one for each architecture where several may be
    /// installed side by side, all of them if the name has no architecture.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn instances(&self, name: &PackageName) -> Result<Vec<PackageName>, SystemError> {
        let mut packages = self.packages()?;
        packages.retain(|known| known == name || known.without_architecture() == name.as_str());
        let Some(architecture) = name.architecture().filter(|_| packages.is_empty()) else {
            return Ok(packages);
        };
        // `bash:amd64` names bash too, if that is the architecture of the installed build.
        let mut installed = installed_packages(self.root)?;
        installed.retain(|InstalledPackage { build, .. }| {
            build.package == name.without_architecture() && build.architecture == architecture
        });
        Ok(installed.into_iter().map(|one| one.name).collect())
    }
}
