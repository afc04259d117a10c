//! Callers named by a claim of a JWT that Envoy has verified.

use hyper::Request;
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::upstream::Upstream;
use meshveil_tests::{plan, token};
use serde_json::{Value, json};

use crate::document::{CLEAR, MASKED, SUPPORT};

const KEY: &[u8] = b"key of the token issuer in tests";

fn authentication() -> Value {
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"login": {
                "issuer": "https://login.example",
                "local_jwks": {"inline_string": token::keys(KEY)},
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
    let signed = |groups: Value| Some(token::sign(KEY, &json!({"iss": "https://login.example", "groups": groups})));

    assert_eq!(seen(&mesh, signed(json!("support"))).await, (200, SUPPORT.to_owned()));
    assert_eq!(seen(&mesh, signed(json!(["dev", "support"]))).await, (200, SUPPORT.to_owned()));
    assert_eq!(seen(&mesh, signed(json!("billing"))).await, (200, CLEAR.to_owned()));
    // Who is two callers sees the least of them.
    assert_eq!(seen(&mesh, signed(json!(["billing", "support"]))).await, (200, SUPPORT.to_owned()));
    assert_eq!(seen(&mesh, signed(json!("dev"))).await, (200, MASKED.to_owned()));
    assert_eq!(seen(&mesh, signed(json!({"support": "support"}))).await, (200, MASKED.to_owned()));
    assert_eq!(seen(&mesh, None).await, (200, MASKED.to_owned()));

    let forged = token::sign(
        b"another key, not the issuer's one",
        &json!({"iss": "https://login.example", "groups": "billing"}),
    );
    assert_eq!(seen(&mesh, Some(forged)).await.0, 401);
}
