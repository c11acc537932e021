//! `dpkg-ima keys`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{KeysArgs, KeysCommand, KeysListArgs, KeysLoadArgs};
use super::exit::Exit;
use super::images::complain_of_images;
use super::report::Report;
use crate::format::ima::KeyId;
use crate::format::plural::and_more;
use crate::format::text::Text;
use crate::keys::certificates::{
    CertificateFileError, certificates, no_certificate, unused_files, warn_of_dates,
};
use crate::keys::ima_keyring::{KernelKey, KeyringError, KeyringKind, load, members};
use crate::machine::error::{SystemError, shown};
use crate::machine::root::Root;
use crate::tasks::keys::{Counted, Dependents, Share, count_dependents};

pub fn run(args: &KeysArgs) -> Exit {
    let mut report = Report::new();
    let done = match &args.what {
        KeysCommand::Load(args) => run_load(args, &mut report),
        KeysCommand::List(args) => run_list(args, &mut report),
        KeysCommand::Revoke(args) => return super::revoke::run(args),
    };
    if let Err(error) = done {
        report.trouble(&error, None);
    }
    report.finish()
}

fn run_load(args: &KeysLoadArgs, report: &mut Report) -> Result<(), KeyringError> {
    let root = Root::open(&args.root)?;
    let (kind, loaded) = load(&root)?;
    note_unused_files(&root, report)?;
    if loaded.is_empty() {
        let hint = "put the certificate there, as *.pem or *.der";
        report.trouble(no_certificate(&root), Some(hint));
    }
    for certificate in loaded {
        let path = shown(&certificate.path);
        match certificate.result {
            Ok(key_id) => report.line(format_args!("{key_id} in {}: {path}", kind.name())),
            Err(error) => {
                report.trouble(format_args!("cannot load '{path}': {error}"), error.hint());
            }
        }
    }
    complain_of_images(&root);
    Ok(())
}

fn run_list(args: &KeysListArgs, report: &mut Report) -> Result<(), KeyringError> {
    let root = Root::open(&args.root)?;
    let ours = key_ids(&root, report)?;
    note_unused_files(&root, report)?;
    if ours.is_empty() {
        report.note(no_certificate(&root));
    }
    let (kind, kernel) = members()?;
    let Counted {
        dependents,
        failures,
        first_failure,
    } = count_dependents(&root)?;
    if let Some(first) = first_failure {
        let more = and_more(failures.saturating_sub(1));
        report.note(format_args!(
            "not counted, as it cannot be read: {first}{more}"
        ));
    }
    let lines = all_keys(&ours, &kernel, &dependents);
    let is_lacking = |line: &KeyRow<'_>| line.path.is_some() && line.description.is_none();
    if lines.iter().any(is_lacking) {
        report.answer(Exit::No);
    }
    for line in &lines {
        if args.json {
            report.json(&line.as_json(kind));
        } else {
            report.line(line.as_text(kind));
        }
    }
    Ok(())
}

fn note_unused_files(root: &Root, report: &Report) -> Result<(), SystemError> {
    unused_files(root)?
        .iter()
        .for_each(|file| report.note(file));
    Ok(())
}

/// The key and file of each certificate in `/etc/keys/ima`. One that cannot be used is reported.
fn key_ids(root: &Root, report: &mut Report) -> Result<Vec<(KeyId, PathBuf)>, SystemError> {
    let mut found = Vec::new();
    for (path, certificate) in certificates(root)? {
        match certificate {
            Ok(certificate) => {
                warn_of_dates(&path, &certificate.der);
                found.push((certificate.key_id, path));
            }
            Err(CertificateFileError::System(error)) => return Err(error),
            Err(error) => report.trouble(format_args!("'{}': {error}", shown(&path)), None),
        }
    }
    Ok(found)
}

/// A key that is on disk, in the kernel, or named by a label.
struct KeyRow<'a> {
    key_id: KeyId,
    /// The file of its certificate, if that is on disk.
    path: Option<&'a Path>,
    /// The kernel's description, if it has the key.
    description: Option<&'a Text>,
    /// The files whose labels name it; none if there are none.
    files: Option<&'a Share>,
}

