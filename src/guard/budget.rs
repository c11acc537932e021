//! Limits how much hashing users can make the guard do for nothing. Pure: the caller tells the time.
//!
//! A file that others than root may write is rarely a package's: packages ship a few for other owners, and dpkg's own
//! opens are free. Its owner can rewrite and open it for ever, and each time it would be hashed. So all these files
//! share one budget. It is one for all users, since a single one may have thousands of ids (subuid(5)). An open
//! beyond it is allowed without a label, and the kernel appraises the file as it is.

use std::time::{Duration, Instant};

/// The most that accumulates, in bytes.
const BURST: u64 = 32 << 20;
/// Gain per second, in bytes: a few hundredths of one processor's time.
const RATE: u64 = 16 << 20;
/// The least that a file costs, in bytes: opening, looking up and answering take time too.
const LEAST: u64 = 64 << 10;

/// A token bucket of bytes.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    counted: Instant,
}

impl Budget {
    /// A full budget.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            left: BURST,
            counted: now,
        }
    }

    /// Whether a file of `size` bytes may be hashed now; if so, its cost is taken off. `now` never goes back.
    pub(super) fn afford(&mut self, size: u64, now: Instant) -> bool {
        let regained = regained(now.saturating_duration_since(self.counted));
        if regained > 0 {
            self.left = self.left.saturating_add(regained).min(BURST);
            self.counted = now;
        }
        let cost = size.max(LEAST);
        let enough = cost <= self.left;
        if enough {
            self.left -= cost;
        }
        enough
    }
}

fn regained(time: Duration) -> u64 {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    milliseconds.saturating_mul(RATE / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let mib = |number: u64| number << 20;
        assert!((0..8).all(|_| budget.afford(mib(4), start)));
        assert!(!budget.afford(mib(4), start));
        assert!(!budget.afford(1, start), "a small file costs something too");
        let later = start + Duration::from_secs(1);
        let granted = (0..100).filter(|_| budget.afford(mib(1), later)).count();
        assert_eq!(granted, 15, "16 MiB a second, less a rounding");
        let much_later = start + Duration::from_secs(10_000);
        let granted = (0..100)
            .filter(|_| budget.afford(mib(1), much_later))
            .count();
        assert_eq!(granted, 32, "it does not grow without end");
    }

    #[test]
    fn what_never_fits_takes_nothing() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for size in [BURST + 1, 400_000_000, 1 << 40, u64::MAX] {
            assert!(!budget.afford(size, start));
        }
        assert!(budget.afford(BURST, start));
    }

    /// Opens that come faster than the clock is read must not lose what is regained meanwhile.
    #[test]
    fn time_in_small_pieces_counts_too() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        assert!(budget.afford(BURST, start));
        let granted = (1..=10_000u64).filter(|number| {
            let now = start + Duration::from_micros(number * 100);
            budget.afford(LEAST, now)
        });
        assert!((230..=256).contains(&granted.count()));
    }
}
