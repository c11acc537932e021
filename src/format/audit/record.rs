//! A record of IMA's appraisal.

use super::fields::Fields;
use super::{AuditStamp, Cause};
use crate::format::text::Text;

/// What the kernel was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// It appraised a file that was to be executed, mapped, loaded or opened.
    Appraise,
    /// It read the content to be appraised, or compared its hash algorithm with the policy.
    Collect,
    /// It was asked to write a label.
    SetLabel,
    /// It mapped a file as executable.
    Map,
}

impl Operation {
    /// SPEC: the argument `op` of `integrity_audit_msg()`, as [`Cause`] has the places. None for those that refuse
    /// nobody, such as `invalid_pcr`.
    fn of(word: &[u8]) -> Option<Self> {
        match word {
            b"appraise_data" => Some(Self::Appraise),
            b"collect_data" => Some(Self::Collect),
            b"set_data" => Some(Self::SetLabel),
            b"mmap_file" => Some(Self::Map),
            _ => None,
        }
    }

    /// The word for it in `--json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appraise => "appraise",
            Self::Collect => "collect",
            Self::SetLabel => "set-label",
            Self::Map => "map",
        }
    }
}

/// Who carries the refusal out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enforcer {
    /// The kernel.
    #[default]
    Kernel,
    /// An interpreter that has asked the kernel about a script (AT_EXECVE_CHECK, Linux 6.14), and may run it all the same.
    Interpreter,
}

impl Enforcer {
    /// What type a record has, by name or number; none if it is not about a file's data. auditd writes numbers that it
    /// does not know as `UNKNOWN[N]`.
    ///
    /// SPEC: `AUDIT_INTEGRITY_DATA`, `AUDIT_INTEGRITY_USERSPACE`, include/uapi/linux/audit.h.
    pub(super) const fn of_type(kind: &[u8]) -> Option<Self> {
        match kind {
            b"INTEGRITY_DATA" | b"1800" | b"UNKNOWN[1800]" => Some(Self::Kernel),
            b"INTEGRITY_USERSPACE" | b"1808" | b"UNKNOWN[1808]" => Some(Self::Interpreter),
            _ => None,
        }
    }
}

/// One refusal. All but the stamp is as the kernel wrote it, who got it from whoever named the file and the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When, and which.
    pub stamp: AuditStamp,
    /// Who refuses the file.
    pub enforcer: Enforcer,
    /// What was tried.
    pub operation: Operation,
    /// Why it was refused.
    pub cause: Cause,
    /// The name of the process: what it was executed as, or called itself; at most 15 bytes.
    pub command: Text,
    /// The number of the process.
    pub process: Option<u32>,
    /// The user that the process ran as.
    pub user: Option<u32>,
    /// The file, in raw bytes: its path from the root of the process's mounts, or its name alone where the kernel has
    /// no path. For [`Operation::SetLabel`] the path begins at the root of the filesystem. Never empty.
    pub name: Vec<u8>,
    /// The filesystem's device, such as `vda1`.
    pub device: Option<Text>,
    /// The file's inode number there.
    pub inode: Option<u64>,
}

impl AuditRecord {
    /// Reads what stands behind the stamp. None for a record that is not about a refusal of a file: another operation,
    /// or a result that is good.
    pub(super) fn parse(stamp: AuditStamp, enforcer: Enforcer, text: &[u8]) -> Option<Self> {
        let fields = Fields::of(text);
        let operation = Operation::of(fields.word("op")?)?;
        let cause = Cause::of(fields.word("cause")?);
        // SPEC: the result is that of verifying the label, which may be good on a filesystem that is not to be trusted.
        let refused = fields.number::<u8>("res")? == 0 || cause == Cause::Unverifiable;
        refused.then_some(())?;
        let command = fields.string("comm").unwrap_or_default();
        Some(Self {
            stamp,
            enforcer,
            operation,
            cause,
            command: command.as_slice().into(),
            process: fields.number("pid"),
            user: fields.number("uid"),
            name: fields.string("name")?,
            device: fields.string("dev").map(|name| name.as_slice().into()),
            inode: fields.number("ino"),
        })
    }
}
