//! The sessions of this process with a token.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::{Limit, Slot, TokenInfo};

use super::TokenError;
use super::key::find_key;
use super::login::Login;
use super::slot::find_slot;
use crate::format::pkcs11_uri::Pkcs11Uri;

/// A key in a token, and sessions to use it: each thread has one while it signs, and waits if the token has no more.
///
/// If they are lost, the user is logged in once more, with the PIN that was right before. If that fails, or they are lost
/// again, or the token fails in any other way, it is not asked any more.
pub(super) struct Sessions {
    pkcs11: Pkcs11,
    uri: Pkcs11Uri,
    login: Login,
    state: Mutex<State>,
    /// A session is free, or there will be none.
    changed: Condvar,
}

/// What changes at a login.
struct State {
    slot: Slot,
    key: ObjectHandle,
    /// Whether the key is RSA, as the token says.
    is_rsa: bool,
    /// How often the user was logged in again.
    again: u32,
    idle: Vec<Session>,
    /// Sessions of this login that there are, idle or not.
    open: usize,
    /// As many as there may be.
    limit: usize,
    /// Why the token is not asked any more.
    lost: Option<Arc<str>>,
}

/// A session that a thread has for itself.
struct Borrowed {
    session: Session,
    key: ObjectHandle,
    /// The login that it belongs to.
    again: u32,
}

impl Sessions {
    /// Opens the first session, logs in, and finds the key.
    ///
    /// # Errors
    /// If one of these cannot be done.
    pub(super) fn open(
        pkcs11: Pkcs11,
        uri: Pkcs11Uri,
        login: impl FnOnce(&TokenInfo) -> Result<Login, TokenError>,
    ) -> Result<Self, TokenError> {
        let (slot, info) = find_slot(&pkcs11, &uri)?;
        let login = login(&info)?;
        let state = State::log_in(&pkcs11, &uri, &login, (slot, info))?;
        Ok(Self {
            pkcs11,
            uri,
            login,
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// Whether the key is RSA, as the token says.
    pub(super) fn is_rsa(&self) -> bool {
        self.state().is_rsa
    }

    /// Has the key sign.
    ///
    /// # Errors
    /// [`TokenError::Lost`], and from then on at each call.
    pub(super) fn sign(
        &self,
        mechanism: &Mechanism<'_>,
        data: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        loop {
            let at = self.state().again;
            let error = match self.borrow() {
                Ok(borrowed) => match borrowed.session.sign(mechanism, borrowed.key, data) {
                    Ok(answer) => {
                        self.give_back(borrowed);
                        return Ok(answer);
                    }
                    Err(error) => {
                        self.drop_session(borrowed);
                        TokenError::failed("sign")(error)
                    }
                },
                Err(error) => error,
            };
            self.log_in_again(at, error)?;
        }
    }

    fn borrow(&self) -> Result<Borrowed, TokenError> {
        let mut state = self.state();
        loop {
            if let Some(reason) = &state.lost {
                return Err(TokenError::Lost(reason.clone()));
            }
            if let Some(session) = state.idle.pop() {
                return Ok(state.lend(session));
            }
            if state.open < state.limit {
                match self.pkcs11.open_ro_session_no_drop(state.slot) {
                    Ok(session) => {
                        state.open += 1;
                        return Ok(state.lend(session));
                    }
                    Err(Error::Pkcs11(RvError::SessionCount, _)) if state.open > 0 => {
                        state.limit = state.open;
                    }
                    Err(error) => return Err(TokenError::failed("open a session")(error)),
                }
            } else {
                let waited = self.changed.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn give_back(&self, borrowed: Borrowed) {
        let mut state = self.state();
        match borrowed.again == state.again {
            true => state.idle.push(borrowed.session),
            false => close(borrowed.session),
        }
        self.changed.notify_one();
    }

    fn drop_session(&self, borrowed: Borrowed) {
        let mut state = self.state();
        if borrowed.again == state.again {
            state.open -= 1;
        }
        close(borrowed.session);
        self.changed.notify_one();
    }

    /// After a failure in the sessions of login number `at`: if they were lost, sees to it that there are new ones.
    fn log_in_again(&self, at: u32, error: TokenError) -> Result<(), TokenError> {
        let mut state = self.state();
        if let Some(reason) = &state.lost {
            return Err(TokenError::Lost(reason.clone()));
        }
        if state.again != at {
            return Ok(());
        }
        let reason: Arc<str> = match error.is_of_session() && at == 0 {
            true => match self.new_login(&mut state) {
                Ok(()) => {
                    self.changed.notify_all();
                    return Ok(());
                }
                Err(again) => format!("{error}; logging in again: {again}").into(),
            },
            false => error.to_string().into(),
        };
        state.lost = Some(reason.clone());
        self.changed.notify_all();
        Err(TokenError::Lost(reason))
    }

    fn new_login(&self, state: &mut State) -> Result<(), TokenError> {
        state.idle.drain(..).for_each(close);
        let token = find_slot(&self.pkcs11, &self.uri)?;
        self.login.ensure_again(&token.1)?;
        let again = state.again + 1;
        *state = State::log_in(&self.pkcs11, &self.uri, &self.login, token)?;
        state.again = again;
        log::warn!("the session with the token was lost; logged in once more");
        Ok(())
    }

    /// A thread that panics leaves the state whole, since it is changed in one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn log_in(
        pkcs11: &Pkcs11,
        uri: &Pkcs11Uri,
        login: &Login,
        (slot, info): (Slot, TokenInfo),
    ) -> Result<Self, TokenError> {
        let session = pkcs11.open_ro_session_no_drop(slot);
        let session = session.map_err(TokenError::failed("open a session"))?;
        login.try_once(&session, &info)?;
        let (key, is_rsa) = find_key(&session, uri, info.label())?;
        let limit = match info.max_session_count() {
            Limit::Max(most) => usize::try_from(most).unwrap_or(usize::MAX),
            Limit::Unavailable | Limit::Infinite => usize::MAX,
        };
        Ok(Self {
            slot,
            key,
            is_rsa,
            again: 0,
            idle: vec![session],
            open: 1,
            limit,
            lost: None,
        })
    }

    const fn lend(&self, session: Session) -> Borrowed {
        Borrowed {
            session,
            key: self.key,
            again: self.again,
        }
    }
}

/// The module's memory is its own: it is told that nobody needs it any more.
impl Drop for Sessions {
    fn drop(&mut self) {
        self.state().idle.drain(..).for_each(close);
        if let Err(error) = self.pkcs11.clone().finalize() {
            log::debug!("C_Finalize: {error}");
        }
    }
}

/// A session that was lost cannot be closed, which is no trouble.
fn close(session: Session) {
    if let Err(error) = session.close() {
        log::debug!("C_CloseSession: {error}");
    }
}

impl TokenError {
    /// Whether it may be over once the user is logged in again.
    const fn is_of_session(&self) -> bool {
        let Self::Failed { source, .. } = self else {
            return false;
        };
        matches!(
            source,
            Error::Pkcs11(
                RvError::SessionHandleInvalid
                    | RvError::SessionClosed
                    | RvError::UserNotLoggedIn
                    | RvError::KeyHandleInvalid
                    | RvError::ObjectHandleInvalid
                    | RvError::DeviceRemoved
                    | RvError::DeviceError
                    | RvError::TokenNotPresent
                    | RvError::TokenNotRecognized,
                _
            )
        )
    }
}
