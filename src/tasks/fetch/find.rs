//! Finds the lists that packages lack: among those that are kept, then at the sources, in their order.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::time::Instant;

use super::accept::accept;
use super::ask::{Deliver, Delivered};
use super::limits::LISTS_MAX;
use super::trouble::{SourceTrouble, TroubleCause};
use super::wanted::WantedList;
use crate::format::imasigs::List;
use crate::format::signature_source::SignatureSource;
use crate::format::text::Text;
use crate::format::tree::ListName;
use crate::machine::error::SystemError;
use crate::machine::replacements::Replacements;
use crate::machine::root::Root;
use crate::signatures::{FetchedLists, Lock, StoreError};

/// Asks one source for all of these lists.
pub type Ask<'a> = &'a mut dyn FnMut(
    &SignatureSource,
    &[ListName],
    Deliver<'_>,
) -> io::Result<Option<SourceTrouble>>;

/// Where lists are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The system that they are for.
    pub root: &'a Root,
    /// Asked one after the other, each for what those before did not have.
    pub sources: &'a [SignatureSource],
    /// Whether a list that was fetched before is taken, and its source not asked.
    pub takes_kept: bool,
    /// After that no list is looked at any more: to decompress a bomb to its limit takes a second.
    pub deadline: Instant,
}

/// The lists that were found.
#[derive(Debug, Default)]
pub struct FoundLists {
    /// For each that was wanted, in their order: the list, or why there is none.
    pub lists: Vec<Result<List, Lacking>>,
    /// Which of them are not kept yet.
    new: Vec<usize>,
    /// Sources that could not be asked.
    pub troubles: Vec<SourceTrouble>,
}

/// Why there is no list. Prints as the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// Every source says that it has none.
    Nowhere,
    /// A source did not answer: see [`SourceTrouble`].
    NoAnswer,
    /// A source has a list of that name, and it is not used.
    NotUsed {
        /// Which source.
        source: SignatureSource,
        /// See [`super::NotAccepted`].
        why: Text,
    },
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("no source has a list for it"),
            Self::NoAnswer => f.write_str("no list could be fetched for it"),
            Self::NotUsed { source, why } => {
                write!(f, "the list that {source} has for it is not used: {why}")
            }
        }
    }
}

/// Finds lists. A list that is damaged, or of another package, is as one that the source does not have.
/// If `ask` fails, the source did not answer.
#[must_use]
pub fn find_lists(search: Search<'_>, wanted: &[WantedList], ask: Ask<'_>) -> FoundLists {
    let mut found = FoundLists {
        lists: vec![Err(Lacking::Nowhere); wanted.len()],
        ..FoundLists::default()
    };
    let mut left = LISTS_MAX;
    let taken = search
        .takes_kept
        .then(|| found.take_kept(wanted, search.root, &mut left));
    if let Some(Err(error)) = taken {
        log::warn!("{error}");
    }
    for source in search.sources {
        let lacking: Vec<usize> = (0..wanted.len())
            .filter(|index| found.lists[*index].is_err())
            .collect();
        if lacking.is_empty() {
            break;
        }
        found.ask_for(&lacking, (search, source), wanted, &mut left, ask);
    }
    found
}

/// Each name once, in the order of the wishes, and the numbers of those who want it: packages may be named twice, in a folder
/// and in its copy for one.
fn by_name(lacking: &[usize], wanted: &[WantedList]) -> (Vec<ListName>, Vec<Vec<usize>>) {
    let (mut names, mut wishes) = (Vec::new(), Vec::<Vec<usize>>::new());
    let mut places = HashMap::new();
    for index in lacking {
        let name = &wanted[*index].name;
        let place = *places.entry(name).or_insert(names.len());
        if place == names.len() {
            names.push(name.clone());
            wishes.push(Vec::new());
        }
        wishes[place].push(*index);
    }
    (names, wishes)
}

impl FoundLists {
    fn take_kept(
        &mut self,
        wanted: &[WantedList],
        root: &Root,
        left: &mut u64,
    ) -> Result<(), SystemError> {
        let kept = FetchedLists::of(root);
        for (wanted, found) in wanted.iter().zip(&mut self.lists) {
            if let Some(list) = kept.get(&wanted.name)? {
                *left = left.saturating_sub(list.written_len());
                *found = Ok(list);
            }
        }
        Ok(())
    }

