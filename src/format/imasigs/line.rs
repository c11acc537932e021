//! One line of a list: an entry and its keywords.

use data_encoding::BASE64;

use super::escape::unescaped;
use super::{Entry, KEYWORDS_MAX, Problem};
use crate::format::decimal::decimal;
use crate::format::ima::{Digest, HashAlgorithm, Signature};
use crate::format::package_path::PackagePath;

/// The keywords of one line.
#[derive(Default)]
struct Keywords<'a> {
    kind: Option<&'a str>,
    size: Option<&'a str>,
    digest: Option<(HashAlgorithm, &'a str)>,
    ima: Option<&'a str>,
    /// The others, whole.
    unknown: Vec<&'a str>,
}

impl<'a> Keywords<'a> {
    fn collect(words: impl Iterator<Item = &'a str>) -> Result<Self, Problem> {
        let mut keywords = Self::default();
        let mut seen = Vec::with_capacity(KEYWORDS_MAX);
        for word in words.filter(|word| !word.is_empty()) {
            let (keyword, value) = word.split_once('=').unwrap_or((word, ""));
            if seen.len() == KEYWORDS_MAX {
                return Err(Problem::TooManyKeywords);
            }
            if seen.contains(&keyword) {
                return Err(Problem::DuplicateKeyword(keyword.into()));
            }
            seen.push(keyword);
            match (keyword, HashAlgorithm::from_name(keyword)) {
                ("type", _) => keywords.kind = Some(value),
                ("size", _) => keywords.size = Some(value),
                ("security.ima", _) => keywords.ima = Some(value),
                // The first digest is the one that was signed; a further one is kept as an unknown keyword.
                (_, Some(algorithm)) if keywords.digest.is_none() => {
                    keywords.digest = Some((algorithm, value));
                }
                _ => keywords.unknown.push(word),
            }
        }
        Ok(keywords)
    }
}

/// Reads the entry of a line, which has no line feed.
pub(super) fn parse_entry(line: &str) -> Result<Entry, Problem> {
    let mut words = line.split(' ');
    let name = words.next().and_then(|name| name.strip_prefix("./"));
    let name = name.and_then(|name| unescaped(name.as_bytes()));
    let path = PackagePath::new(&name.ok_or(Problem::Name)?)?;

    let keywords = Keywords::collect(words)?;
    if keywords.kind.ok_or(Problem::MissingKeyword("type"))? != "file" {
        return Err(Problem::Type);
    }
    let size = keywords.size.ok_or(Problem::MissingKeyword("size"))?;
    let size = decimal(size.as_bytes()).ok_or(Problem::Size)?;
    let (listed, hex) = keywords.digest.ok_or(Problem::MissingKeyword("sha256"))?;
    let digest = Digest::from_hex(listed, hex)?;
    let ima = keywords
        .ima
        .ok_or(Problem::MissingKeyword("security.ima"))?;
    let value = BASE64.decode(ima.as_bytes()).map_err(|_| Problem::Base64)?;
    let signature = Signature::parse_beside(&value, listed)?;
    Ok(Entry {
        path,
        size,
        digest,
        signature,
        unknown: (!keywords.unknown.is_empty()).then(|| keywords.unknown.join(" ").into()),
    })
}
