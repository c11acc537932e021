//! Closes files in threads of its own, for a thread that must not wait.
//!
//! SECURITY: closing the last descriptor of a removed file frees its blocks. A user can make that take half a minute, by
//! a large file in tens of thousands of pieces.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// For so many files that are not closed yet there is one thread: a thread may be busy with one of them for long.
const SHARE: usize = 64;

/// Closes what it is given, in its order. Its threads are started when they are needed, and end some time after it was
/// dropped.
#[derive(Debug)]
pub(super) struct Closer<T> {
    sender: Sender<T>,
    queue: Arc<Queue<T>>,
    most: usize,
}

#[derive(Debug)]
struct Queue<T> {
    receiver: Mutex<Receiver<T>>,
    /// How many were given and are not closed yet.
    open: AtomicUsize,
    threads: AtomicUsize,
}

impl<T: Send + 'static> Closer<T> {
    /// `most`: how many may be open at once.
    pub(super) fn new(most: usize) -> Self {
        let (sender, receiver) = channel();
        let queue = Arc::new(Queue {
            receiver: Mutex::new(receiver),
            open: AtomicUsize::new(0),
            threads: AtomicUsize::new(0),
        });
        Self {
            sender,
            queue,
            most,
        }
    }

    /// Has the file closed by another thread, without waiting. If too many are open already, or no thread can be
    /// started, it is closed here.
    pub(super) fn close(&self, file: T) {
        let before = self.queue.open.fetch_add(1, Ordering::Relaxed);
        let threads = self.queue.threads.load(Ordering::Relaxed);
        let served = || threads > before / SHARE || self.start() || threads > 0;
        // A file that is not sent is dropped, which closes it.
        let sent = before < self.most && served() && self.sender.send(file).is_ok();
        if !sent {
            self.queue.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn start(&self) -> bool {
        let queue = Arc::clone(&self.queue);
        let started = thread::Builder::new().spawn(move || queue.run());
        if let Err(error) = &started {
            log::debug!("cannot start a thread that closes files: {error}");
            return false;
        }
        self.queue.threads.fetch_add(1, Ordering::Relaxed);
        true
    }
}

impl<T> Queue<T> {
    /// Closes files until the closer is gone.
    fn run(&self) {
        while let Some(file) = self.next() {
            drop(file);
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Option<T> {
        let receiver = self.receiver.lock();
        let receiver = receiver.unwrap_or_else(PoisonError::into_inner);
        receiver.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// Closing it ends when the other side of the first channel is dropped, and is told on the second.
    struct Slow(Receiver<()>, Sender<usize>, usize);

    impl Drop for Slow {
        fn drop(&mut self) {
            let _gone = self.0.recv();
            let _told = self.1.send(self.2);
        }
    }

    /// A file, and what lets its closing end.
    fn slow(told: &Sender<usize>, number: usize) -> (Slow, Sender<()>) {
        let (gate, waits) = channel();
        (Slow(waits, told.clone(), number), gate)
    }

    fn quick(told: &Sender<usize>, number: usize) -> Slow {
        slow(told, number).0
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn who_gives_a_file_does_not_wait() {
        let (told, closed) = channel();
        let closer = Closer::new(SHARE * 4);
        let (first, gate) = slow(&told, 0);
        let start = Instant::now();
        closer.close(first);
        (1..SHARE).for_each(|number| closer.close(quick(&told, number)));
        assert!(closed.try_recv().is_err(), "they wait for the first");
        // One more, and there is another thread for them.
        closer.close(quick(&told, SHARE));
        for number in 1..=SHARE {
            assert_eq!(closed.recv_timeout(LONG), Ok(number));
        }
        assert!(start.elapsed() < LONG);
        drop(gate);
        assert_eq!(closed.recv_timeout(LONG), Ok(0));
    }

    #[test]
    fn there_are_never_more_than_so_many() {
        let (told, closed) = channel();
        let closer = Closer::new(2);
        let (first, gate) = slow(&told, 0);
        closer.close(first);
        closer.close(quick(&told, 1));
        closer.close(quick(&told, 2));
        assert_eq!(closed.try_recv(), Ok(2), "this one was closed here");
        drop(gate);
        assert_eq!(closed.recv_timeout(LONG), Ok(0));
        assert_eq!(closed.recv_timeout(LONG), Ok(1));
    }
}
