//! Hands out work: a thread that asks gets a batch that is ready, or reads the next package's list.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Sources, and the batches made of them. Threads share it. A source is read only when no batch is ready, so that no more
/// lists are held at a time than there are threads.
pub(super) struct Queue<S, B> {
    state: Mutex<QueueState<S, B>>,
    changed: Condvar,
}

struct QueueState<S, B> {
    sources: S,
    ready: VecDeque<B>,
    /// The number of threads that are reading a source, and may bring batches.
    reading: usize,
}

impl<S: Iterator, B> Queue<S, B> {
    pub(super) fn new(sources: S) -> Self {
        Self {
            state: Mutex::new(QueueState {
                sources,
                ready: VecDeque::new(),
                reading: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// The next batch; none when all are handed out. Waits while other threads read. `read` makes the batches of a source,
    /// without the lock.
    pub(super) fn next(&self, mut read: impl FnMut(S::Item) -> Vec<B>) -> Option<B> {
        let mut state = self.lock();
        loop {
            if let Some(batch) = state.ready.pop_front() {
                return Some(batch);
            }
            if let Some(source) = state.sources.next() {
                state.reading += 1;
                drop(state);
                let batches = read(source);
                state = self.lock();
                state.reading -= 1;
                state.ready.extend(batches);
                self.changed.notify_all();
            } else if state.reading == 0 {
                return None;
            } else {
                let waited = self.changed.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// Nothing panics while it holds the lock, so the state of a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, QueueState<S, B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_batch_is_handed_out_once() {
        let queue = Queue::new(0..100_usize);
        let sum = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(batch) = queue.next(|source| vec![source; source % 3]) {
                        sum.fetch_add(batch, Ordering::Relaxed);
                    }
                });
            }
        });
        let expected: usize = (0..100).map(|source| source * (source % 3)).sum();
        assert_eq!(sum.into_inner(), expected);
    }
}
