//! What a labelling is asked for.

use super::progress::Progress;
use crate::keys::held::HeldKeys;
use crate::machine::root::Root;
use crate::signatures::Store;

/// Whether labels are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Each file gets its label.
    #[default]
    Write,
    /// No file is touched; the labels that would be written are counted.
    Plan,
}

/// Labels the files of packages, by [`Labelling::run`].
#[derive(Clone, Copy)]
pub struct Labelling<'a> {
    /// The system that the packages are installed in.
    pub root: &'a Root,
    /// All signatures of its installed packages: lists may have different ones for one content.
    pub store: &'a Store,
    /// The keys that decide between signatures that compete.
    pub held: &'a HeldKeys,
    /// Whether labels are written.
    pub mode: Mode,
    /// Receives the events.
    pub progress: &'a dyn Progress,
}
