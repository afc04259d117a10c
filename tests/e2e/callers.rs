//! Who sees what, by client certificate.

use meshveil_tests::certificate::Authority;
use meshveil_tests::certificate::spiffe;
use meshveil_tests::client::Protocol;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;
use serde_json::{Value, json};

use crate::document::{CLEAR, MASKED, SUPPORT, assert_no_secret};

#[tokio::test]
async fn three_callers_and_nobody_each_see_their_own_view() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for (caller, expected) in
        [("billing", CLEAR), ("support", SUPPORT), ("frontend", MASKED), ("somebody-else", MASKED)]
    {
        for client in [mesh.client(caller).unwrap(), mesh.http2_client(caller).unwrap()] {
            let answer = client.get("/customers/1").await.unwrap();
            assert_eq!(answer.status, 200, "{caller}");
            assert_eq!(answer.text(), expected, "{caller}");
            assert_eq!(answer.header("cache-control"), Some("private"), "{caller}");
        }
    }
    let answer = mesh.nobody().unwrap().get("/customers/1").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, MASKED));
}

#[tokio::test]
async fn certificate_of_another_authority_is_not_let_in() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let forged = Authority::new().unwrap().workload(&spiffe("billing")).unwrap();
    let client = mesh.client_with(Some(&forged), Protocol::Http1).unwrap();
    assert!(client.get("/").await.is_err());
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn unlisted_callers_are_denied_where_the_plan_says_so() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let plan = plan::shop_with(&[("others", json!("deny"))]);
    let mesh = Setup::new(plan, upstream.address()).start().await.unwrap();
    for client in [mesh.nobody().unwrap(), mesh.client("reporting").unwrap(), mesh.http2_client("reporting").unwrap()] {
        let answer = client.get("/customers/1").await.unwrap();
        assert_eq!(answer.status, 403);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap()["reason"], "unlisted-caller");
        assert_no_secret(&answer.body, "denied");
    }
    assert!(upstream.asked().is_empty(), "a denied request must not reach the upstream");
    assert_eq!(mesh.client("frontend").unwrap().get("/customers/1").await.unwrap().text(), MASKED);
    assert_eq!(mesh.nobody().unwrap().get("/healthz").await.unwrap().status, 200);
}

#[tokio::test]
async fn pseudonym_is_the_same_for_every_caller_and_request() {
    const IBAN: &str = "DE02120300000000202051";
    let upstream = Upstream::json(format!(r#"{{"iban":"{IBAN}"}}"#)).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let mut seen = Vec::new();
    for client in [mesh.client("support").unwrap(), mesh.client("frontend").unwrap(), mesh.nobody().unwrap()] {
        let answer: Value = serde_json::from_slice(&client.get("/").await.unwrap().body).unwrap();
        seen.push(answer["iban"].as_str().unwrap().to_owned());
    }
    let code = seen[0].strip_prefix("iban_").unwrap();
    assert!(code.len() == 20 && code.bytes().all(|byte| byte.is_ascii_hexdigit()), "{code}");
    assert!(seen.iter().all(|other| *other == seen[0]), "{seen:?}");
}
