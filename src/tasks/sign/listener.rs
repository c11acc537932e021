//! Whoever reports what becomes of packages.

use super::error::SignError;
use super::package::Signed;
use super::plan::SigningJob;

/// Receives the result of each package; called from several threads.
pub trait Listener: Sync {
    /// A package was signed, or could not be.
    fn finished(&self, job: &SigningJob, result: &Result<Signed, SignError>);
    /// What would be made of a package is there, so that nothing was done.
    fn is_up_to_date(&self, job: &SigningJob);
    /// The key cannot be used any more, which was reported for one package: so many others were not signed.
    fn stopped(&self, packages: usize);
}
