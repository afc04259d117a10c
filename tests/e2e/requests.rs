//! What the upstream is asked: never for a part, never for an encoded body, never for a 304.

use hyper::Request;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::Upstream;

use crate::document::{CLEAR, MASKED};

const HEADERS: &[(&str, &str)] = &[
    ("accept-encoding", "gzip, br"),
    ("range", "bytes=0-9"),
    ("if-range", "\"v1\""),
    ("if-none-match", "\"v1\""),
    ("if-modified-since", "Mon, 23 Nov 2026 00:00:00 GMT"),
];

fn request(method: &str, path: &str) -> hyper::http::request::Builder {
    HEADERS
        .iter()
        .fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(*name, *value))
}

#[tokio::test]
async fn upstream_is_asked_for_the_whole_and_plain_representation() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
        let answer = client.send(request("GET", "/")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, MASKED));
        let asked = upstream.asked().pop().unwrap();
        assert_eq!(asked.headers["accept-encoding"], "identity");
        for (name, _) in &HEADERS[1..] {
            assert!(!asked.headers.contains_key(*name), "{name} reached the upstream");
        }
    }
}

#[tokio::test]
async fn preconditions_of_writes_stay() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    mesh.client("frontend").unwrap().send(request("PUT", "/")).await.unwrap();
    let asked = upstream.asked().pop().unwrap();
    assert_eq!(asked.headers["if-none-match"], "\"v1\"");
    assert!(!asked.headers.contains_key("range"));
}

#[tokio::test]
async fn requests_that_are_not_masked_are_left_alone() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for (caller, path) in [("billing", "/"), ("frontend", "/healthz")] {
        mesh.client(caller).unwrap().send(request("GET", path)).await.unwrap();
        let asked = upstream.asked().pop().unwrap();
        for (name, value) in HEADERS {
            assert_eq!(
                asked.headers.get(*name).map(|header| header.as_bytes()),
                Some(value.as_bytes()),
                "{caller} {name}"
            );
        }
    }
}