/// Every certificate on disk, then the keys that only the kernel has, then those that only labels name.
fn all_keys<'a>(
    ours: &'a [(KeyId, PathBuf)],
    kernel: &'a [KernelKey],
    dependents: &'a Dependents,
) -> Vec<KeyRow<'a>> {
    let files = |key| dependents.get(key).map(|of| &of.files);
    let on_disk = ours.iter().map(|(key_id, path)| {
        let loaded = kernel.iter().find(|key| key.key_id == *key_id);
        KeyRow {
            key_id: *key_id,
            path: Some(path),
            description: loaded.map(|key| &key.description),
            files: files(*key_id),
        }
    });
    let is_ours = move |key| ours.iter().any(|(ours, _)| *ours == key);
    let only = move |key: &&KernelKey| !is_ours(key.key_id);
    let in_kernel = kernel.iter().filter(only).map(|key| KeyRow {
        key_id: key.key_id,
        path: None,
        description: Some(&key.description),
        files: files(key.key_id),
    });
    let is_in_kernel = |key| kernel.iter().any(|other| other.key_id == key);
    let not_held = dependents
        .iter()
        .filter(|(key, _)| !is_ours(*key) && !is_in_kernel(*key));
    let not_held = not_held.map(|(key_id, of)| KeyRow {
        key_id,
        path: None,
        description: None,
        files: Some(&of.files),
    });
    on_disk.chain(in_kernel).chain(not_held).collect()
}

impl KeyRow<'_> {
    fn as_text(&self, kind: KeyringKind) -> String {
        let place = match (self.path, self.description) {
            (Some(_), Some(_)) => "in",
            (_, None) => "not in",
            (None, Some(_)) => "only in",
        };
        let name = self.path.map(shown).or(self.escaped_description());
        let name = name.unwrap_or_else(|| "no certificate".to_owned());
        let files = self.files.map_or("no file".to_owned(), Share::to_string);
        format!("{} {place} {}: {name}: {files}", self.key_id, kind.name())
    }

    fn as_json(&self, kind: KeyringKind) -> serde_json::Value {
        json!({
            "key": self.key_id.to_string(),
            "keyring": kind.name(),
            "loaded": self.description.is_some(),
            "file": self.path.map(shown),
            "description": self.escaped_description(),
            "files": self.files.map_or(0, |share| share.files),
            "packages": self.files.map_or(0, Share::packages),
        })
    }

    fn escaped_description(&self) -> Option<String> {
        self.description.map(Text::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::PackageName;
    use crate::labelling::LabelKey;

    #[test]
    fn each_key_is_named_once_with_where_it_is_and_what_depends_on_it() {
        let key = |key_id, description: &str| KernelKey {
            serial: 1,
            key_id: KeyId(key_id),
            algorithm: "rsa".into(),
            description: description.into(),
        };
        let ours = [(KeyId(1), "/k/a.pem".into()), (KeyId(2), "/k/b.der".into())];
        let kernel = [key(2, "b"), key(3, "c\u{1b}")];
        let package = PackageName::new("p").unwrap();
        let mut dependents = Dependents::default();
        for id in [2, 2, 3, 4] {
            let (id, verifies) = (KeyId(id), true);
            dependents.add(Some(LabelKey { id, verifies }), Some(&package));
        }
        let lines = all_keys(&ours, &kernel, &dependents);
        let text: Vec<_> = lines
            .iter()
            .map(|line| line.as_text(KeyringKind::Own))
            .collect();
        assert_eq!(
            text,
            [
                "00000001 not in _ima: /k/a.pem: no file",
                "00000002 in _ima: /k/b.der: 2 files of 1 package",
                "00000003 only in _ima: c\\033: 1 file of 1 package",
                "00000004 not in _ima: no certificate: 1 file of 1 package",
            ]
        );
    }
}
