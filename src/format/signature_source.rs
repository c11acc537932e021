//! Where signature lists are fetched from: the strings of `sources` in dpkg-ima.toml(5).

use std::fmt;

use super::text::Text;

/// A tree of signature lists ([`super::tree`]) that a web server or a filesystem offers. Prints as it was written,
/// without slashes at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureSource {
    /// `http://…` or `https://…`, fetched by apt's downloader.
    Web(String),
    /// `file:///…`: a folder of this machine, by its absolute path.
    Folder(String),
}

/// Why a string names no source. A message quotes it, but never what may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureSourceError {
    /// Another scheme, a relative path, or no host.
    #[error("'{0}' is no source: one begins with https://HOST, http://HOST or file:///")]
    Scheme(Text),
    /// SPEC: RFC 3986, 3.2.1. Messages show sources, and the configuration may be read by everybody.
    #[error("a source has no user name and password in it: they belong in apt_auth.conf(5)")]
    Credentials,
    /// A character that is to be written as `%` and two digits, or that begins a query.
    #[error(
        "the source that begins with '{before}' goes on with a character that no URI of a folder has: '{character}'"
    )]
    Character {
        /// What stands before the character.
        before: Text,
        /// The character, and nothing behind it: a query may hold a password.
        character: Text,
    },
}

/// What the path of a URI may hold, beyond letters and digits; `%` begins an escape.
///
/// SPEC: RFC 3986, 3.3 and 3.2.2, without those that a shell or a reader could take for something else.
const PLAIN: &str = "-._~%+,:=/@[]";

impl SignatureSource {
    /// Reads a source as people write it.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, SignatureSourceError> {
        // A path is taken as it is, without escapes.
        if let Some(path) = text
            .strip_prefix("file://")
            .filter(|it| it.starts_with('/'))
        {
            return match path.find('\0') {
                Some(at) => Err(character_at(text, text.len() - path.len() + at)),
                None => Ok(Self::Folder(path.to_owned())),
            };
        }
        // Before anything else is said of the text, and whatever its scheme is.
        if authority(text).contains('@') {
            return Err(SignatureSourceError::Credentials);
        }
        let schemes = ["https://", "http://"];
        let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
        if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err(SignatureSourceError::Scheme(text.into()));
        }
        let plain = |it: char| it.is_ascii_alphanumeric() || PLAIN.contains(it);
        match text.find(|it| !plain(it)) {
            Some(at) => Err(character_at(text, at)),
            None => Ok(Self::Web(text.trim_end_matches('/').to_owned())),
        }
    }
}

/// Where a URI, or what was meant as one, may have a user name and password.
fn authority(text: &str) -> &str {
    let behind = text.split_once(':').map_or(
        text,
        |(scheme, rest)| {
            if scheme.contains('@') { text } else { rest }
        },
    );
    let behind = behind.trim_start_matches(['/', '\\']);
    behind.split('/').next().unwrap_or(behind)
}

fn character_at(text: &str, at: usize) -> SignatureSourceError {
    let (before, rest) = text.split_at(at);
    let character = rest.chars().next().map(String::from);
    SignatureSourceError::Character {
        before: before.into(),
        character: character.unwrap_or_default().into(),
    }
}

impl fmt::Display for SignatureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(uri) => f.write_str(uri),
            Self::Folder(path) => write!(f, "file://{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_web_server_or_a_folder() {
        for (text, shown) in [
            (
                "https://ima.example.org/lists/",
                "https://ima.example.org/lists",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:80/a%20b", "http://[::1]:80/a%20b"),
            ("file:///srv/ima lists", "file:///srv/ima lists"),
        ] {
            assert_eq!(SignatureSource::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn whatever_else_is_refused() {
        let scheme = |text: &str| {
            format!("'{text}' is no source: one begins with https://HOST, http://HOST or file:///")
        };
        for text in [
            "",
            "ftp://host/x",
            "https://",
            "https:///x",
            "file://relative",
            "/srv/lists",
            "HTTPS://host",
        ] {
            let error = SignatureSource::parse(text).unwrap_err();
            assert_eq!(error.to_string(), scheme(text));
        }
        for (text, before, character) in [
            ("https://host/x?token=y", "https://host/x", "?"),
            ("https://host/a b", "https://host/a", " "),
            ("https://host/\u{1b}[m", "https://host/", r"\033"),
            ("https://host/x\nAcquire", "https://host/x", r"\012"),
            ("https://host/\u{e4}", "https://host/", r"\303\244"),
            ("file:///srv\0", "file:///srv", r"\000"),
        ] {
            let error = SignatureSource::parse(text).unwrap_err();
            let expected = format!(
                "the source that begins with '{before}' goes on with a character that no URI of a folder has: '{character}'"
            );
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_password_is_refused_and_not_shown() {
        for text in [
            "https://me:secret@host/x",
            "HTTPS://me:secret@host/x",
            "ftp://me:secret@host",
            "file://me:secret@host/x",
            "https:/me:secret@host/x",
            "https:me:secret@host",
            "me:secret@host/x",
            "secret@host:/x",
        ] {
            let error = SignatureSource::parse(text).unwrap_err();
            assert_eq!(error, SignatureSourceError::Credentials, "{text}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        let folder = SignatureSource::parse("file:///srv/me:a@b").unwrap();
        assert_eq!(folder, SignatureSource::Folder("/srv/me:a@b".to_owned()));
    }
}
