//! What a look at an output folder has found, as people and as programs read it.

use serde_json::json;

use crate::cli::growth::Growth;
use crate::cli::report::Report;
use crate::tasks::sign::{FolderStatus, OutputState, StaleCause};

/// What a look found, and how much `--prune` would remove: none if that is not sure.
pub(super) struct Found {
    pub(super) status: FolderStatus,
    pub(super) gone: Option<usize>,
}

impl Found {
    fn growth(&self) -> Growth {
        Growth {
            lists: self.status.list_bytes,
            packages: self.status.package_bytes,
        }
    }
}

/// In lines for people.
pub(super) fn print(found: &Found, report: &mut Report) {
    let status = &found.status;
    let missing = status.missing();
    report.line(format_args!(
        "{} up to date, {missing} missing, {} stale",
        status.up_to_date,
        status.to_make.len() - missing
    ));
    let is_missing = |state: OutputState| state == OutputState::Missing;
    let mut to_make = status.to_make.iter();
    if let Some((place, _)) = to_make.clone().find(|(_, state)| is_missing(*state)) {
        report.line(format_args!("missing, such as {place}"));
    }
    if let Some((place, state)) = to_make.find(|(_, state)| !is_missing(*state)) {
        report.line(format_args!("stale, such as {place}: {}", reason(*state)));
    }
    if let Some(gone) = found.gone.filter(|gone| *gone > 0) {
        report.line(format_args!(
            "of packages that are gone: {gone}, which --prune removes"
        ));
    }
    if status.list_bytes > 0 {
        report.line(format_args!("lists: {}", found.growth()));
    }
    if status.keys.len() > 1 {
        let keys = status.keys.iter();
        let keys: Vec<_> = keys
            .map(|(key, number)| format!("{number} by {key}"))
            .collect();
        let keys = keys.join(", ");
        report.line(format_args!(
            "several keys: {keys}; with --cert, others are stale"
        ));
    }
}

const fn reason(state: OutputState) -> &'static str {
    match state {
        OutputState::UpToDate { .. } => "up to date",
        OutputState::Missing => "missing",
        OutputState::Stale(StaleCause::Unrecorded) => {
            "not known to be made of this package with these options"
        }
        OutputState::Stale(StaleCause::Damaged) => "not as it was made",
        OutputState::Stale(StaleCause::OtherKey) => "not signed by the key of that certificate",
    }
}

/// As one object.
pub(super) fn as_json(found: &Found) -> serde_json::Value {
    let status = &found.status;
    let missing = status.missing();
    let to_make = status.to_make.iter().map(|(place, state)| {
        let name = match state {
            OutputState::Missing => "missing",
            _ => "stale",
        };
        json!({ "place": place, "state": name, "reason": reason(*state) })
    });
    let keys = status.keys.iter();
    let keys = keys.map(|(key, number)| (key.to_string(), json!(number)));
    json!({
        "up_to_date": status.up_to_date,
        "missing": missing,
        "stale": status.to_make.len() - missing,
        "gone": found.gone,
        "unreadable": status.failed.len(),
        "package_bytes": status.package_bytes,
        "list_bytes": status.list_bytes,
        "growth_percent": found.growth().percent(),
        "keys": serde_json::Map::from_iter(keys),
        "to_make": to_make.collect::<Vec<_>>(),
    })
}
