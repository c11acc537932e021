//! Time and number of a record.

use std::time::Duration;

use x509_cert::der::DateTime;

use crate::format::decimal::decimal;

/// By what a record is known: the same in each log that has it.
///
/// The number begins anew with each boot, so only both together tell records apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditStamp {
    /// Milliseconds since 1970, UTC.
    pub milliseconds: u64,
    /// The number of the event since the machine was booted.
    pub number: u64,
}

impl AuditStamp {
    /// The time as people write it: in UTC, to the second, such as `2025-11-24T16:00:00Z`.
    ///
    /// SPEC: RFC 3339; the crate for certificates has the calendar, up to the year 9999.
    #[must_use]
    pub fn time(self) -> String {
        let since = Duration::from_millis(self.milliseconds);
        let time = DateTime::from_unix_duration(since).ok();
        time.map_or_else(|| since.as_secs().to_string(), |time| time.to_string())
    }

    /// Reads `audit(SECONDS.MILLISECONDS:NUMBER):` at the start of a text; with it, the text behind it.
    pub(super) fn split_from(text: &[u8]) -> Option<(Self, &[u8])> {
        let text = text.strip_prefix(b"audit(")?;
        let end = text.iter().position(|&byte| byte == b')')?;
        let (stamp, rest) = text.split_at(end);
        let rest = rest.strip_prefix(b"):")?;
        let (time, number) = split_once(stamp, b':')?;
        let (seconds, part) = split_once(time, b'.')?;
        let seconds: u64 = decimal(seconds)?;
        let part: u64 = decimal(part).filter(|_| part.len() == 3)?;
        Some((
            Self {
                milliseconds: seconds.checked_mul(1000)?.checked_add(part)?,
                number: decimal(number)?,
            },
            rest,
        ))
    }
}

/// What is before the first such byte, and what is behind it.
pub(super) fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().position(|&byte| byte == at)?;
    let (before, rest) = text.split_at(place);
    Some((before, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_count_and_nothing_else_is_a_stamp() {
        let (stamp, rest) = AuditStamp::split_from(b"audit(1764000000.023:77): pid=1").unwrap();
        let expected = AuditStamp {
            milliseconds: 1_764_000_000_023,
            number: 77,
        };
        assert_eq!((stamp, rest), (expected, &b" pid=1"[..]));
        assert_eq!(stamp.time(), "2025-11-24T16:00:00Z");
        let latest = AuditStamp {
            milliseconds: u64::MAX,
            number: 0,
        };
        assert_eq!(latest.time(), "18446744073709551");
        for bad in [
            "audit(1.1:1): ",
            "audit(1.001:): ",
            "audit(-1.001:1): ",
            "audit(1.001:1) ",
            "audit(1.001): ",
            "audit(99999999999999999999.001:1): ",
            "audit(18446744073709551615.001:1): ",
            "xaudit(1.001:1): ",
            "audit(",
        ] {
            assert_eq!(AuditStamp::split_from(bad.as_bytes()), None, "{bad}");
        }
    }
}
