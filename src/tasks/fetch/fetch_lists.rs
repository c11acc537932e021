//! Fetching in the process that people started: no apt waits for it.

use std::time::Instant;

use super::ask::ask;
use super::find::{FoundLists, Search, find_lists};
use super::limits::AHEAD_TIME;
use super::wanted::WantedList;
use crate::format::signature_source::SignatureSource;
use crate::machine::root::Root;
use crate::signatures::{FetchedLists, Lock, StoreError};

/// Receives a source that is slow, and the number of lists that it is asked for.
pub type FetchProgress<'a> = &'a dyn Fn(&SignatureSource, usize);

/// Asks the sources for all of these lists, an hour at most. What is kept already is fetched again: a source may have
/// newer lists by now. `sources` are those of the root's configuration: a folder among them is one beneath that root.
#[must_use]
pub fn fetch_lists(
    root: &Root,
    sources: &[SignatureSource],
    wanted: &[WantedList],
    say: FetchProgress<'_>,
) -> FoundLists {
    let sources: Vec<_> = sources.iter().map(|source| beneath(root, source)).collect();
    let deadline = Instant::now() + AHEAD_TIME;
    let search = Search {
        root,
        sources: &sources,
        takes_kept: false,
        deadline,
    };
    find_lists(search, wanted, &mut |source, names, deliver| {
        let say = || say(source, names.len());
        ask(source, names, (deadline, &say), deliver)
    })
}

/// The source as this process finds it.
fn beneath(root: &Root, source: &SignatureSource) -> SignatureSource {
    match source {
        SignatureSource::Folder(folder) if !root.is_running_system() => {
            let folder = root.display(folder.as_ref());
            SignatureSource::Folder(folder.to_string_lossy().into_owned())
        }
        source => source.clone(),
    }
}

/// Keeps what was fetched; afterwards installed packages have those lists.
///
/// # Errors
/// If the lists cannot be written.
pub fn keep_lists(
    root: &Root,
    wanted: &[WantedList],
    found: &FoundLists,
) -> Result<(), StoreError> {
    let lock = Lock::take(root)?;
    found.keep(wanted, root, &lock)?;
    Ok(FetchedLists::of(root).settle(&lock)?)
}
