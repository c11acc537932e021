//! Which records are wanted, by their time.

use std::fs;
use std::process::Stdio;

use crate::format::audit::AuditStamp;
use crate::format::decimal::decimal;
use crate::format::text::Text;
use crate::machine::program::program;
use crate::machine::root::Root;

/// Records that auditd wrote so long before the time at which the kernel says it was booted count as of this boot: the
/// clock may have been set since. Milliseconds.
const BOOT_SLACK: u64 = 10_000;

/// The time of the records that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Since the machine was booted.
    ThisBoot,
    /// All that there are.
    All,
    /// Since then, in milliseconds since 1970, UTC.
    Since(u64),
}

/// Why a text is no time.
#[derive(Debug, thiserror::Error)]
pub enum PeriodError {
    /// date(1) could not be asked.
    #[error("cannot run 'date': {0}")]
    Date(Text),
    /// It does not know such a time.
    #[error("'{0}' is no time")]
    NoTime(Text),
}

impl Period {
    /// Since the time that a text means to date(1), such as `yesterday`, `2 hours ago` or `2026-11-27 14:00`.
    ///
    /// # Errors
    /// If it means none there, or one before 1970.
    pub fn since(text: &str) -> Result<Self, PeriodError> {
        let mut date = program("date");
        date.arg(format!("--date={text}")).arg("+%s");
        let date = date.stdin(Stdio::null()).stderr(Stdio::null()).output();
        let date = date.map_err(|error| PeriodError::Date(Text::of(&error)))?;
        let seconds: Option<u64> = decimal(date.stdout.trim_ascii());
        let milliseconds = seconds.and_then(|seconds| seconds.checked_mul(1000));
        milliseconds
            .filter(|_| date.status.success())
            .map(Self::Since)
            .ok_or_else(|| PeriodError::NoTime(text.into()))
    }

    /// What is wanted where nobody says: this boot, or all of a system that does not run.
    #[must_use]
    pub fn default_of(root: &Root) -> Self {
        match root.is_running_system() {
            true => Self::ThisBoot,
            false => Self::All,
        }
    }

    /// Whether a record is wanted, by its time alone.
    pub(super) fn contains(self, stamp: AuditStamp) -> bool {
        stamp.milliseconds >= self.start()
    }

    /// Milliseconds since 1970, UTC; 0 if all are wanted, or if it is not known when the machine was booted.
    pub(super) fn start(self) -> u64 {
        match self {
            Self::All => 0,
            Self::Since(start) => start,
            Self::ThisBoot => boot_time().unwrap_or(0).saturating_sub(BOOT_SLACK),
        }
    }
}

/// When the machine was booted, in milliseconds since 1970, UTC. SPEC: `btime` of /proc/stat, proc(5).
pub(in crate::tasks::why) fn boot_time() -> Option<u64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let mut lines = stat.lines();
    let seconds = lines.find_map(|line| line.strip_prefix("btime "))?;
    decimal::<u64>(seconds.as_bytes())?.checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_date() {
        let since = |text| Period::since(text).ok();
        assert_eq!(since("@1764000000"), Some(Period::Since(1_764_000_000_000)));
        let utc = since("2025-11-24 16:00 UTC");
        assert_eq!(utc, Some(Period::Since(1_764_000_000_000)));
        let ago = |text| since(text).map(Period::start);
        assert!(ago("2 hours ago") < ago("1 hour ago"));
        for bad in ["yestreday", "@-5", "--help", "@18446744073709551615"] {
            assert!(since(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn this_boot_has_a_start() {
        let start = Period::ThisBoot.start();
        assert!(start > 0 && Period::All.start() == 0);
        let at = |milliseconds| AuditStamp {
            milliseconds,
            number: 1,
        };
        assert!(Period::ThisBoot.contains(at(start)));
        assert!(!Period::ThisBoot.contains(at(start - 1)));
    }
}
