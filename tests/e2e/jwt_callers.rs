//! Callers named by a claim of a JWT that Envoy has verified.

use hmac::{Hmac, KeyInit, Mac};
use hyper::Request;
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::document::{CLEAR, MASKED, SUPPORT};

const KEY: &[u8] = b"key of the token issuer in tests";

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

fn token(key: &[u8], claims: &Value) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": "test"});
    let signed = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", base64url(&mac.finalize().into_bytes()))
}

fn authentication() -> Value {
    let keys = json!({"keys": [{"kty": "oct", "alg": "HS256", "kid": "test", "k": base64url(KEY)}]});
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"login": {
                "issuer": "https://login.example",
                "local_jwks": {"inline_string": keys.to_string()},
                "payload_in_metadata": "payload",
            }},
            "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": [
                {"provider_name": "login"}, {"allow_missing": {}},
            ]}}}],
        },
    })
}

async fn seen(mesh: &Mesh, token: Option<String>) -> (u16, String) {
    let request = match token {
        Some(token) => Request::get("/").header("authorization", format!("Bearer {token}")),
        None => Request::get("/"),
    };
    let answer = mesh.client("gateway").unwrap().send(request).await.unwrap();
    (answer.status.as_u16(), answer.text())
}

#[tokio::test]
async fn claim_of_a_verified_token_names_the_caller() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let claim = |value: &str| json!({"claim": {"name": "groups", "value": value}});
    let plan = plan::shop_with(&[(
        "callers",
        json!([
            {"name": "support", "match": [claim("support")], "sees": ["email"]},
            {"name": "billing", "match": [claim("billing")], "sees": "all"},
        ]),
    )]);
    let mesh = Setup::new(plan, upstream.address()).filter(authentication()).start().await.unwrap();
    let signed = |groups: Value| Some(token(KEY, &json!({"iss": "https://login.example", "groups": groups})));

    assert_eq!(seen(&mesh, signed(json!("support"))).await, (200, SUPPORT.to_owned()));
    assert_eq!(seen(&mesh, signed(json!(["dev", "support"]))).await, (200, SUPPORT.to_owned()));
    assert_eq!(seen(&mesh, signed(json!("billing"))).await, (200, CLEAR.to_owned()));
    // Who is two callers sees the least of them.
    assert_eq!(seen(&mesh, signed(json!(["billing", "support"]))).await, (200, SUPPORT.to_owned()));
    assert_eq!(seen(&mesh, signed(json!("dev"))).await, (200, MASKED.to_owned()));
    assert_eq!(seen(&mesh, signed(json!({"support": "support"}))).await, (200, MASKED.to_owned()));
    assert_eq!(seen(&mesh, None).await, (200, MASKED.to_owned()));

    let forged =
        token(b"another key, not the issuer's one", &json!({"iss": "https://login.example", "groups": "billing"}));
    assert_eq!(seen(&mesh, Some(forged)).await.0, 401);
}

#[test]
fn base64url_is_that_of_the_rfc() {
    // RFC 4648, section 10.
    for (bytes, text) in
        [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")]
    {
        assert_eq!(base64url(bytes.as_bytes()), text);
    }
}
