//! Whether a file was refused, or would have been.

use super::source::boot_time;
use crate::format::audit::{AuditRecord, Enforcer};
use crate::machine::appraise_mode::AppraiseMode;
use crate::machine::root::Root;

/// What a record meant for whoever wanted the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was refused.
    Refused,
    /// It was not, and would have been if the kernel enforced.
    WouldBe,
    /// One of these: it is of an earlier boot, or another machine, whose mode is not known.
    Either,
    /// The kernel told an interpreter, who had asked, that it would refuse the file.
    Advised,
}

impl Effect {
    /// In the passive, for a sentence about a file.
    #[must_use]
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::WouldBe => "would have been refused",
            Self::Either => "refused, or logged only",
            Self::Advised => "found wanting for an interpreter that asked",
        }
    }

    /// The word for it in `--json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::WouldBe => "would-be-refused",
            Self::Either => "refused-or-logged",
            Self::Advised => "advised",
        }
    }
}

/// What is known of the kernel's mode.
#[derive(Clone, Copy, Debug)]
pub struct Enforcement {
    /// Of the running kernel; none for another system.
    mode: Option<AppraiseMode>,
    /// When it was booted, in milliseconds since 1970; none if not known.
    since: Option<u64>,
}

impl Enforcement {
    /// Of the system of that root. `enforced`: its kernel says that it ignores what its command line says.
    #[must_use]
    pub fn of(root: &Root, enforced: bool) -> Self {
        let running = || match enforced {
            true => Some(AppraiseMode::Enforce),
            false => AppraiseMode::of_this_boot().ok(),
        };
        Self {
            mode: root.is_running_system().then(running).flatten(),
            since: boot_time(),
        }
    }

    /// The mode of the running kernel; none for another system.
    #[must_use]
    pub const fn mode(&self) -> Option<AppraiseMode> {
        self.mode
    }

    /// What a record meant.
    #[must_use]
    pub fn effect(&self, record: &AuditRecord) -> Effect {
        if record.enforcer == Enforcer::Interpreter {
            return Effect::Advised;
        }
        let of_this_boot = self
            .since
            .is_some_and(|since| record.stamp.milliseconds >= since);
        match self.mode {
            Some(AppraiseMode::Enforce) if of_this_boot => Effect::Refused,
            Some(AppraiseMode::Log | AppraiseMode::Fix | AppraiseMode::Off) if of_this_boot => {
                Effect::WouldBe
            }
            _ => Effect::Either,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::audit::AuditLine;

    #[test]
    fn mode_and_boot_decide() {
        let record = |kind| {
            let line = format!(
                "audit: type={kind} audit(1764000000.000:1): pid=1 uid=0 op=appraise_data \
                 cause=invalid-hash comm=\"x\" name=\"/x\" dev=\"vda\" ino=1 res=0 errno=0"
            );
            match AuditLine::of_kernel(line.as_bytes()) {
                AuditLine::Record(record) => record,
                other => panic!("{other:?}"),
            }
        };
        let (before, after) = (Some(1_764_000_000_000), Some(1_764_000_000_001));
        for (mode, since, kind, effect) in [
            (Some(AppraiseMode::Enforce), before, 1800, Effect::Refused),
            (Some(AppraiseMode::Log), before, 1800, Effect::WouldBe),
            (Some(AppraiseMode::Fix), before, 1800, Effect::WouldBe),
            (Some(AppraiseMode::Enforce), after, 1800, Effect::Either),
            (Some(AppraiseMode::Log), None, 1800, Effect::Either),
            (None, before, 1800, Effect::Either),
            (Some(AppraiseMode::Enforce), before, 1808, Effect::Advised),
        ] {
            let enforcement = Enforcement { mode, since };
            assert_eq!(enforcement.effect(&record(kind)), effect);
        }
    }
}
