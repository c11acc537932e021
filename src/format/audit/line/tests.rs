use super::*;
use crate::format::audit::{Cause, Operation};

/// As Linux 6.1 and 6.12 write it; the process is one of an AppArmor machine.
const FIELDS: &str = "pid=612 uid=1000 auid=1000 ses=2 subj=unconfined op=appraise_data \
    cause=IMA-signature-required comm=\"bash\" name=\"/root/unsigned-env\" dev=\"vda\" ino=131 res=0 errno=0";

fn stamp() -> AuditStamp {
    AuditStamp {
        milliseconds: 1_764_000_000_123,
        number: 77,
    }
}

#[track_caller]
fn record(line: AuditLine) -> AuditRecord {
    match line {
        AuditLine::Record(record) => record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_record_by_three_ways_is_the_same() {
    let kernel = format!("audit: type=1800 audit(1764000000.123:77): {FIELDS}");
    let kernel = record(AuditLine::of_kernel(kernel.as_bytes()));
    assert_eq!(kernel.stamp, stamp());
    assert_eq!(kernel.operation, Operation::Appraise);
    assert_eq!(kernel.cause, Cause::SignatureRequired);
    assert_eq!(kernel.command.plain(), Some("bash"));
    assert_eq!((kernel.process, kernel.user), (Some(612), Some(1000)));
    assert_eq!(kernel.name, b"/root/unsigned-env");
    assert_eq!(kernel.device.as_ref().and_then(|d| d.plain()), Some("vda"));
    assert_eq!(kernel.inode, Some(131));
    for auditd in [
        format!("type=INTEGRITY_DATA msg=audit(1764000000.123:77): {FIELDS}"),
        format!("type=UNKNOWN[1800] msg=audit(1764000000.123:77): {FIELDS}"),
        format!("node=a.example type=1800 msg=audit(1764000000.123:77): {FIELDS}"),
        format!(
            "type=INTEGRITY_DATA msg=audit(1764000000.123:77): {FIELDS}\x1dUID=\"x\" AUID=\"x\""
        ),
    ] {
        assert_eq!(record(AuditLine::of_auditd(auditd.as_bytes())), kernel);
    }
    let journald = format!("INTEGRITY_DATA {FIELDS}");
    let journald = AuditLine::of_journald(stamp(), Enforcer::Kernel, journald.as_bytes());
    assert_eq!(record(journald), kernel);
}

#[test]
fn what_refuses_nobody_is_passed_over() {
    let with = |from: &str, to: &str| {
        let line = format!("audit: type=1800 audit(1764000000.123:77): {FIELDS}");
        let changed = line.replace(from, to);
        assert_ne!(changed, line);
        AuditLine::of_kernel(changed.as_bytes())
    };
    for (from, to) in [
        ("res=0", "res=1"),
        (" res=0", ""),
        ("op=appraise_data", "op=invalid_pcr"),
        ("type=1800", "type=1804"),
        ("name=", "nam="),
        (" cause=IMA-signature-required", ""),
        ("audit: type", "x audit: type"),
        ("audit(1764000000.123:77):", "audit(1764000000:77):"),
    ] {
        assert_eq!(with(from, to), AuditLine::Other, "{to}");
    }
    assert_eq!(
        AuditLine::of_auditd(b"type=SYSCALL msg=audit(1.001:1): op=x"),
        AuditLine::Other
    );
    assert_eq!(AuditLine::of_auditd(b""), AuditLine::Other);
}

#[test]
fn an_interpreter_that_asked_is_told_from_the_kernel() {
    for kind in ["1808", "UNKNOWN[1808]", "INTEGRITY_USERSPACE"] {
        let line = format!("type={kind} msg=audit(1764000000.123:77): {FIELDS}");
        let told = record(AuditLine::of_auditd(line.as_bytes()));
        assert_eq!(told.enforcer, Enforcer::Interpreter, "{kind}");
    }
}

/// The result of such a record is that of the signature, which may be good.
#[test]
fn a_filesystem_that_is_not_trusted_refuses_whatever_the_result() {
    let line = format!("audit: type=1800 audit(1764000000.123:77): {FIELDS}");
    let line = line.replace("IMA-signature-required", "unverifiable-signature");
    let told = record(AuditLine::of_kernel(
        line.replace("res=0", "res=1").as_bytes(),
    ));
    assert_eq!(told.cause, Cause::Unverifiable);
}

/// A process may be named as it likes: the name stays a value.
#[test]
fn no_name_becomes_a_field() {
    let hostile = "2F782220726573 0=1";
    let line = format!(
        "audit: type=1800 audit(1764000000.123:77): pid=1 uid=0 op=appraise_data \
         cause=invalid-signature comm=\"cause=x\" name=2F6120723D312063617573653D79 dev=\"vda\" ino=1 res=0 {hostile}"
    );
    let record = record(AuditLine::of_kernel(line.as_bytes()));
    assert_eq!(record.cause, Cause::InvalidSignature);
    assert_eq!(record.command.plain(), Some("cause=x"));
    assert_eq!(record.name, b"/a r=1 cause=y");
}

#[test]
fn losses_are_told_by_the_kernel_only() {
    for lost in [
        "audit: audit_lost=12 audit_rate_limit=0 audit_backlog_limit=64",
        "audit: rate limit exceeded",
        "audit: backlog limit exceeded",
        "audit: kauditd hold queue overflow",
        "kauditd_printk_skb: 34 callbacks suppressed",
    ] {
        assert_eq!(
            AuditLine::of_kernel(lost.as_bytes()),
            AuditLine::Lost,
            "{lost}"
        );
    }
    let enforced = "ima: Secure boot enabled: ignoring ima_appraise=log option";
    assert_eq!(
        AuditLine::of_kernel(enforced.as_bytes()),
        AuditLine::Enforced
    );
    for other in [
        "net_ratelimit: 34 callbacks suppressed",
        "x: audit: audit_lost=12",
        "kauditd_printk_skb: 34 callbacks",
    ] {
        assert_eq!(
            AuditLine::of_kernel(other.as_bytes()),
            AuditLine::Other,
            "{other}"
        );
    }
}
