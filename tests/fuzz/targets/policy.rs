//! An IMA policy.
//!
//! Rules and errors stand at lines that are there, in their order, and there is a rule or an error.

use dpkg_ima::format::policy::Policy;

use super::support::assert_plain;

pub fn run(data: &[u8]) {
    let lines = data.split(|&byte| byte == b'\n').count();
    let numbers: Vec<usize> = match Policy::parse(data) {
        Ok(policy) => policy.rules().iter().map(|rule| rule.line).collect(),
        Err(errors) => {
            errors.iter().for_each(assert_plain);
            errors.iter().map(|error| error.line).collect()
        }
    };
    assert!(!numbers.is_empty() && numbers.is_sorted());
    assert!(numbers.iter().all(|line| (1..=lines).contains(line)));
}
