//! What the policy demands of a file, as a clause. Pure.

use std::fmt;

use serde_json::{Value, json};

use crate::format::policy::Demand;
use crate::tasks::why::{DecidingRule, PolicyPlace};

/// The rules that come into question for a file.
pub(super) struct PolicyTold {
    pub(super) place: PolicyPlace,
    pub(super) deciding_rules: Vec<DecidingRule>,
}

impl PolicyTold {
    /// Whether no rule looks at the file.
    pub(super) fn is_exempt(&self) -> bool {
        self.deciding_rules.is_empty()
    }

    /// Whether a hash of the content is enough for every rule that looks at it.
    pub(super) fn takes_hash(&self) -> bool {
        let takes = |rule: &DecidingRule| rule.demand == Demand::Hash;
        !self.is_exempt() && self.deciding_rules.iter().all(takes)
    }

    /// Whether one of them surely demands a signature of another kind than labels are.
    pub(super) fn takes_no_label(&self) -> bool {
        let demands =
            |rule: &DecidingRule| rule.is_certain && rule.demand == Demand::VeritySignature;
        self.deciding_rules.iter().any(demands)
    }

    /// Whether one of them surely demands its label.
    pub(super) fn is_certain(&self) -> bool {
        self.deciding_rules.iter().any(|rule| rule.is_certain)
    }

    /// The rules as objects.
    pub(super) fn as_json(&self) -> Value {
        let rule = |rule: &DecidingRule| {
            json!({
                "line": rule.line,
                "access": rule.hook.verb(),
                "demand": match rule.demand {
                    Demand::Hash => "hash",
                    Demand::Signature => "signature",
                    Demand::VeritySignature => "verity-signature",
                },
                "certain": rule.is_certain,
            })
        };
        self.deciding_rules.iter().map(rule).collect()
    }
}

/// Such as `line 14 (execute) or 15 (map) of /etc/dpkg-ima/policy demands a signature`.
impl fmt::Display for PolicyTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_exempt() {
            return write!(f, "no rule of {} looks at it", self.place);
        }
        let line = |rule: &DecidingRule| format!("{} ({})", rule.line, rule.hook.verb());
        let lines: Vec<_> = self.deciding_rules.iter().map(line).collect();
        let demands = if self.is_certain() {
            "demands"
        } else {
            "may demand"
        };
        let least = self.deciding_rules.iter().map(|rule| rule.demand).min();
        let what = match least {
            Some(Demand::Hash) => "a hash or a signature",
            Some(Demand::Signature) | None => "a signature",
            Some(Demand::VeritySignature) => "a signature of its fs-verity digest",
        };
        let (lines, place) = (lines.join(" or "), self.place);
        write!(f, "line {lines} of {place} {demands} {what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::policy::Hook;

    #[test]
    fn lines_and_demands_are_told() {
        let told = |deciding_rules: &[(usize, Hook, Demand, bool)]| {
            let rule = |&(line, hook, demand, is_certain): &_| DecidingRule {
                line,
                hook,
                demand,
                is_certain,
            };
            PolicyTold {
                place: PolicyPlace::File {
                    path: "p",
                    is_newer: false,
                },
                deciding_rules: deciding_rules.iter().map(rule).collect(),
            }
        };
        use Demand::{Hash, Signature, VeritySignature};
        let both = [
            (14, Hook::BprmCheck, Signature, true),
            (15, Hook::MmapCheck, Signature, false),
        ];
        for (deciding_rules, text) in [
            (&[][..], "no rule of /p looks at it"),
            (
                &both,
                "line 14 (execute) or 15 (map) of /p demands a signature",
            ),
            (&both[1..], "line 15 (map) of /p may demand a signature"),
            (
                &[(2, Hook::FileCheck, VeritySignature, true)],
                "line 2 (open) of /p demands a signature of its fs-verity digest",
            ),
            (
                &[(2, Hook::FileCheck, Hash, true)],
                "line 2 (open) of /p demands a hash or a signature",
            ),
        ] {
            assert_eq!(told(deciding_rules).to_string(), text);
        }
        assert!(told(&[(2, Hook::FileCheck, Hash, true)]).takes_hash());
        assert!(told(&[(2, Hook::FileCheck, VeritySignature, true)]).takes_no_label());
        assert!(!told(&both).takes_no_label());
        assert!(!told(&both).takes_hash() && !told(&[]).takes_hash());
    }
}
