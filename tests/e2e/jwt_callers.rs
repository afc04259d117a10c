//! Callers named by a claim of a JWT that Envoy has verified.

use hyper::Request;
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::upstream::Upstream;
use meshveil_tests::{plan, token};
use serde_json::{Value, json};

use crate::document::{CLEAR, MASKED, SUPPORT};

const KEY: &[u8] = b"key of the token issuer in tests";

const PARTNER_KEY: &[u8] = b"key of another token issuer, too";

/// Two providers that write to one payload.
fn authentication() -> Value {
    json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {
                "login": {
                    "issuer": "https://login.example",
                    "local_jwks": {"inline_string": token::keys(KEY)},
                    "payload_in_metadata": "payload",
                },
                "partner": {
                    "issuer": "https://partner.example",
                    "from_headers": [{"name": "x-partner-token"}],
                    "local_jwks": {"inline_string": token::keys(PARTNER_KEY)},
                    "payload_in_metadata": "payload",
                },
            },
            "rules": [{"match": {"prefix": "/"}, "requires": {"requires_all": {"requirements": [
                {"requires_any": {"requirements": [{"provider_name": "login"}, {"allow_missing": {}}]}},
                {"requires_any": {"requirements": [{"provider_name": "partner"}, {"allow_missing": {}}]}},
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

/// What a request with these claims sees, where `admin` and `billing1` of the issuer `login` see everything.
#[tokio::test]
async fn claims_compare_by_type_and_issuer() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let claim = |value: &str| json!({"claim": {"issuer": "https://login.example", "name": "groups", "value": value}});
    let list = "\u{1}\0\0\0\u{5}\0\0\0\0\0\0\0admin\0\0";
    let callers = json!([{"name": "admin", "match": [claim("admin"), claim("billing1")], "sees": "all"}]);
    let mesh = Setup::new(plan::shop_with(&[("callers", callers)]), upstream.address())
        .filter(authentication())
        .start()
        .await
        .unwrap();
    let login = |groups: &Value| token::sign(KEY, &json!({"iss": "https://login.example", "groups": groups}));
    for groups in [json!("admin"), json!(["dev", "admin"]), json!("billing1")] {
        assert_eq!(seen(&mesh, Some(login(&groups))).await, (200, CLEAR.to_owned()), "{groups}");
    }
    let number = f64::from_le_bytes(*b"billing1");
    for groups in [
        json!({"admin": ""}),
        json!({"0": "admin"}),
        json!([1, "admin"]),
        json!([["admin"]]),
        json!(number),
        json!([number]),
        json!(list),
        json!("admin "),
        json!("Admin"),
        json!(null),
        json!(true),
    ] {
        assert_eq!(seen(&mesh, Some(login(&groups))).await, (200, MASKED.to_owned()), "{groups}");
    }
    let partner = token::sign(PARTNER_KEY, &json!({"iss": "https://partner.example", "groups": "admin"}));
    for other in [None, Some(login(&json!("x"))), Some(login(&json!("admin")))] {
        let mut request = Request::get("/").header("x-partner-token", partner.clone());
        let is_admin = other == Some(login(&json!("admin")));
        if let Some(token) = &other {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = mesh.client("gateway").unwrap().send(request).await.unwrap();
        // Two tokens share a payload: whose claims stand there in the end is Envoy's choice.
        assert!(answer.text() == MASKED || is_admin, "{other:?}");
    }
}
