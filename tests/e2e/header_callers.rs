//! Callers named by a header: believed only behind a trusted hop.

use hyper::Request;
use meshveil_tests::certificate::spiffe;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;
use serde_json::json;

use crate::document::{CLEAR, MASKED, SUPPORT};

#[tokio::test]
async fn header_counts_only_from_a_trusted_hop_and_only_once() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let plan = plan::shop_with(&[
        ("trustedHops", json!([spiffe("ingress")])),
        (
            "callers",
            json!([{"name": "support", "match": [{"header": {"name": "x-user-group", "value": "support"}}], "sees": ["email"]}]),
        ),
    ]);
    let mesh = Setup::new(plan, upstream.address()).start().await.unwrap();
    let get = || Request::get("/").header("x-user-group", "support");
    let seen = async |client: meshveil_tests::client::Client, request| client.send(request).await.unwrap().text();

    assert_eq!(seen(mesh.client("ingress").unwrap(), get()).await, SUPPORT);
    assert_eq!(seen(mesh.http2_client("ingress").unwrap(), get()).await, SUPPORT);
    assert_eq!(seen(mesh.client("ingress").unwrap(), Request::get("/")).await, MASKED);
    assert_eq!(seen(mesh.client("frontend").unwrap(), get()).await, MASKED);
    assert_eq!(seen(mesh.nobody().unwrap(), get()).await, MASKED);
    let twice = get().header("x-user-group", "support");
    assert_eq!(seen(mesh.client("ingress").unwrap(), twice).await, MASKED);
    let other = Request::get("/").header("x-user-group", "Support");
    assert_eq!(seen(mesh.client("ingress").unwrap(), other).await, MASKED);
}
