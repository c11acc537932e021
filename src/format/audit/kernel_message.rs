//! A message of the kernel's ring buffer, as one read of `/dev/kmsg` gives it.

use super::AuditLine;
use super::stamp::split_once;
use crate::format::decimal::decimal;

/// A message that the kernel itself wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelMessage {
    /// Its number since the machine was booted. The ring buffer is full when the first that is left is not 0.
    pub number: u64,
    /// What it says.
    pub line: AuditLine,
}

impl KernelMessage {
    /// Reads a message; none if it is not the kernel's.
    ///
    /// SPEC: Documentation/ABI/testing/dev-kmsg: `PRIORITY,NUMBER,MICROSECONDS,FLAGS[,…];MESSAGE`, then lines of other
    /// properties. A byte that is not printable, and a backslash, is `\xHH`.
    ///
    /// SECURITY: only facility 0 counts. Who may write to `/dev/kmsg` cannot claim that.
    #[must_use]
    pub fn parse(read: &[u8]) -> Option<Self> {
        let (prefix, rest) = split_once(read, b';')?;
        let mut prefix = prefix.split(|&byte| byte == b',');
        let priority: u32 = decimal(prefix.next()?)?;
        let number = decimal(prefix.next()?)?;
        let end = rest.iter().position(|&byte| byte == b'\n');
        let message = end.map_or(rest, |end| rest.split_at(end).0);
        (priority >> 3 == 0).then(|| Self {
            number,
            line: AuditLine::of_kernel(&unescaped(message)),
        })
    }
}

fn unescaped(message: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(message.len());
    let mut rest = message;
    while let Some((&byte, after)) = rest.split_first() {
        match escape(rest) {
            Some((escaped, behind)) => {
                plain.push(escaped);
                rest = behind;
            }
            None => {
                plain.push(byte);
                rest = after;
            }
        }
    }
    plain
}

/// The byte that an escape at the start of a text stands for, and the text behind it.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.strip_prefix(b"\\x")?.split_first_chunk::<2>()?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((byte, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "audit: type=1800 audit(1764000000.123:77): pid=1 uid=0 op=appraise_data \
        cause=invalid-hash comm=\"x\" name=\"/a\\x5cb\" dev=\"vda\" ino=1 res=0 errno=0";

    #[test]
    fn escapes_are_undone() {
        let read = format!("5,12,99,-;{RECORD}\n DEVICE=x\n");
        let message = KernelMessage::parse(read.as_bytes()).unwrap();
        assert_eq!(message.number, 12);
        let AuditLine::Record(record) = message.line else {
            panic!("no record");
        };
        assert_eq!(record.name, b"/a\\b");
        assert_eq!(unescaped(b"\\x0a\\x\\xg0\\x4"), b"\n\\x\\xg0\\x4");
    }

    #[test]
    fn only_the_kernel_is_believed() {
        // As a program's own line comes back: with the facility LOG_USER.
        for read in [
            format!("13,12,99,-;{RECORD}\n"),
            format!("-5,12,99,-;{RECORD}\n"),
            RECORD.to_owned(),
            format!("5;{RECORD}"),
        ] {
            assert_eq!(KernelMessage::parse(read.as_bytes()), None, "{read}");
        }
    }
}
