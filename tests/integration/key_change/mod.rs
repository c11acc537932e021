//! A key is exchanged for another, or revoked: what depends on it, how the labels move over, and what is left without.

mod by_key;
mod exchange;
mod revoke;
