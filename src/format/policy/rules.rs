//! A whole policy: its rules, in their order.

use super::{Action, Demand, Mistake, PolicyError, Rule, line};

/// A policy that the kernel would take. Its rules are in the order of the file, for the first that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// Every line that the kernel would not take: it refuses the whole policy for one of them. Also if there is no rule
    /// at all.
    pub fn parse(text: &[u8]) -> Result<Self, Vec<PolicyError>> {
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for (bytes, line) in text.split(|&byte| byte == b'\n').zip(1..) {
            match line::parse(bytes, line) {
                Ok(rule) => rules.extend(rule),
                Err(mistake) => errors.push(PolicyError { line, mistake }),
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

    /// The rules, in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether any rule demands a signature.
    #[must_use]
    pub fn demands_signatures(&self) -> bool {
        let demands =
            |rule: &Rule| matches!(rule.action, Action::Appraise(demand) if demand > Demand::Hash);
        self.rules.iter().any(demands)
    }
}
