//! Reads a URI.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use data_encoding::HEXLOWER_PERMISSIVE;

use super::error::{URI_MAX, UriError};
use crate::format::decimal::decimal;
use crate::format::text::Text;

const SCHEME: &str = "pkcs11:";
/// SPEC: RFC 7512 2.3: what names a key.
const BEFORE: &str = "before";
/// SPEC: RFC 7512 2.3: how it is reached.
const BEHIND: &str = "behind";

/// Whether an argument is meant as a URI, and not as a path. A file of such a name can be called `./pkcs11:…`.
#[must_use]
pub fn is_pkcs11_uri(argument: &OsStr) -> bool {
    argument.as_bytes().starts_with(SCHEME.as_bytes())
}

/// Which key in which token, and how it is reached. What is none was not said, and matches whatever there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    /// The token's label.
    pub token: Option<Text>,
    /// The token's manufacturer.
    pub manufacturer: Option<Text>,
    /// The token's model.
    pub model: Option<Text>,
    /// The token's serial number.
    pub serial: Option<Text>,
    /// The number of the slot that the token is in.
    pub slot: Option<u64>,
    /// The key's label.
    pub object: Option<Text>,
    /// The key's id.
    pub id: Option<Text>,
    /// The shared library that knows the token.
    pub module_path: Option<PathBuf>,
    /// The name of that library without `lib` and `.so`.
    pub module_name: Option<Text>,
    /// The file whose first line is the PIN.
    pub pin_source: Option<PathBuf>,
    /// As it was written.
    written: Text,
}

/// As it was written. There is no PIN in it.
impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

impl Pkcs11Uri {
    /// Reads a URI.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn parse(written: &[u8]) -> Result<Self, UriError> {
        if written.len() > URI_MAX {
            return Err(UriError::TooLong);
        }
        let text = written.strip_prefix(SCHEME.as_bytes());
        let text = text.ok_or(UriError::Scheme)?;
        if let Some(at) = written.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(UriError::Byte(at + 1));
        }
        let mut attributes = Attributes::default();
        let mut sides = text.splitn(2, |byte| *byte == b'?');
        for (place, separator) in [(BEFORE, b';'), (BEHIND, b'&')] {
            let side = sides.next().unwrap_or_default();
            for attribute in side.split(|byte| *byte == separator) {
                if !attribute.is_empty() {
                    attributes.add(place, attribute)?;
                }
            }
        }
        attributes.into_uri(written.into())
    }
}

/// Their names, and on which side of the `?` each belongs.
const KNOWN: [(&str, &str); 11] = [
    ("token", BEFORE),
    ("manufacturer", BEFORE),
    ("model", BEFORE),
    ("serial", BEFORE),
    ("slot-id", BEFORE),
    ("object", BEFORE),
    ("id", BEFORE),
    ("type", BEFORE),
    ("module-path", BEHIND),
    ("module-name", BEHIND),
    ("pin-source", BEHIND),
];

/// The values of those that were given, decoded, in the order of [`KNOWN`].
#[derive(Default)]
struct Attributes([Option<Vec<u8>>; KNOWN.len()]);

impl Attributes {
    fn add(&mut self, place: &str, attribute: &[u8]) -> Result<(), UriError> {
        let mut parts = attribute.splitn(2, |byte| *byte == b'=');
        let name = parts.next().unwrap_or_default();
        if name.starts_with(b"pin-value") {
            return Err(UriError::PinValue);
        }
        let known = KNOWN.iter().zip(&mut self.0);
        let mut known = known.filter(|((known, _), _)| known.as_bytes() == name);
        let found = known.next();
        let ((name, belongs), value) = found.ok_or_else(|| UriError::Unknown(name.into()))?;
        if *belongs != place {
            let (name, place) = (*name, *belongs);
            return Err(UriError::Misplaced { name, place });
        }
        let written = parts.next();
        let written = written.ok_or_else(|| UriError::NoValue((*name).into()))?;
        match value.replace(decoded(written)?) {
            None => Ok(()),
            Some(_) => Err(UriError::Twice(name)),
        }
    }

    fn take(&mut self, wanted: &str) -> Option<Vec<u8>> {
        let at = KNOWN.iter().position(|(name, _)| *name == wanted)?;
        self.0[at].take()
    }

    fn text(&mut self, wanted: &str) -> Option<Text> {
        self.take(wanted).map(|value| value.as_slice().into())
    }

    fn into_uri(mut self, written: Text) -> Result<Pkcs11Uri, UriError> {
        if self.take("type").is_some_and(|kind| kind != b"private") {
            return Err(UriError::Type);
        }
        let slot = self.take("slot-id");
        let slot = slot.map(|slot| decimal(&slot).ok_or(UriError::SlotId));
        let pin_source = self.take("pin-source").map(file_of).transpose()?;
        let module_name = self.text("module-name");
        let is_path = |name: &Text| name.as_bytes().contains(&b'/') || name.plain().is_none();
        if module_name.as_ref().is_some_and(is_path) {
            return Err(UriError::ModuleName);
        }
        Ok(Pkcs11Uri {
            token: self.text("token"),
            manufacturer: self.text("manufacturer"),
            model: self.text("model"),
            serial: self.text("serial"),
            slot: slot.transpose()?,
            object: self.text("object"),
            id: self.text("id"),
            module_path: self.take("module-path").map(path_of),
            module_name,
            pin_source,
            written,
        })
    }
}

/// SPEC: RFC 3986 2.1.
fn decoded(written: &[u8]) -> Result<Vec<u8>, UriError> {
    let mut pieces = written.split(|byte| *byte == b'%');
    let mut value = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(UriError::Escape)?;
        let byte = HEXLOWER_PERMISSIVE.decode(digits);
        value.extend(byte.map_err(|_| UriError::Escape)?);
        value.extend_from_slice(rest);
    }
    Ok(value)
}

fn path_of(value: Vec<u8>) -> PathBuf {
    std::ffi::OsString::from_vec(value).into()
}

/// SPEC: RFC 7512 2.3: a path, or a URI such as `file:/etc/pin`; `|program` too, which is not taken.
fn file_of(value: Vec<u8>) -> Result<PathBuf, UriError> {
    let path = value.strip_prefix(b"file:".as_slice()).unwrap_or(&value);
    // An empty host, as in `file:///etc/pin`.
    let path = match path.starts_with(b"///") {
        true => &path[2..],
        false => path,
    };
    match path.starts_with(b"/") && !path.starts_with(b"//") {
        true => Ok(path_of(path.to_vec())),
        false => Err(UriError::PinSource),
    }
}

#[cfg(test)]
mod tests;
