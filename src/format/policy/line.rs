//! One line of a policy: its words, and whether they fit together.

use super::words::{self, AppraiseType, Word};
use super::{Action, Demand, Hook, LINE_MAX, Mistake, Rule};

/// Reads the rule of a line, whose number is `line`; none if the line is empty or a comment.
pub(super) fn parse(bytes: &[u8], line: usize) -> Result<Option<Rule>, Mistake> {
    if bytes.len() + 1 > LINE_MAX {
        return Err(Mistake::TooLong);
    }
    let text = std::str::from_utf8(bytes).ok();
    let comment = bytes.trim_ascii_start().starts_with(b"#");
    let text = match text.filter(|text| text.is_ascii() && !text.contains('\0')) {
        Some(text) => text,
        None if comment && !bytes.contains(&0) => return Ok(None),
        None => return Err(Mistake::NotText),
    };
    // SPEC: strsep(…, " \t"). Only newer kernels take a comment behind a rule.
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    let action = match words.next() {
        Some(word) if !word.starts_with('#') => word,
        _ => return Ok(None),
    };
    let mut draft = Draft::new(action, line)?;
    for word in words {
        draft.add(word)?;
    }
    draft.finish().map(Some)
}

/// A rule whose words are being read.
struct Draft {
    verb: &'static str,
    rule: Rule,
    appraise_type: Option<AppraiseType>,
    /// `digest_type=verity` was said.
    is_verity: bool,
    /// The name of a word with an effective user or group.
    effective: Option<&'static str>,
    /// Names of the words so far, each once.
    said: Vec<&'static str>,
}

const ACTIONS: [&str; 7] = [
    "appraise",
    "dont_appraise",
    "measure",
    "dont_measure",
    "audit",
    "hash",
    "dont_hash",
];

impl Draft {
    fn new(action: &str, line: usize) -> Result<Self, Mistake> {
        let verb = ACTIONS.into_iter().find(|known| *known == action);
        let verb = verb.ok_or_else(|| Mistake::Action(action.into()))?;
        let action = match verb {
            "appraise" => Action::Appraise(Demand::Hash),
            "dont_appraise" => Action::DontAppraise,
            _ => Action::Other,
        };
        let rule = Rule {
            line,
            action,
            hook: None,
            conditions: Vec::new(),
        };
        Ok(Self {
            verb,
            rule,
            appraise_type: None,
            is_verity: false,
            effective: None,
            said: Vec::new(),
        })
    }

    fn add(&mut self, word: &str) -> Result<(), Mistake> {
        let (name, parsed) = words::parse(word)?;
        if self.said.contains(&name) {
            return Err(Mistake::Twice(name));
        }
        self.said.push(name);
        if word.starts_with("euid") || word.starts_with("egid") {
            self.effective = Some(name);
        }
        match parsed {
            Word::Hook(hook) => self.rule.hook = Some(hook),
            Word::Condition(condition) => self.rule.conditions.push(condition),
            Word::AppraiseType(value) => self.set_appraise_type(value)?,
            // SPEC: the kernel reads from left to right, and refuses it behind any type.
            Word::Verity if self.appraise_type.is_some() => return Err(Mistake::Verity),
            Word::Verity => self.is_verity = true,
            Word::OfAppended => return Err(Mistake::OfAppended(word.into())),
            Word::Option => {}
        }
        Ok(())
    }

    /// SPEC: `ima_parse_rule()`, up to Linux 7.0: signatures of version 3 are over digests of fs-verity alone.
    fn set_appraise_type(&mut self, value: AppraiseType) -> Result<(), Mistake> {
        self.appraise_type = Some(value);
        match (value, self.is_verity) {
            (AppraiseType::Signature, false) | (AppraiseType::VeritySignature, true) => Ok(()),
            (AppraiseType::Signature, true) | (AppraiseType::VeritySignature, false) => {
                Err(Mistake::Verity)
            }
        }
    }

    /// The rule, if its words fit together. SPEC: `ima_validate_rule()`.
    fn finish(mut self) -> Result<Rule, Mistake> {
        self.ensure_options_fit_the_action()?;
        self.ensure_options_fit_the_hook()?;
        if let Action::Appraise(demand) = &mut self.rule.action {
            *demand = match self.appraise_type {
                None if self.is_verity => return Err(Mistake::Verity),
                None => Demand::Hash,
                Some(AppraiseType::Signature) => Demand::Signature,
                Some(AppraiseType::VeritySignature) => Demand::VeritySignature,
            };
        }
        Ok(self.rule)
    }

    fn ensure_options_fit_the_action(&self) -> Result<(), Mistake> {
        const APPRAISE: [&str; 3] = ["appraise_type", "appraise_flag", "appraise_algos"];
        const MEASURE: [&str; 4] = ["pcr", "template", "keyrings", "label"];
        for name in &self.said {
            let measure = MEASURE.contains(name) && self.verb != "measure";
            let appraise = APPRAISE.contains(name) && self.verb != "appraise";
            if measure || appraise {
                return Err(Mistake::Unfit(name));
            }
        }
        Ok(())
    }

    fn ensure_options_fit_the_hook(&self) -> Result<(), Mistake> {
        let hook = self.rule.hook;
        let measured = matches!(self.verb, "measure" | "dont_measure");
        if hook.is_some_and(Hook::is_only_measured) && !measured {
            return Err(Mistake::Unfit("func"));
        }
        for (name, needed) in [("keyrings", Hook::KeyCheck), ("label", Hook::CriticalData)] {
            if self.said.contains(&name) && hook != Some(needed) {
                return Err(Mistake::Unfit(name));
            }
        }
        if hook == Some(Hook::SetxattrCheck) {
            self.ensure_algorithms()?;
        }
        let is_unfit = |name: &&&str| hook.is_some_and(|hook| !hook.takes(name));
        let effective = self.effective.as_ref();
        let effective = effective.filter(|_| hook.is_some_and(|hook| !hook.takes_effective()));
        let unfit = self.said.iter().find(is_unfit).or(effective);
        unfit.map_or(Ok(()), |name| Err(Mistake::Unfit(name)))
    }

    fn ensure_algorithms(&self) -> Result<(), Mistake> {
        if self.verb != "appraise" {
            return Err(Mistake::Unfit("func"));
        }
        match self.said.contains(&"appraise_algos") {
            true => Ok(()),
            false => Err(Mistake::Missing("appraise_algos")),
        }
    }
}

#[cfg(test)]
mod tests;
