//! Tokens (RFC 7519) of two issuers that share one key.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The issuers that RequestAuthentications name.
pub const ISSUERS: [&str; 2] = ["https://login.example", "accounts"];

const KEY: &[u8] = b"key of the token issuers in these tests";

/// RFC 4648, section 5, without padding.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}

/// The key set (RFC 7517) that verifies the tokens.
#[must_use]
pub fn keys() -> String {
    json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "replay", "k": base64url(KEY)}]}).to_string()
}

/// A signed token with these claims.
#[must_use]
pub fn sign(claims: &Value) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": "replay"});
    let signed = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap_or_else(|error| panic!("{error}"));
    mac.update(signed.as_bytes());
    format!("{signed}.{}", base64url(&mac.finalize().into_bytes()))
}
