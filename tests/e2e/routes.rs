//! Masking by route: route metadata, paths, and paths that can be read in two ways.

use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;

use crate::document::{CLEAR, MASKED};

/// `MASKED` on a route that tightens `card` to `null`.
fn tight() -> String {
    MASKED.replace("\"****1111\"", "null")
}

/// `MASKED` on a route that tightens `email` to `redact`.
fn export() -> String {
    MASKED.replace("a***@example.com", "***")
}

/// Both: what applies where the route is not certain.
fn strictest() -> String {
    export().replace("\"****1111\"", "null")
}

#[tokio::test]
async fn route_metadata_chooses_the_masks() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address())
        .route("a", "/open", Some("open"))
        .route("b", "/tight", Some("tight"))
        .route("c", "/typo", Some("no-such-route"))
        .route("d", "/export/tight", Some("tight"))
        .route("e", "/orders", Some("health"))
        .start()
        .await
        .unwrap();
    let client = mesh.client("frontend").unwrap();
    let seen = async |path: &str| client.get(path).await.unwrap().text();

    assert_eq!(seen("/open/1").await, CLEAR);
    assert_eq!(seen("/tight/1").await, tight());
    assert_eq!(seen("/customers").await, MASKED);
    assert_eq!(seen("/export/tight").await, tight(), "metadata comes before the path");
    assert_eq!(seen("/orders").await, strictest(), "masking is off only where metadata and `match` agree");
    assert_eq!(seen("/typo").await, strictest(), "a name that the plan does not know relaxes nothing");
    assert_eq!(mesh.envoy.statistic("wasmcustom.meshveil_unknown_routes_total").await.unwrap(), 1);
}

#[tokio::test]
async fn path_chooses_the_masks() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
        let seen = async |path: &str| client.get(path).await.unwrap().text();
        assert_eq!(seen("/healthz").await, CLEAR);
        assert_eq!(seen("/healthz?verbose=1").await, CLEAR);
        assert_eq!(seen("/healthz/x").await, MASKED);
        assert_eq!(seen("/export").await, export());
        assert_eq!(seen("/export/all").await, export());
        assert_eq!(seen("/exports").await, MASKED);
        assert_eq!(seen("/export.json").await, strictest(), "a server may take it for `/export`");
        assert_eq!(seen("/healthz?_method=POST").await, strictest());
    }
}

#[tokio::test]
async fn path_with_two_readings_is_never_let_off() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address())
        .route("open", "/open", Some("open"))
        .raw_paths()
        .start()
        .await
        .unwrap();
    let client = mesh.client("frontend").unwrap();
    for path in [
        "/open/../customers",
        "/open/%2e%2e/customers",
        "/open/..;/customers",
        "/open//customers",
        "/%68ealthz",
        "/customers/../healthz",
        "/./healthz",
        "/healthz;v=1",
        "/open/%E2%80%A5/customers",
        "/open/%c0%ae%c0%ae/customers",
        "/healthz.",
    ] {
        let answer = client.get(path).await.unwrap();
        assert_eq!(answer.text(), strictest(), "{path}");
        assert_eq!(upstream.asked().last().unwrap().path, path, "Envoy passed the path on as it was");
    }
    assert_eq!(client.get("/open/customers").await.unwrap().text(), CLEAR);
}

#[tokio::test]
async fn header_that_replaces_the_path_is_never_let_off() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let client = mesh.client("frontend").unwrap();
    for header in [
        "x-original-url",
        "x-rewrite-url",
        "x-http-method-override",
        "x-forwarded-prefix",
        "x-envoy-original-path",
        "x-envoy-decorator-operation",
        "script-name",
        "script_name",
        "x_original_url",
        "forwarded",
        "x-host",
        "destination",
    ] {
        let request = hyper::Request::get("/healthz").header(header, "/customers");
        assert_eq!(client.send(request).await.unwrap().text(), strictest(), "{header}");
    }
    let mut request = hyper::Request::get("/healthz");
    for header in ["x-forwarded-for", "x-forwarded-proto", "x-request-id", "traceparent", "x-tenant", "x-b3-traceid"] {
        request = request.header(header, "1");
    }
    assert_eq!(client.send(request).await.unwrap().text(), CLEAR);
}
