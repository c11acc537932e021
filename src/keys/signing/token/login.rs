//! The user's PIN.

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::TokenInfo;
use cryptoki::types::AuthPin;

use super::TokenError;
use crate::format::text::Text;
use crate::keys::signing::Secret;

/// How the user is logged in to a token; of all sessions of a process one logs in for all.
pub(super) enum Login {
    /// The token signs without.
    None,
    /// By this PIN.
    Pin(AuthPin),
    /// The PIN is typed at the token itself.
    AtToken,
}

impl Login {
    /// What the token wants; the PIN is obtained, and not tried yet.
    ///
    /// SECURITY: an empty PIN, as of a variable that a job failed to fill, would cost one of the tries: it is none.
    ///
    /// # Errors
    /// If there is no PIN, or none may be tried.
    pub(super) fn new(info: &TokenInfo, pin: &Secret) -> Result<Self, TokenError> {
        if !info.login_required() {
            return Ok(Self::None);
        }
        let by = match pin {
            Secret::Ask => TriedBy::People,
            _ => TriedBy::Program,
        };
        ensure_may_try(info, by)?;
        if info.protected_authentication_path() {
            return Ok(Self::AtToken);
        }
        let token = || Text::from(info.label());
        let pin = pin.obtain(format_args!("PIN for the token '{}'", token()))?;
        let pin = pin.filter(|pin| !pin.is_empty());
        let pin = pin.ok_or_else(|| TokenError::NoPin(token()))?;
        Ok(Self::Pin(AuthPin::from(pin)))
    }

    /// Makes sure that the user may be logged in again: others may have tried wrong PINs since.
    ///
    /// # Errors
    /// If the PIN is locked, or has one try left.
    pub(super) fn ensure_again(&self, info: &TokenInfo) -> Result<(), TokenError> {
        match self {
            Self::None => Ok(()),
            Self::Pin(_) | Self::AtToken => ensure_may_try(info, TriedBy::Program),
        }
    }

    /// Logs in, with one try.
    ///
    /// # Errors
    /// If the token does not take the PIN.
    pub(super) fn try_once(&self, session: &Session, info: &TokenInfo) -> Result<(), TokenError> {
        let pin = match self {
            Self::None => return Ok(()),
            Self::Pin(pin) => Some(pin),
            Self::AtToken => None,
        };
        let Err(error) = session.login(UserType::User, pin) else {
            return Ok(());
        };
        let Error::Pkcs11(value, _) = &error else {
            return Err(TokenError::failed("log in")(error));
        };
        let token = Text::from(info.label());
        match value {
            RvError::UserAlreadyLoggedIn => Ok(()),
            RvError::PinLocked => Err(TokenError::Locked(token)),
            RvError::PinIncorrect
            | RvError::PinInvalid
            | RvError::PinLenRange
            | RvError::PinExpired
            | RvError::UserPinNotInitialized => Err(TokenError::WrongPin {
                token,
                source: error,
            }),
            _ => Err(TokenError::failed("log in")(error)),
        }
    }
}

/// Where a PIN comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TriedBy {
    People,
    Program,
}

/// SECURITY: a job that runs every hour with a wrong PIN must not lock the token: the last try is for people.
fn ensure_may_try(info: &TokenInfo, by: TriedBy) -> Result<(), TokenError> {
    let token = || Text::from(info.label());
    if info.user_pin_locked() {
        return Err(TokenError::Locked(token()));
    }
    match by == TriedBy::People
        || info.protected_authentication_path()
        || !info.user_pin_final_try()
    {
        true => Ok(()),
        false => Err(TokenError::LastTry(token())),
    }
}
