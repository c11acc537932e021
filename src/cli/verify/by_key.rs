//! Files and packages by the keys that they depend on: the groups of `--by-key`, and the last words on a whole system.

use serde_json::json;

use crate::cli::report::Report;
use crate::format::ima::KeyId;
use crate::format::plural::count;
use crate::machine::error::shown;
use crate::tasks::keys::{Dependents, KeyNames, Share};

/// Prints a line or an object for each key, and what has none.
pub(super) fn print_groups(
    dependents: &Dependents,
    names: &KeyNames<'_>,
    json: bool,
    report: &mut Report,
) {
    for (key, of) in dependents.iter() {
        let shares = [(&of.files, true), (&of.claimed, false)];
        for (share, verifies) in shares.into_iter().filter(|(share, _)| share.files > 0) {
            match json {
                true => report.json(&as_json(key, names, share, verifies)),
                false => report.line(as_text(key, names, share, verifies)),
            }
        }
    }
    let rest = [
        ("no signature", dependents.without()),
        ("further keys (claimed)", dependents.beyond()),
    ];
    for (what, files) in rest.into_iter().filter(|(_, files)| *files > 0) {
        match json {
            true => report.json(&json!({ "key": null, "what": what, "files": files })),
            false => report.line(format_args!("{what}: {}", count(files, "file"))),
        }
    }
}

/// The key by its certificate, and by its id where that is not at hand.
fn as_text(key: KeyId, names: &KeyNames<'_>, share: &Share, verifies: bool) -> String {
    let name = names.get(key).map(|path| format!(" {}", shown(path)));
    let claimed = if verifies { "" } else { " (claimed)" };
    format!("{key}{}{claimed}: {share}", name.unwrap_or_default())
}

fn as_json(key: KeyId, names: &KeyNames<'_>, share: &Share, verifies: bool) -> serde_json::Value {
    json!({
        "key": key.to_string(),
        "certificate": names.get(key).map(shown),
        "verifies": verifies,
        "files": share.files,
        "packages": share.packages(),
    })
}

/// What of a whole system still depends on a key that is not held, or on another held key than the newest. Nothing, if all
/// depends on the newest.
pub(super) fn remnants(dependents: &Dependents, names: &KeyNames<'_>) -> Vec<String> {
    let newest = names.newest();
    let mut lines = Vec::new();
    for (key, of) in dependents.iter().filter(|(key, _)| Some(*key) != newest) {
        let (share, what) = match names.get(key) {
            None => (&of.claimed, "which is not held".to_owned()),
            Some(path) => {
                let newer = newest.and_then(|key| names.get(key)).map(shown);
                let (path, newer) = (shown(path), newer.unwrap_or_default());
                (
                    &of.files,
                    format!("whose certificate '{path}' is older than '{newer}'"),
                )
            }
        };
        if share.files > 0 {
            lines.push(format!("still on key {key}, {what}: {share}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::PackageName;
    use crate::labelling::LabelKey;

    #[test]
    fn without_certificates_every_key_is_a_claim() {
        let package = PackageName::new("p").unwrap();
        let (id, verifies) = (KeyId(7), false);
        let mut dependents = Dependents::default();
        let names = KeyNames::default();
        assert_eq!(remnants(&dependents, &names), [""; 0]);
        dependents.add(Some(LabelKey { id, verifies }), Some(&package));
        let told = "still on key 00000007, which is not held: 1 file of 1 package";
        assert_eq!(remnants(&dependents, &names), [told]);
        let claimed = &dependents.get(id).unwrap().claimed;
        let line = as_text(id, &names, claimed, false);
        assert_eq!(line, "00000007 (claimed): 1 file of 1 package");
    }
}
