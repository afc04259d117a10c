//! What the upstream is asked: never for a part, never for an encoded body, never for a 304.

use hyper::Request;
use hyper::header::HeaderValue;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::{self, Upstream};

use crate::document::{CLEAR, MASKED, assert_no_secret};

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
async fn preconditions_by_tags_of_the_view_reach_the_upstream_as_its_own() {
    let upstream = Upstream::start(|_| {
        let mut response = upstream::json(CLEAR);
        response.headers_mut().insert("etag", HeaderValue::from_static("\"v1\""));
        response
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
        let answer = client.send(Request::get("/")).await.unwrap();
        let tag = answer.header("etag").unwrap().to_owned();
        assert!(!tag.contains("v1"), "{tag}");
        for (method, name) in [("GET", "if-none-match"), ("PUT", "if-match")] {
            let asked = async |tag: &str| {
                client.send(Request::builder().method(method).uri("/").header(name, tag)).await.unwrap();
                upstream.asked().pop().unwrap().headers.get(name).cloned()
            };
            assert_eq!(asked(&tag).await.unwrap(), "\"v1\"", "{method}");
            let guess = asked("\"v1\"").await;
            assert!(guess.is_none_or(|sent| sent == "\"meshveil-unknown\""), "a guess reached the upstream");
        }
    }
}

#[tokio::test]
async fn upstream_is_asked_for_types_that_can_be_read() {
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let client = mesh.http2_client("frontend").unwrap();
    client.send(Request::get("/").header("accept", "text/html, application/xml;q=0.9")).await.unwrap();
    assert_eq!(upstream.asked().pop().unwrap().headers["accept"], "application/json");
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

/// Envoy takes headers of its own away from requests that come from outside; where they reach the upstream, masking is on.
#[tokio::test]
async fn headers_in_which_envoy_notes_a_path_are_never_let_off() {
    const OWN: [&str; 3] = ["x-envoy-original-path", "x-envoy-original-url", "x-envoy-decorator-operation"];
    let upstream = Upstream::json(CLEAR).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
        for name in OWN {
            let answer = client.send(Request::get("/healthz").header(name, "/customers")).await.unwrap();
            let reached = upstream.asked().pop().unwrap().headers.contains_key(name);
            if reached {
                assert_no_secret(&answer.body, name);
            }
        }
    }
}
