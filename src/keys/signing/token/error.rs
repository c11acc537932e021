//! Why a key in a token cannot be used.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use cryptoki::error::{Error, RvError};

use crate::format::pkcs11_uri::UriError;
use crate::format::text::{Escaped, Text};
use crate::machine::error::{SystemError, shown};

/// Why a key in a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The URI is none.
    #[error("the PKCS#11 URI: {0}")]
    Uri(#[from] UriError),
    /// A file could not be read, or a PIN not be asked for.
    #[error(transparent)]
    System(#[from] SystemError),
    /// No shared library of PKCS#11 is where they are kept.
    #[error("no PKCS#11 module{} is installed", named(.0))]
    NoModule(Option<Text>),
    /// Somebody else could exchange the library.
    #[error("the PKCS#11 module '{}' is not opened: '{}' {why}", shown(.module), shown(.part))]
    Foreign {
        /// The library.
        module: PathBuf,
        /// It, or a folder above it.
        part: PathBuf,
        /// Who could write to it.
        why: &'static str,
    },
    /// The library is none, or has failed in its first call.
    #[error("cannot use the PKCS#11 module '{}': {}", shown(.module), Escaped(Reason(.source)))]
    Module {
        /// The library.
        module: PathBuf,
        /// Its answer, or the linker's.
        source: Error,
    },
    /// No token is as the URI says.
    #[error("there is no token as in '{uri}'{}", listed(.present))]
    NoToken {
        /// The URI.
        uri: Text,
        /// The labels of those that there are.
        present: Vec<Text>,
    },
    /// Several tokens are as the URI says.
    #[error("{0} tokens are as in '{1}'")]
    SeveralTokens(usize, Text),
    /// The token has no such key, or hides it.
    #[error("the token '{token}' has no private key as in '{uri}'")]
    NoKey {
        /// The token's label.
        token: Text,
        /// The URI.
        uri: Text,
    },
    /// Several keys are as the URI says.
    #[error("the token '{token}' has several private keys as in '{uri}'")]
    SeveralKeys {
        /// The token's label.
        token: Text,
        /// The URI.
        uri: Text,
    },
    /// The key is of a kind that no kernel knows.
    #[error("the key in the token is neither RSA nor EC")]
    Kind,
    /// The PIN is wanted for every signature.
    #[error("the key in the token wants the PIN again for each signature")]
    AlwaysAsks,
    /// There is no terminal to ask for the PIN on.
    #[error("the token '{0}' wants a PIN, and none was given")]
    NoPin(Text),
    /// The token does not take the PIN.
    #[error("the token '{token}' does not take the PIN ({})", Reason(.source)) ]
    WrongPin {
        /// The token's label.
        token: Text,
        /// Its answer.
        source: Error,
    },
    /// The PIN is locked.
    #[error("the PIN of the token '{0}' is locked")]
    Locked(Text),
    /// One more wrong PIN would lock the token.
    #[error("the token '{0}' has one try left before it locks: no PIN was tried")]
    LastTry(Text),
    /// The token failed.
    #[error("the token cannot {doing}: {}", Reason(.source))]
    Failed {
        /// The operation, for the message.
        doing: &'static str,
        /// Its answer.
        source: Error,
    },
    /// The token failed while it was signing, and is not asked any more.
    #[error("{0}")]
    Lost(Arc<str>),
}

fn named(name: &Option<Text>) -> String {
    let named = name.as_ref().map(|name| format!(" of the name '{name}'"));
    named.unwrap_or_default()
}

fn listed(labels: &[Text]) -> String {
    let labels: Vec<_> = labels.iter().map(|label| format!("'{label}'")).collect();
    match labels.is_empty() {
        true => ", nor any other".to_owned(),
        false => format!("; there are {}", labels.join(", ")),
    }
}

impl TokenError {
    /// For `map_err`: the token failed in that operation.
    pub(super) fn failed(doing: &'static str) -> impl FnOnce(Error) -> Self {
        move |source| Self::Failed { doing, source }
    }

    /// Advice for the user.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Uri(error) => error.hint(),
            Self::NoModule(_) => {
                Some("install that of the token, or name its file: pkcs11:...?module-path=FILE")
            }
            Self::Foreign { .. } => Some(
                "its code would run as you: it, and the folders above it, must be root's or yours",
            ),
            Self::NoToken { .. } => Some(
                "is it plugged in, and is this its module? 'pkcs11-tool --module FILE -L' lists tokens",
            ),
            Self::SeveralTokens(..) => Some("add serial= or slot-id= to the URI"),
            Self::NoKey { .. } => Some("'pkcs11-tool --module FILE --login -O' lists the objects"),
            Self::SeveralKeys { .. } => Some("add id= to the URI"),
            Self::AlwaysAsks => Some("make it without CKA_ALWAYS_AUTHENTICATE"),
            Self::NoPin(_) => Some("give --pin-file, set DPKG_IMA_PIN, or run this on a terminal"),
            Self::WrongPin { .. } => {
                Some("it was tried once and is not tried again, so that the token does not lock")
            }
            Self::Locked(_) => Some("the token's security officer can set a new PIN"),
            Self::LastTry(_) => Some("type the right one, without --pin-file and DPKG_IMA_PIN"),
            Self::Lost(_) => Some("what was signed is whole: run it again to go on"),
            _ => None,
        }
    }
}

/// A failure by the name of its return value, under which it is found in manuals; the crate prints paragraphs of the
/// specification.
pub(super) struct Reason<'a>(pub(super) &'a Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Error::Pkcs11(RvError::VendorDefined(value), _) => {
                write!(f, "CKR_VENDOR_DEFINED {value:#x}")
            }
            Error::Pkcs11(RvError::UnknownErrorCode(value), _) => write!(f, "CKR {value:#x}"),
            Error::Pkcs11(value, _) => {
                f.write_str("CKR")?;
                for letter in format!("{value:?}").chars() {
                    if letter.is_ascii_uppercase() {
                        f.write_str("_")?;
                    }
                    write!(f, "{}", letter.to_ascii_uppercase())?;
                }
                Ok(())
            }
            Error::LibraryLoading(error) => write!(f, "{}", Escaped(error)),
            error => write!(f, "{}", Escaped(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn return_values_have_the_names_of_the_specification() {
        for (value, expected) in [
            (RvError::PinIncorrect, "CKR_PIN_INCORRECT"),
            (RvError::SessionHandleInvalid, "CKR_SESSION_HANDLE_INVALID"),
            (
                RvError::VendorDefined(0x8000_0001),
                "CKR_VENDOR_DEFINED 0x80000001",
            ),
        ] {
            let error = Error::Pkcs11(value, Function::Login);
            assert_eq!(Reason(&error).to_string(), expected);
        }
    }
}
