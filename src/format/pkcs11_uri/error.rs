//! The mistakes in a URI.

use crate::format::text::Text;

/// Longest URI that is read, in bytes: a path of full length, escaped, would not fit, and nobody has such a one.
pub const URI_MAX: usize = 4096;

/// A mistake in a PKCS#11 URI. SECURITY: no message quotes a value, which may be a PIN at a wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Over [`URI_MAX`].
    #[error("it is longer than {URI_MAX} bytes")]
    TooLong,
    /// It has another scheme.
    #[error("it does not begin with 'pkcs11:'")]
    Scheme,
    /// A byte that a URI cannot have as it is.
    #[error("byte {0}: it must be written as '%' and two hexadecimal digits")]
    Byte(usize),
    /// A `%` without a byte.
    #[error("a '%' without two hexadecimal digits behind it")]
    Escape,
    /// An attribute without `=`.
    #[error("'{0}' has no '=' and value")]
    NoValue(Text),
    /// An attribute that is not known, or not by this program.
    #[error("the attribute '{0}' is not known")]
    Unknown(Text),
    /// An attribute on the wrong side of the `?`.
    #[error("the attribute '{name}' belongs {place} the '?'")]
    Misplaced {
        /// Its name.
        name: &'static str,
        /// On which side of the `?` it belongs.
        place: &'static str,
    },
    /// An attribute that is there twice.
    #[error("the attribute '{0}' is there twice")]
    Twice(&'static str),
    /// The PIN itself.
    #[error(
        "'pin-value' is not taken: all users of the machine see a command line, and shells remember it"
    )]
    PinValue,
    /// A slot that is no number.
    #[error("'slot-id' is no decimal number")]
    SlotId,
    /// It names something else than a private key.
    #[error("'type' is not 'private': only a private key can sign")]
    Type,
    /// The PIN is to come from a program, or from a URI of another scheme.
    #[error("'pin-source' is neither an absolute path nor 'file:' with a path")]
    PinSource,
    /// A module's name that is a path.
    #[error("'module-name' is no plain name: a path is a 'module-path'")]
    ModuleName,
}

impl UriError {
    /// Advice for the user.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::PinValue => {
                Some("give --pin-file, or pin-source=file:PATH behind a '?', or set DPKG_IMA_PIN")
            }
            Self::Unknown(_) => Some(
                "known are token, manufacturer, model, serial, slot-id, object, id and type; behind a '?' module-path, \
                 module-name and pin-source",
            ),
            Self::Byte(_) => Some("a space is %20; a letter beyond ASCII is its UTF-8 bytes"),
            _ => None,
        }
    }
}
