//! What a step is.

use super::error::SetupError;
use super::item::Item;
use super::site::Site;
use crate::tasks::relabel::Notice;

/// One of the things that setup sees to.
pub(super) trait Step {
    /// What is, and what is to be. Changes nothing.
    ///
    /// # Errors
    /// If that cannot be found out.
    fn look(&self, site: &Site<'_>) -> Result<Item, SetupError>;

    /// Makes what is to be. It may have been begun before, and may be killed. Returns what the user is to be told.
    ///
    /// # Errors
    /// If it cannot be made.
    fn carry_out(&self, site: &Site<'_>) -> Result<Vec<Notice>, SetupError>;
}
