//! Tokens of two issuers that share one key.

use meshveil_tests::token;
use serde_json::Value;

/// The issuers that RequestAuthentications name.
pub const ISSUERS: [&str; 2] = ["https://login.example", "accounts"];

const KEY: &[u8] = b"key of the token issuers in these tests";

/// The key set (RFC 7517) that verifies the tokens.
#[must_use]
pub fn keys() -> String {
    token::keys(KEY)
}

/// A signed token with these claims.
#[must_use]
pub fn sign(claims: &Value) -> String {
    token::sign(KEY, claims)
}
