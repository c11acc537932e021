//! An entry from its line.

use data_encoding::BASE64;

use super::escape::unescaped;
use super::{Entry, KEYS_MAX, Problem};
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::format::package_path::PackagePath;

/// The keys of one line that we know, each at most once.
#[derive(Default)]
struct Keys<'a> {
    kind: Option<&'a str>,
    size: Option<&'a str>,
    digest: Option<(HashAlgorithm, &'a str)>,
    ima: Option<&'a str>,
    unknown: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    fn collect(words: impl Iterator<Item = &'a str>) -> Result<Self, Problem> {
        let mut keys = Self::default();
        let mut seen = Vec::with_capacity(KEYS_MAX);
        for word in words.filter(|word| !word.is_empty()) {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            if seen.len() == KEYS_MAX {
                return Err(Problem::TooManyKeys);
            }
            if seen.contains(&key) {
                return Err(Problem::DuplicateKey(key.into()));
            }
            seen.push(key);
            match (key, HashAlgorithm::from_name(key)) {
                ("type", _) => keys.kind = Some(value),
                ("size", _) => keys.size = Some(value),
                ("security.ima", _) => keys.ima = Some(value),
                // The first digest is the one that was signed; another is a key like any unknown.
                (_, Some(algorithm)) if keys.digest.is_none() => {
                    keys.digest = Some((algorithm, value));
                }
                _ => keys.unknown.push(word),
            }
        }
        Ok(keys)
    }
}

/// The entry that a line holds.
pub(super) fn parse_entry(line: &str) -> Result<Entry, Problem> {
    let mut words = line.split(' ');
    let name = words.next().and_then(|name| name.strip_prefix("./"));
    let name = name.and_then(|name| unescaped(name.as_bytes()));
    let path = PackagePath::new(&name.ok_or(Problem::Name)?)?;

    let keys = Keys::collect(words)?;
    if keys.kind.ok_or(Problem::MissingKey("type"))? != "file" {
        return Err(Problem::Type);
    }
    let size = parse_size(keys.size.ok_or(Problem::MissingKey("size"))?)?;
    let (listed, hex) = keys.digest.ok_or(Problem::MissingKey("sha256"))?;
    let digest = Digest::from_hex(listed, hex)?;
    let ima = keys.ima.ok_or(Problem::MissingKey("security.ima"))?;
    let value = BASE64.decode(ima.as_bytes()).map_err(|_| Problem::Base64)?;
    let signature = Signature::parse(&value)?;
    let signed = signature.algorithm;
    if signed != listed {
        return Err(Problem::Algorithm { signed, listed });
    }
    Ok(Entry {
        path,
        size,
        digest,
        signature,
        unknown: (!keys.unknown.is_empty()).then(|| keys.unknown.join(" ").into()),
    })
}

/// Decimal digits only; `str::parse` would take a sign.
fn parse_size(text: &str) -> Result<u64, Problem> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or(Problem::Size)
}
