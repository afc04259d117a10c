//! Tokens (RFC 7519) signed with HS256, and the key set that verifies them.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const KEY_ID: &str = "test";

/// The key set (RFC 7517) that verifies what [`sign`] signs with this key.
#[must_use]
pub fn keys(key: &[u8]) -> String {
    json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": KEY_ID, "k": BASE64URL.encode(key)}]}).to_string()
}

/// A signed token with these claims.
#[must_use]
pub fn sign(key: &[u8], claims: &Value) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": KEY_ID});
    let signed = format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
    #[expect(clippy::expect_used, reason = "never: HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", BASE64URL.encode(mac.finalize().into_bytes()))
}
