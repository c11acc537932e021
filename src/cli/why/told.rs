//! One refusal as it is printed. Pure.

use std::fmt;

use serde_json::{Value, json};

use super::policy_told::PolicyTold;
use super::told_times::ToldTimes;
use crate::format::imasigs::escaped;
use crate::tasks::why::{
    Effect, FileNow, LabelNow, ListNow, ListedContent, PolicyNow, Reason, Refused, Remedy,
    SignatureNow, deciding_rules, reasons, remedy,
};

/// A file that was refused, or that was asked about, and all that is known of it.
pub(super) struct Told<'a> {
    /// Its path, in raw bytes.
    pub(super) name: &'a [u8],
    /// The records, and what they meant; none if there are none.
    pub(super) refused: Option<(&'a Refused, Effect)>,
    pub(super) now: &'a FileNow,
    pub(super) has_sources: bool,
    /// None if it is not known.
    pub(super) policy: Option<&'a PolicyNow>,
}

impl Told<'_> {
    /// Whether nothing was refused, and nothing would be.
    pub(super) fn is_fine(&self) -> bool {
        self.refused.is_none() && (self.is_good_now() || self.is_unharmed())
    }

    /// Whether the policy does not look at it, or takes the hash that it has.
    fn is_unharmed(&self) -> bool {
        let has_hash = matches!(
            self.now,
            FileNow::There {
                label: LabelNow::Hash,
                ..
            }
        );
        self.policy_told()
            .is_some_and(|told| told.is_exempt() || has_hash && told.takes_hash())
    }

    /// The rules that come into question; none if that cannot be told.
    fn policy_told(&self) -> Option<PolicyTold> {
        let FileNow::There { program, .. } = self.now else {
            return None;
        };
        let (policy, place) = self.policy.map(|now| (&now.policy, now.place))?;
        let record = self.refused.map(|(refused, _)| &refused.last);
        let deciding_rules = deciding_rules(policy, program, record)?;
        Some(PolicyTold {
            place,
            deciding_rules,
        })
    }

    fn is_good_now(&self) -> bool {
        let told = self.policy_told();
        self.now.is_good() && !told.is_some_and(|told| told.takes_no_label())
    }

    fn reasons(&self) -> (Option<Reason>, Option<Reason>) {
        reasons(
            self.refused.map(|(refused, _)| &refused.last.cause),
            self.now,
        )
    }

    /// None for a file with which nothing is wrong.
    fn remedy(&self) -> Option<Remedy> {
        if self.is_fine() {
            return None;
        }
        let record = self.refused.map(|(refused, _)| &refused.last);
        let record = record.map(|last| (last.operation, &last.cause));
        remedy(record, self.now, self.has_sources)
    }

    fn list(&self) -> Option<&ListNow> {
        match self.now {
            FileNow::There { list, .. } => Some(list),
            FileNow::NoPath | FileNow::Gone | FileNow::Another { .. } => None,
        }
    }

    /// The same as an object.
    pub(super) fn as_json(&self) -> Value {
        let (reason, now) = self.reasons();
        let last = self.refused.map(|(refused, _)| &refused.last);
        let text = |text: &dyn fmt::Display| text.to_string();
        let mut object = json!({
            "file": escaped(self.name),
            "effect": self.refused.map(|(_, effect)| effect.name()),
            "accepted_now": self.is_good_now(),
            "reason": reason.as_ref().map(Reason::name),
            "reason_text": reason.as_ref().map(|reason| text(reason)),
            "now": now.as_ref().map(Reason::name),
            "now_text": now.as_ref().map(|now| text(now)),
            "package": self.list().and_then(ListNow::package).map(|package| text(package)),
            "policy": self.policy_told().map(|told| text(&told.place)),
            "rules": self.policy_told().map(|told| told.as_json()),
            "remedy": self.remedy().map(|remedy| text(&remedy)),
            "is_command": self.remedy().is_some_and(|remedy| remedy.is_command()),
        });
        if let (Some((refused, _)), Some(last)) = (self.refused, last) {
            let commands: Vec<_> = refused.commands.iter().map(|name| text(name)).collect();
            object["operation"] = last.operation.name().into();
            object["cause"] = text(&last.cause).into();
            object["count"] = refused.count.into();
            object["first"] = refused.first.time().into();
            object["last"] = last.stamp.time().into();
            object["commands"] = commands.into();
            object["process"] = last.process.into();
            object["user"] = last.user.into();
            object["device"] = last.device.as_ref().map(|name| text(name)).into();
            object["inode"] = last.inode.into();
        }
        object
    }

    /// What the kernel would do with a file of which there is no record.
    fn expected(&self) -> &'static str {
        let told = self.policy_told();
        match told {
            _ if self.is_good_now() => "the kernel would accept it",
            None => "the kernel would refuse it, where its policy demands a signature",
            Some(told) if told.is_exempt() => "the kernel would not look at it",
            Some(_) if self.is_unharmed() => "the kernel would accept the hash of its content",
            Some(told) if told.is_certain() => "the kernel would refuse it",
            Some(_) => "the kernel may refuse it",
        }
    }

    fn write_policy(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(told) = self.policy_told() else {
            return Ok(());
        };
        write!(f, "; {told}")?;
        match self.refused.is_some() && told.is_exempt() {
            true => f.write_str(", so the kernel has another policy"),
            false => Ok(()),
        }
    }

    /// Whoever can change a file gets signed what he has put there.
    fn write_writers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_to_be_signed = matches!(self.remedy(), Some(Remedy::SignFile(_)));
        match self.now {
            FileNow::There {
                program,
                is_only_roots: false,
                ..
            } if is_to_be_signed => match program.owner {
                0 => f.write_str(
                    "; others than root can change it, so look at it before you sign it",
                ),
                user => write!(
                    f,
                    "; it is of user {user}, so look at it before you sign it"
                ),
            },
            _ => Ok(()),
        }
    }

    fn write_heading(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refused {
            None => write!(f, "{}: there is no record of a refusal", escaped(self.name)),
            Some((refused, effect)) => {
                let is_again = false;
                let times = ToldTimes {
                    refused,
                    effect,
                    is_again,
                };
                write!(f, "{times}")
            }
        }
    }

    fn write_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reasons() {
            (Some(then), None) => write!(f, "{then}"),
            (Some(then), Some(now)) => write!(f, "{then}; now {now}"),
            (None, Some(now)) => write!(f, "{}: {now}", self.expected()),
            (None, None) => Ok(()),
        }
    }
}

