//! The disk that packages may take: whoever wants more than is left waits until others have given theirs back.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes.
#[derive(Debug)]
pub(super) struct Room {
    all: u64,
    left: Mutex<u64>,
    freed: Condvar,
}

impl Room {
    pub(super) const fn new(all: u64) -> Self {
        Self {
            all,
            left: Mutex::new(all),
            freed: Condvar::new(),
        }
    }

    /// How much there is, free or not.
    pub(super) const fn all(&self) -> u64 {
        self.all
    }

    /// Takes so many bytes as soon as they are free. More than there are at all: all.
    pub(super) fn take(&self, bytes: u64) -> Taken<'_> {
        let bytes = bytes.min(self.all);
        let waited = self.freed.wait_while(self.lock(), |left| *left < bytes);
        *waited.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Taken { room: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was taken, given back when dropped.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.room.lock() += self.bytes;
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    #[test]
    fn never_is_more_taken_than_there_is() {
        let (room, taken, most) = (Room::new(100), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for number in 0..8 {
                let (room, taken, most) = (&room, &taken, &most);
                scope.spawn(move || {
                    for bytes in [10, 60, 100, number * 7] {
                        let held = room.take(bytes);
                        most.fetch_max(
                            taken.fetch_add(bytes, Ordering::SeqCst) + bytes,
                            Ordering::SeqCst,
                        );
                        thread::yield_now();
                        taken.fetch_sub(bytes, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), 100);
        drop(room.take(101));
    }
}
