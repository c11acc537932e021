//! One finding, as a line for people or a JSON object. Pure.

use serde_json::{Value, json};

use crate::format::imasigs::escaped;
use crate::tasks::verify::Finding;

/// The verdict, the key if the verdict is about one, and the file.
pub(super) fn as_text(finding: &Finding) -> String {
    let (name, path) = (finding.verdict.name(), escaped(&finding.path));
    match finding.verdict.key_id() {
        Some(key_id) => format!("{name} {key_id}: {path}"),
        None => format!("{name}: {path}"),
    }
}

pub(super) fn as_json(target: &str, finding: &Finding) -> Value {
    json!({
        "target": target,
        "file": escaped(&finding.path),
        "verdict": finding.verdict.name(),
        "key": finding.verdict.key_id().map(|key_id| key_id.to_string()),
    })
}
