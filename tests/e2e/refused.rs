//! Responses that cannot be masked are refused: encoded, partial, in other types and character sets, upgrades.

use hyper::Request;
use meshveil_tests::client::Answer;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::{Upstream, with_headers};
use serde_json::{Value, json};

use crate::document::{CLEAR, assert_no_secret};

type Headers = &'static [(&'static str, &'static str)];

/// Path, status, headers, and the reason of the refusal.
const CASES: &[(&str, u16, Headers, &str)] = &[
    ("/compress", 200, &[("content-type", "application/json"), ("content-encoding", "compress")], "content-encoding"),
    ("/br", 200, &[("content-type", "application/json"), ("content-encoding", "br")], "content-encoding"),
    (
        "/two-lines",
        200,
        &[("content-type", "application/json"), ("content-encoding", "gzip"), ("content-encoding", "deflate")],
        "content-encoding",
    ),
    (
        "/no-transform",
        200,
        &[("content-type", "application/json"), ("content-encoding", "zstd"), ("cache-control", "no-transform")],
        "content-encoding",
    ),
    ("/partial", 206, &[("content-type", "application/json"), ("content-range", "bytes 0-9/99")], "partial-content"),
    (
        "/content-range",
        200,
        &[("content-type", "application/json"), ("content-range", "bytes 0-9/99")],
        "partial-content",
    ),
    ("/ranges", 206, &[("content-type", "multipart/byteranges; boundary=x")], "content-type"),
    ("/utf-16", 200, &[("content-type", "application/json; charset=utf-16")], "charset"),
    ("/csv", 200, &[("content-type", "text/csv")], "content-type"),
    ("/xml", 200, &[("content-type", "application/xml")], "content-type"),
    ("/text", 200, &[("content-type", "text/plain")], "content-type"),
    ("/no-type", 200, &[], "no-content-type"),
    ("/two-types", 200, &[("content-type", "image/png"), ("content-type", "application/json")], "content-type-unclear"),
    ("/not-utf-8", 200, &[("content-type", "application/json\u{e9}")], "content-type-unclear"),
];

async fn upstream() -> Upstream {
    Upstream::start(|request| {
        let case = CASES.iter().find(|(path, ..)| *path == request.uri().path());
        let (status, headers) =
            case.map_or((200, &[("content-type", "application/json")][..]), |case| (case.1, case.2));
        let mut response = with_headers(headers, CLEAR);
        *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
        response
    })
    .await
    .unwrap()
}

fn assert_refused(answer: &Answer, status: u16, reason: &str, context: &str) {
    assert_no_secret(&answer.body, context);
    assert_eq!((answer.status.as_u16(), &answer.cut), (status, &None), "{context}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{context}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{context}");
    let problem: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(problem["reason"], reason, "{context}");
    assert_eq!(problem["status"], status, "{context}");
}

#[tokio::test]
async fn what_cannot_be_masked_is_refused_with_a_reason() {
    let upstream = upstream().await;
    for strict in [false, true] {
        let setup = Setup::new(plan::shop(), upstream.address()).http2_upstream();
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        for (path, _, _, reason) in CASES {
            for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
                assert_refused(&client.get(path).await.unwrap(), 502, reason, path);
            }
            let line = mesh.envoy.access_line(&format!("GET {path} ")).await.unwrap();
            assert!(line.contains(&format!(" meshveil_{reason} ")), "{line}");
        }
    }
}

#[tokio::test]
async fn redirects_and_errors_lose_a_body_that_cannot_be_read() {
    let upstream = Upstream::start(|request| {
        let status = request.uri().path().trim_start_matches('/').parse().unwrap();
        let mut response = with_headers(&[("content-type", "text/html"), ("location", "/login")], CLEAR);
        *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
        response
    })
    .await
    .unwrap();
    for strict in [false, true] {
        let setup = Setup::new(plan::shop(), upstream.address());
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        for status in [301, 302, 307, 400, 404, 500] {
            for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
                let answer = client.get(&format!("/{status}")).await.unwrap();
                assert_eq!((answer.status.as_u16(), answer.text().as_str(), &answer.cut), (status, "", &None));
                let location = Some("/login").filter(|_| status < 400);
                assert_eq!(answer.header("location"), location, "{status}");
                assert_eq!(answer.header("content-type"), None, "{status}");
            }
        }
    }
}

#[tokio::test]
async fn who_sees_everything_gets_every_response_as_it_is() {
    let upstream = upstream().await;
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for (path, status, _, _) in CASES {
        let answer = mesh.client("billing").unwrap().get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (*status, CLEAR), "{path}");
    }
}

#[tokio::test]
async fn images_and_pages_pass_where_they_are_listed() {
    let upstream = Upstream::start(|request| {
        let media = if request.uri().path() == "/page" { "text/html" } else { "image/png" };
        with_headers(&[("content-type", media), ("content-encoding", "gzip"), ("etag", "\"1\"")], "bytes \u{1f600}")
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for path in ["/page", "/image"] {
        let answer = mesh.client("frontend").unwrap().get(path).await.unwrap();
        assert_refused(&answer, 502, "content-type", path);
    }
    let plan = plan::shop_with(&[("passes", json!(["text/html", "image/*"]))]);
    let mesh = Setup::new(plan, upstream.address()).start().await.unwrap();
    for path in ["/page", "/image"] {
        let answer = mesh.client("frontend").unwrap().get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "bytes \u{1f600}"));
    }
}

#[tokio::test]
async fn upgrade_of_a_protected_route_is_refused() {
    let upstream = upstream().await;
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let upgrade = || Request::get("/").header("connection", "upgrade").header("upgrade", "websocket");
    let answer = mesh.client("frontend").unwrap().send(upgrade()).await.unwrap();
    assert_refused(&answer, 403, "upgrade", "upgrade");
    assert!(upstream.asked().is_empty());
}

#[tokio::test]
async fn local_replies_of_envoy_pass() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mesh = Setup::new(plan::shop(), closed).start().await.unwrap();
    let answer = mesh.client("frontend").unwrap().get("/").await.unwrap();
    assert_eq!(answer.status, 503);
    assert!(answer.text().starts_with("upstream connect error"), "{}", answer.text());
}

#[tokio::test]
async fn on_error_pass_lets_through_what_was_not_read() {
    let upstream = upstream().await;
    let plan = plan::shop_with(&[("onError", json!("pass"))]);
    let mesh = Setup::new(plan, upstream.address()).start().await.unwrap();
    let answer = mesh.client("frontend").unwrap().get("/compress").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, CLEAR));
    let line = mesh.envoy.access_line("/compress").await.unwrap();
    assert!(line.contains("outcome=passed-on-error;reason=content-encoding;"), "{line}");
}