    /// Asks one source for the lists with these numbers.
    fn ask_for(
        &mut self,
        lacking: &[usize],
        (search, source): (Search<'_>, &SignatureSource),
        wanted: &[WantedList],
        left: &mut u64,
        ask: Ask<'_>,
    ) {
        let (names, wishes) = by_name(lacking, wanted);
        let mut cut = 0;
        let asked = ask(source, &names, &mut |delivered: Delivered| {
            let wishes = wishes.get(delivered.index);
            let wishes = wishes.ok_or(io::ErrorKind::InvalidData)?;
            cut += self.take_delivered(&delivered, wishes, (search, source), wanted, left);
            Ok(())
        });
        let trouble = |count, cause| SourceTrouble {
            source: source.clone(),
            count,
            cause,
        };
        let told = asked.unwrap_or_else(|error| {
            let cause = match error.kind() {
                io::ErrorKind::TimedOut => TroubleCause::Time,
                _ => TroubleCause::other(&error),
            };
            Some(trouble(lacking.len(), cause))
        });
        let late = || trouble(0, TroubleCause::Time);
        self.note_trouble(told.or_else(|| (cut > 0).then(late)), cut, lacking);
    }

    /// Takes a file that the source has delivered as the list of each of these wishes. Returns for how many it came too late or
    /// cut off.
    fn take_delivered(
        &mut self,
        delivered: &Delivered,
        wishes: &[usize],
        (search, source): (Search<'_>, &SignatureSource),
        wanted: &[WantedList],
        left: &mut u64,
    ) -> usize {
        let mut cut = 0;
        for &index in wishes {
            if Instant::now() > search.deadline {
                cut += 1;
                continue;
            }
            match accept(&delivered.bytes, &wanted[index], search.root, left) {
                Ok(list) => {
                    self.lists[index] = Ok(list);
                    self.new.push(index);
                }
                Err(_) if !delivered.is_whole => cut += 1,
                Err(why) => {
                    let (source, why) = (source.clone(), Text::of(&why));
                    self.lists[index] = Err(Lacking::NotUsed { source, why });
                }
            }
        }
        cut
    }

    /// Which of the lists a source would have had, had it answered, nobody knows.
    fn note_trouble(&mut self, trouble: Option<SourceTrouble>, cut: usize, asked: &[usize]) {
        let Some(mut trouble) = trouble else {
            return;
        };
        trouble.count += cut;
        if trouble.count == 0 {
            return;
        }
        for index in asked {
            if matches!(self.lists[*index], Err(Lacking::Nowhere)) {
                self.lists[*index] = Err(Lacking::NoAnswer);
            }
        }
        self.troubles.push(trouble);
    }

    /// Keeps what was fetched, for sweeps, `relabel` and `verify`. A list that is kept with the same content stays as it is.
    ///
    /// # Errors
    /// If that cannot be done; then what was kept before is kept still.
    pub fn keep(&self, wanted: &[WantedList], root: &Root, lock: &Lock) -> Result<(), StoreError> {
        if self.new.is_empty() {
            return Ok(());
        }
        let kept = FetchedLists::of(root);
        let folder = kept.folder(lock)?;
        let mut files = Replacements::new(&folder);
        for index in &self.new {
            let (name, Ok(list)) = (&wanted[*index].name, &self.lists[*index]) else {
                continue;
            };
            if kept.get(name)?.as_ref() != Some(list) {
                let mut bytes = Vec::new();
                list.write_to(&mut bytes).unwrap_or_default();
                files.add(&FetchedLists::file_name(name), &bytes)?;
            }
        }
        Ok(files.finish()?)
    }

    /// Takes a list out that turned out to be of no use, so that it is not kept.
    pub fn drop_list(&mut self, index: usize) {
        self.new.retain(|new| *new != index);
    }

    /// How many lists were fetched.
    #[must_use]
    pub fn fetched(&self) -> usize {
        self.new.len()
    }
}

#[cfg(test)]
mod tests;
