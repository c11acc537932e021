//! The path filters of dpkg's configuration: paths that the administrator excluded.

use std::path::Path;

use crate::format::package_path::PackagePath;
use crate::machine::error::SystemError;
use crate::machine::root::Root;

/// dpkg's configuration file, beneath the root.
const FILE: &str = "etc/dpkg/dpkg.cfg";
/// The folder of configuration files that dpkg reads before it.
const FOLDER: &str = "etc/dpkg/dpkg.cfg.d";
/// Largest configuration file that we read, in bytes.
const FILE_MAX: u64 = 1 << 20;

/// The filters in their order. Those of a command line of dpkg are not known.
///
/// SPEC: dpkg(1), `--path-exclude`; `filter_should_skip()`, src/main/filters.c: the last that matches
/// decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters(Vec<(FilterKind, Vec<u8>)>);

/// The effect of a filter on the paths that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FilterKind {
    Exclude,
    Include,
}

impl Filters {
    /// Reads the configuration of that root.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn of_root(root: &Root) -> Result<Self, SystemError> {
        let folder = root.open_folder(Path::new(FOLDER))?;
        let names = folder.map(|folder| folder.names()).transpose()?;
        let mut names = names.unwrap_or_default();
        // SPEC: dpkg reads no file with another character in its name, such as a dot.
        let plain = |&byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        names.retain(|name| name.iter().all(plain));
        names.sort();
        let names = names
            .into_iter()
            .filter_map(|name| String::from_utf8(name).ok());
        let parts = names.map(|name| Path::new(FOLDER).join(name));
        let mut filters = Self::default();
        for path in parts.chain([FILE.into()]) {
            let content = root.read(&path, FILE_MAX)?.unwrap_or_default();
            filters
                .0
                .extend(content.split(|&byte| byte == b'\n').filter_map(parse));
        }
        Ok(filters)
    }

    /// Whether dpkg does not unpack that path.
    #[must_use]
    pub fn exclude(&self, path: &PackagePath) -> bool {
        let absolute = [b"/", path.as_bytes()].concat();
        let mut matching = self.0.iter().rev();
        let last = matching.find(|(_, pattern)| matches(pattern, &absolute));
        last.is_some_and(|(kind, _)| *kind == FilterKind::Exclude)
    }
}

/// A line of the configuration, `path-exclude=PATTERN` or with a space; none if it is another.
fn parse(line: &[u8]) -> Option<(FilterKind, Vec<u8>)> {
    let at = line
        .iter()
        .position(|&byte| byte == b'=' || byte.is_ascii_whitespace())?;
    let (name, pattern) = line.split_at(at);
    let kind = match name {
        b"path-exclude" => FilterKind::Exclude,
        b"path-include" => FilterKind::Include,
        _ => return None,
    };
    let pattern = pattern[1..].trim_ascii();
    let quoted = pattern
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    Some((kind, quoted.unwrap_or(pattern).to_vec()))
}

/// SPEC: fnmatch(3) without flags: a star and a question mark match slashes too.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Where to go on after a mismatch: behind the last star, one byte later in the text.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some(after) = pattern.strip_prefix(b"*") {
            retry = Some((after, text));
            pattern = after;
            continue;
        }
        match (match_one(pattern, text.first()), text.split_first()) {
            (Some(after), Some((_, rest))) => (pattern, text) = (after, rest),
            (_, None) if pattern.is_empty() => return true,
            _ => match retry {
                Some((after, [_, rest @ ..])) => {
                    retry = Some((after, rest));
                    (pattern, text) = (after, rest);
                }
                Some((_, [])) | None => return false,
            },
        }
    }
}

/// The pattern behind its first element, if that matches the byte.
fn match_one<'a>(pattern: &'a [u8], byte: Option<&u8>) -> Option<&'a [u8]> {
    let byte = *byte?;
    let (&first, rest) = pattern.split_first()?;
    match (first, rest) {
        (b'?', _) => Some(rest),
        (b'[', _) => match match_class(rest, byte) {
            Some((true, after)) => Some(after),
            Some((false, _)) => None,
            // No closing bracket: it stands for itself.
            None => (byte == b'[').then_some(rest),
        },
        (b'\\', [escaped, after @ ..]) => (*escaped == byte).then_some(after),
        _ => (first == byte).then_some(rest),
    }
}

/// Whether a byte is in the class that begins there, and the pattern behind its bracket; none without a bracket.
fn match_class(class: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let negated = matches!(class.first(), Some(b'!' | b'^'));
    let class = &class[usize::from(negated)..];
    // A bracket that comes first is a member.
    let end = class.iter().skip(1).position(|&byte| byte == b']')? + 1;
    let (mut members, after) = (&class[..end], &class[end + 1..]);
    let mut found = false;
    while let Some((&from, rest)) = members.split_first() {
        (found, members) = match rest {
            [b'-', to, rest @ ..] => (found || (from..=*to).contains(&byte), rest),
            _ => (found || from == byte, rest),
        };
    }
    Some((found != negated, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        for (pattern, text, expected) in [
            ("/usr/share/doc/*", "/usr/share/doc/x/y", true),
            ("/usr/share/doc/*", "/usr/share/docs", false),
            ("*", "", true),
            ("/a*b*c", "/axxbyyc", true),
            ("/a*b*c", "/axxbyy", false),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("/[a-c]x", "/bx", true),
            ("/[!a-c]x", "/bx", false),
            ("/[!a-c]x", "/dx", true),
            ("/[]x]", "/]", true),
            ("/[x", "/[x", true),
            (r"/\*", "/*", true),
            (r"/\*", "/x", false),
            ("/x", "/xy", false),
            (
                "/*/locale/*/LC_MESSAGES/*.mo",
                "/usr/share/locale/de/LC_MESSAGES/x.mo",
                true,
            ),
        ] {
            let matched = matches(pattern.as_bytes(), text.as_bytes());
            assert_eq!(matched, expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_last_match_decides() {
        let lines = [
            "# path-exclude=/usr/*",
            "path-exclude=/usr/share/doc/*",
            "path-include /usr/share/doc/*/copyright",
            "path-exclude \"/opt/*\"",
            "path-exclude",
            "no-debsig",
        ];
        let filters = Filters(
            lines
                .iter()
                .filter_map(|line| parse(line.as_bytes()))
                .collect(),
        );
        for (path, excluded) in [
            ("usr/share/doc/x/changelog", true),
            ("usr/share/doc/x/copyright", false),
            ("usr/bin/x", false),
            ("opt/x", true),
        ] {
            let path = PackagePath::new(path.as_bytes()).unwrap();
            assert_eq!(filters.exclude(&path), excluded, "{path:?}");
        }
    }
}
