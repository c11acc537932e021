//! The token that a URI names.

use cryptoki::context::Pkcs11;
use cryptoki::slot::{Slot, TokenInfo};

use super::TokenError;
use crate::format::pkcs11_uri::Pkcs11Uri;
use crate::format::text::Text;

/// Most tokens whose labels are told.
const TOLD: usize = 8;

/// Finds the one token that is as the URI says. A slot that does not answer has none.
///
/// # Errors
/// If there is none, or another one too.
pub(super) fn find_slot(pkcs11: &Pkcs11, uri: &Pkcs11Uri) -> Result<(Slot, TokenInfo), TokenError> {
    let slots = pkcs11.get_slots_with_initialized_token();
    let slots = slots.map_err(TokenError::failed("list its slots"))?;
    let told = slots.into_iter().filter_map(|slot| {
        let info = pkcs11.get_token_info(slot);
        info.ok().map(|info| (slot, info))
    });
    let (mut found, others): (Vec<_>, Vec<_>) =
        told.partition(|(slot, info)| is_as(uri, *slot, info));
    match (found.len(), found.pop()) {
        (1, Some(found)) => Ok(found),
        (0, _) | (_, None) => Err(TokenError::NoToken {
            uri: Text::of(uri),
            present: others
                .iter()
                .take(TOLD)
                .map(|(_, info)| info.label().into())
                .collect(),
        }),
        (several, _) => Err(TokenError::SeveralTokens(several, Text::of(uri))),
    }
}

fn is_as(uri: &Pkcs11Uri, slot: Slot, info: &TokenInfo) -> bool {
    let is = |wanted: &Option<Text>, value: &str| wanted.as_ref().is_none_or(|text| text == value);
    uri.slot.is_none_or(|wanted| wanted == slot.id())
        && is(&uri.token, info.label())
        && is(&uri.manufacturer, info.manufacturer_id())
        && is(&uri.model, info.model())
        && is(&uri.serial, info.serial_number())
}
