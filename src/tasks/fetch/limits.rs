//! How much a source can make us do.

use std::time::Duration;

/// Most bytes that one run takes from one source, compressed. A list of a package with 4,000 kernel modules has 1.5 MB.
pub(super) const FETCHED_MAX: u64 = 128 << 20;
/// Most bytes that the lists of one run have, decompressed. They are in memory.
pub(super) const LISTS_MAX: u64 = 256 << 20;
/// Lists in one call of apt's downloader: their names have to fit into the arguments of a process.
pub(super) const CALL_MAX: usize = 1000;
/// Longest output of apt's downloader that is read, in bytes.
pub(super) const MESSAGES_MAX: u64 = 1 << 20;
/// After this time users read what they wait for.
pub(super) const SILENCE: Duration = Duration::from_secs(1);
/// How long a server may be silent, before apt's downloader gives it up. The whole run has its own limit.
pub(super) const SERVER_SILENCE: Duration = Duration::from_secs(10);
/// How long `dpkg-ima fetch` takes at most.
pub(super) const AHEAD_TIME: Duration = Duration::from_secs(3600);
/// How much longer than it may ask sources the answers of a `download` process are waited for.
pub(super) const DELAY_MAX: Duration = Duration::from_secs(5);