/// One paragraph: what, for whom; why, and whose it is; what helps.
impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_heading(f)?;
        f.write_str("\n  ")?;
        self.write_reason(f)?;
        if let Some(list) = self.list() {
            write!(f, "; {}", whose(list))?;
        }
        if let FileNow::There {
            original: Some(original),
            ..
        } = self.now
        {
            let original = escaped(original.as_os_str().as_encoded_bytes());
            write!(
                f,
                "; its content is that of {original}, copied without the label"
            )?;
        }
        self.write_policy(f)?;
        self.write_writers(f)?;
        match self.remedy() {
            Some(remedy) => write!(f, "\n  -> {remedy}"),
            None if self.refused.is_some() => {
                f.write_str("\n  -> nothing: it would be accepted now")
            }
            None => Ok(()),
        }
    }
}

fn whose(list: &ListNow) -> String {
    match list {
        ListNow::NoPackage => "no package has it".to_owned(),
        ListNow::NoList(package) => format!("it is package {package}'s, which has no signatures"),
        ListNow::NotNamed(package) => {
            format!("it is package {package}'s, whose signature list does not name it")
        }
        ListNow::Named {
            package,
            content: ListedContent::Altered | ListedContent::ChangedConffile,
            ..
        } if package.is_local() => "it was signed on this machine, with another content".to_owned(),
        ListNow::Named {
            package,
            content: ListedContent::Altered | ListedContent::ChangedConffile,
            ..
        } => format!("it is package {package}'s"),
        ListNow::Named {
            package, signature, ..
        } => {
            let signature = match signature {
                SignatureNow::Genuine(key) => format!("has a signature of it by key {key}"),
                SignatureNow::Unfit(key) => {
                    format!("has a forged or damaged signature of it, under key {key}")
                }
                SignatureNow::UnknownKey { key_id, .. } => {
                    format!("has a signature of it by key {key_id}, which the kernel does not hold")
                }
            };
            match package.is_local() {
                true => format!("the list of local programs {signature}"),
                false => format!("it is package {package}'s, whose signature list {signature}"),
            }
        }
    }
}
