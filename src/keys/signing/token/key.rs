//! The private key that a URI names, in its token.

use cryptoki::object::{
    Attribute, AttributeType, KeyType as TokenKeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;

use super::TokenError;
use crate::format::pkcs11_uri::Pkcs11Uri;
use crate::format::text::Text;

/// Finds the one private key that is as the URI says, and whether it is RSA.
///
/// # Errors
/// If there is none, another one too, or it cannot be used by a program.
pub(super) fn find_key(
    session: &Session,
    uri: &Pkcs11Uri,
    token: &str,
) -> Result<(ObjectHandle, bool), TokenError> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    let bytes = |text: &Text| text.as_bytes().to_vec();
    template.extend(
        uri.object
            .as_ref()
            .map(|label| Attribute::Label(bytes(label))),
    );
    template.extend(uri.id.as_ref().map(|id| Attribute::Id(bytes(id))));
    let found = session.iter_objects(&template);
    // No more than two are asked for, however many the token says it has.
    let found = found.and_then(|found| found.take(2).collect::<Result<Vec<_>, _>>());
    let found = found.map_err(TokenError::failed("search its objects"))?;
    let (token, uri) = (Text::from(token), Text::of(uri));
    match found[..] {
        [] => Err(TokenError::NoKey { token, uri }),
        [key] => Ok((key, is_rsa(session, key)?)),
        _ => Err(TokenError::SeveralKeys { token, uri }),
    }
}

fn is_rsa(session: &Session, key: ObjectHandle) -> Result<bool, TokenError> {
    let wanted = [AttributeType::KeyType, AttributeType::AlwaysAuthenticate];
    let attributes = session.get_attributes(key, &wanted);
    let attributes = attributes.map_err(TokenError::failed("describe the key"))?;
    if attributes.contains(&Attribute::AlwaysAuthenticate(true)) {
        return Err(TokenError::AlwaysAsks);
    }
    match &attributes {
        found if found.contains(&Attribute::KeyType(TokenKeyType::RSA)) => Ok(true),
        found if found.contains(&Attribute::KeyType(TokenKeyType::EC)) => Ok(false),
        _ => Err(TokenError::Kind),
    }
}
