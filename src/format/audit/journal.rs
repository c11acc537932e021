//! An entry of the journal, as `journalctl -o json --all` writes it in one line.

use serde_json::{Map, Value};

use super::record::Enforcer;
use super::{AuditLine, AuditStamp};
use crate::format::decimal::decimal;

/// Reads an entry. Its fields that begin with `_` are journald's own, and no program can choose them.
///
/// SPEC: systemd.journal-fields(7); a field whose bytes are no text is an array of numbers, see journalctl(1), `-o json`.
#[must_use]
pub fn journal_line(line: &[u8]) -> AuditLine {
    entry(line).unwrap_or(AuditLine::Other)
}

fn entry(line: &[u8]) -> Option<AuditLine> {
    let Value::Object(entry) = serde_json::from_slice(line).ok()? else {
        return None;
    };
    let message = bytes(&entry, "MESSAGE")?;
    match bytes(&entry, "_TRANSPORT")?.as_slice() {
        b"audit" => {
            let enforcer = Enforcer::of_type(&bytes(&entry, "_AUDIT_TYPE")?)?;
            Some(AuditLine::of_journald(stamp(&entry)?, enforcer, &message))
        }
        // SECURITY: not what a program wrote to /dev/kmsg, which has another facility.
        b"kernel" if bytes(&entry, "SYSLOG_FACILITY")? == b"0" => {
            Some(AuditLine::of_kernel(&message))
        }
        _ => None,
    }
}

/// Of a record that came by the audit socket: its time was put into the field in microseconds.
fn stamp(entry: &Map<String, Value>) -> Option<AuditStamp> {
    let microseconds: u64 = decimal(&bytes(entry, "_SOURCE_REALTIME_TIMESTAMP")?)?;
    Some(AuditStamp {
        milliseconds: microseconds / 1000,
        number: decimal(&bytes(entry, "_AUDIT_ID")?)?,
    })
}

fn bytes(entry: &Map<String, Value>, field: &str) -> Option<Vec<u8>> {
    match entry.get(field)? {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Array(bytes) => bytes
            .iter()
            .map(|byte| u8::try_from(byte.as_u64()?).ok())
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str =
        "pid=1 uid=0 op=appraise_data cause=invalid-hash comm=\\\"x\\\" name=\\\"/a\\\" res=0";

    fn is_record(line: &str) -> bool {
        matches!(journal_line(line.as_bytes()), AuditLine::Record(_))
    }

    #[test]
    fn records_by_either_transport() {
        let stamp = r#""_AUDIT_ID":"77","_SOURCE_REALTIME_TIMESTAMP":"1764000000123000""#;
        let audit = format!(
            r#"{{"_TRANSPORT":"audit","_AUDIT_TYPE":"1800",{stamp},"MESSAGE":"INTEGRITY_DATA {FIELDS}"}}"#
        );
        let kernel = format!(
            r#"{{"_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","MESSAGE":"audit: type=1800 audit(1764000000.123:77): {FIELDS}"}}"#
        );
        assert_eq!(
            journal_line(audit.as_bytes()),
            journal_line(kernel.as_bytes())
        );
        assert!(is_record(&audit));
        let message = "audit: type=1800 audit(1764000000.123:77): ".to_owned();
        let array: Vec<_> = (message + &FIELDS.replace('\\', ""))
            .bytes()
            .map(|byte| byte.to_string())
            .collect();
        let bytes = format!(
            r#"{{"_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","MESSAGE":[{}]}}"#,
            array.join(",")
        );
        assert_eq!(
            journal_line(bytes.as_bytes()),
            journal_line(kernel.as_bytes())
        );
    }

    #[test]
    fn what_a_program_wrote_is_no_record() {
        let message = format!("audit: type=1800 audit(1764000000.123:77): {FIELDS}");
        for line in [
            format!(r#"{{"_TRANSPORT":"kernel","SYSLOG_FACILITY":"1","MESSAGE":"{message}"}}"#),
            format!(r#"{{"_TRANSPORT":"kernel","MESSAGE":"{message}"}}"#),
            format!(r#"{{"_TRANSPORT":"syslog","SYSLOG_FACILITY":"0","MESSAGE":"{message}"}}"#),
            format!(
                r#"{{"_TRANSPORT":"audit","_AUDIT_TYPE":"1800","_AUDIT_ID":"77","MESSAGE":"INTEGRITY_DATA {FIELDS}"}}"#
            ),
            "[]".to_owned(),
            String::new(),
            "[".repeat(10_000),
        ] {
            assert_eq!(journal_line(line.as_bytes()), AuditLine::Other);
        }
    }
}
