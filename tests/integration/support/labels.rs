//! `security.ima` on disk, and what a package's list says; read without the code under test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};

/// The value of `security.ima` in hexadecimal, if the file has one.
#[track_caller]
pub fn label_of(file: &Path) -> Option<String> {
    let value =
        xattr::get(file, "security.ima").unwrap_or_else(|error| panic!("{file:?}: {error}"));
    value.map(|value| HEXLOWER.encode(&value))
}

/// A signature list: absolute path → value of `security.ima` in hexadecimal.
pub struct SignatureList(BTreeMap<String, String>);

impl SignatureList {
    /// Reads a list whose paths are ASCII without blanks, or leaves them escaped.
    #[track_caller]
    pub fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        Self(text.lines().skip(1).map(parse).collect())
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What it says, by path.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &String)> {
        self.0.iter().map(|(path, value)| (path.as_str(), value))
    }

    /// The signature for that path.
    #[track_caller]
    pub fn signature(&self, path: &str) -> String {
        let found = self.0.get(path);
        found
            .unwrap_or_else(|| panic!("the list does not name {path}"))
            .clone()
    }
}

fn parse(line: &str) -> (String, String) {
    let mut words = line.split(' ');
    let path = words.next().and_then(|word| word.strip_prefix('.'));
    let value = words.find_map(|word| word.strip_prefix("security.ima="));
    let value = value.and_then(|value| BASE64.decode(value.as_bytes()).ok());
    match (path, value) {
        (Some(path), Some(value)) => (path.to_owned(), HEXLOWER.encode(&value)),
        _ => panic!("not a line of a list: {line}"),
    }
}
