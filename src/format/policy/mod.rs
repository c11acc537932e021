//! IMA policies: rules as types, what a kernel would not take, and what rules say of an access. Pure.
//!
//! SPEC: Documentation/ABI/testing/ima_policy, and `ima_parse_rule()` and `ima_validate_rule()` in
//! security/integrity/ima/ima_policy.c, as of Linux 6.1, the oldest kernel that we support. What only
//! newer kernels know is refused, and so is what they would take but cannot be meant.

mod answer;
mod condition;
mod error;
mod parse;
mod rule;
mod words;

pub use answer::{Access, Answer, Subject};
pub use condition::{Comparison, Condition, Id, Mask, Matching};
pub use error::{Mistake, PolicyError};
pub use rule::{Action, Demand, Hook, Rule};

/// Longest line, in bytes with its line feed. SPEC: `ima_write_policy()`, ima_fs.c, cuts each write
/// after one page less a byte, and every rule is one write.
pub const LINE_MAX: usize = 4095;

/// A policy: in the order of the file, for the first rule that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// Every line that the kernel would not take; it refuses the whole policy for one of them.
    pub fn parse(text: &[u8]) -> Result<Self, Vec<PolicyError>> {
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line_number = index + 1;
            match parse::line(line, line_number) {
                Ok(rule) => rules.extend(rule),
                Err(mistake) => errors.push(PolicyError {
                    line: line_number,
                    mistake,
                }),
            }
        }
        if rules.is_empty() && errors.is_empty() {
            let mistake = Mistake::NoRule;
            errors.push(PolicyError { line: 1, mistake });
        }
        if errors.is_empty() {
            Ok(Self { rules })
        } else {
            Err(errors)
        }
    }

    /// Its rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether any rule demands a signature of what is executed, mapped or loaded.
    #[must_use]
    pub fn demands_signatures(&self) -> bool {
        let demands = |rule: &Rule| rule.action == Action::Appraise(Demand::Signature);
        self.rules.iter().any(demands)
    }
}
