//! Where signature lists are fetched from: the strings of `sources` in dpkg-ima.toml(5).

use std::fmt;

/// A tree of signature lists ([`super::tree`]) that a web server or a filesystem offers. Prints as it was written,
/// without slashes at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureSource {
    /// `http://…` or `https://…`, fetched by apt's downloader.
    Web(String),
    /// `file:///…`: a folder of this machine, by its absolute path.
    Folder(String),
}

/// Why a string names no source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureSourceError {
    /// Another scheme, a relative path, or no host.
    #[error("a source begins with https://, http:// or file:///")]
    Scheme,
    /// SPEC: RFC 3986, 3.2.1. Messages show sources, and the configuration may be read by everybody.
    #[error("a source has no user name and password in it: they belong into apt_auth.conf(5)")]
    Credentials,
    /// A character that is to be written as `%` and two digits, or that begins a query.
    #[error("a source has a character that no URI of a folder has")]
    Character,
}

/// What the path of a URI may hold, beyond letters and digits; `%` begins an escape.
///
/// SPEC: RFC 3986, 3.3 and 3.2.2, without those that a shell or a reader could take for something else.
const PLAIN: &[u8] = b"-._~%+,:=/@[]";

impl SignatureSource {
    /// Reads a source as people write it.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, SignatureSourceError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte);
        let shortened = text.trim_end_matches('/');
        if let Some(path) = text.strip_prefix("file://") {
            // A path is taken as it is, without escapes.
            return match path.starts_with('/') && !path.contains('\0') {
                true => Ok(Self::Folder(path.to_owned())),
                false => Err(SignatureSourceError::Scheme),
            };
        }
        let schemes = ["https://", "http://"];
        let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
        let authority = rest.and_then(|rest| rest.split('/').next());
        match authority {
            None | Some("") => Err(SignatureSourceError::Scheme),
            Some(authority) if authority.contains('@') => Err(SignatureSourceError::Credentials),
            Some(_) if !text.bytes().all(plain) => Err(SignatureSourceError::Character),
            Some(_) => Ok(Self::Web(shortened.to_owned())),
        }
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
        use SignatureSourceError::{Character, Credentials, Scheme};
        for (text, why) in [
            ("", Scheme),
            ("ftp://host/x", Scheme),
            ("https://", Scheme),
            ("https:///x", Scheme),
            ("file://relative", Scheme),
            ("/srv/lists", Scheme),
            ("HTTPS://host", Scheme),
            ("https://me:secret@host/x", Credentials),
            ("https://host/x?y", Character),
            ("https://host/a b", Character),
            ("https://host/\u{1b}[m", Character),
            ("https://host/x\nAcquire", Character),
        ] {
            assert_eq!(SignatureSource::parse(text), Err(why), "{text:?}");
        }
    }
}
