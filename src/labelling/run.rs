//! The threads of a labelling.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use super::durable::Unsynced;
use super::list::{Batch, ListSource, PackageList};
use super::placement::Placement;
use super::queue::Queue;
use super::request::Labelling;
use super::tally::Tally;
use super::worker::EntryLabeller;
use crate::machine::error::SystemError;

impl Labelling<'_> {
    /// Labels the files of those packages; a package without a list has none to label. Afterwards the labels are
    /// on disk.
    ///
    /// # Errors
    /// If dpkg's database cannot be read, or labels may not be on disk. A failure of a single file or list is an event of
    /// [`Progress`](super::Progress), and counted.
    pub fn run(
        &self,
        sources: impl Iterator<Item = ListSource> + Send,
        threads: NonZeroUsize,
    ) -> Result<Tally, SystemError> {
        let placement = Placement::of(self.root)?;
        let queue = Queue::new(sources);
        let total = Mutex::new((Tally::default(), Unsynced::default()));
        let work = || {
            let (tally, unsynced) = self.work(&placement, &queue)?;
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            total.0.merge(tally);
            total.1.merge(unsynced);
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(work)).collect();
            let joined = others
                .into_iter()
                .map(|other| other.join().expect("it does not panic"));
            std::iter::once(work())
                .chain(joined)
                .collect::<Result<(), SystemError>>()
        })?;
        let (tally, unsynced) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
        unsynced.sync()?;
        Ok(tally)
    }

    /// The work of one thread, until no list is left.
    fn work<'p, S: Iterator<Item = ListSource>>(
        &self,
        placement: &'p Placement<'p>,
        queue: &Queue<S, Batch<'p>>,
    ) -> Result<(Tally, Unsynced), SystemError> {
        let mut labeller = EntryLabeller::new(*self)?;
        while let Some(batch) =
            queue.next(|source| self.read(&source, placement, &mut labeller.tally))
        {
            labeller.label(&batch);
        }
        Ok((labeller.tally, labeller.unsynced))
    }

    fn read<'p>(
        &self,
        source: &ListSource,
        placement: &'p Placement<'p>,
        tally: &mut Tally,
    ) -> Vec<Batch<'p>> {
        match PackageList::load(source, placement) {
            Ok(Some(list)) if list.is_empty() => {
                self.progress.package(&list);
                Vec::new()
            }
            Ok(Some(list)) => list.into_batches(),
            Ok(None) => Vec::new(),
            Err(error) => {
                tally.bad_lists += 1;
                // A list that is not well-formed is no better the next time.
                if error.is_of_the_machine() {
                    tally.unfinished.insert(source.package.clone());
                }
                self.progress.bad_list(&source.package, &error);
                Vec::new()
            }
        }
    }
}
