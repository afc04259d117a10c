//! Answers without a body, and headers that would tell something of the unmasked one.

use hyper::{Request, StatusCode};
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::{Upstream, with_headers};

use crate::document::{CLEAR, MASKED};

/// Headers that describe the unmasked bytes.
const TELLING: &[(&str, &str)] = &[
    ("etag", "\"hash-of-clear\""),
    ("accept-ranges", "bytes"),
    ("content-md5", "Q2hlY2sgSW50ZWdyaXR5IQ=="),
    ("digest", "sha-256=x"),
    ("content-digest", "sha-256=:x:"),
    ("repr-digest", "sha-256=:x:"),
    ("cdn-cache-control", "max-age=60"),
];

async fn upstream() -> Upstream {
    Upstream::start(|request| {
        let status: u16 = request.uri().path().trim_start_matches('/').parse().unwrap_or(200);
        let headers =
            [&[("content-type", "application/json"), ("cache-control", "public, max-age=60")], TELLING].concat();
        let mut response = with_headers(&headers, if matches!(status, 204 | 304) { "" } else { CLEAR });
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn headers_do_not_tell_of_the_unmasked_body() {
    let upstream = upstream().await;
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
        for (method, path) in [("GET", "/200"), ("HEAD", "/200"), ("GET", "/204"), ("GET", "/304"), ("HEAD", "/404")] {
            let answer = client.send(Request::builder().method(method).uri(path)).await.unwrap();
            let context = format!("{method} {path}");
            assert_eq!(format!("/{}", answer.status.as_u16()), path);
            assert_eq!(answer.cut, None, "{context}");
            assert_eq!(answer.text(), if path == "/200" && method == "GET" { MASKED } else { "" }, "{context}");
            for name in TELLING.iter().map(|(name, _)| *name).chain(["content-length"]) {
                let told = answer.header(name);
                // Envoy may write the length of no body at all; the tag is one of the view.
                let allowed = match name {
                    "content-length" => told == Some("0"),
                    "etag" => told.is_some_and(|tag| !tag.contains("hash-of-clear")),
                    _ => false,
                };
                assert!(told.is_none() || allowed, "{context}: {name}: {told:?}");
            }
            assert_eq!(answer.header("cache-control"), Some("max-age=60, private"), "{context}");
        }
    }
}

#[tokio::test]
async fn who_sees_everything_keeps_length_and_etag() {
    let upstream = upstream().await;
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let client = mesh.client("billing").unwrap();
    for method in ["GET", "HEAD"] {
        let answer = client.send(Request::builder().method(method).uri("/200")).await.unwrap();
        assert_eq!(answer.header("content-length"), Some(CLEAR.len().to_string().as_str()));
        assert_eq!(answer.header("etag"), Some("\"hash-of-clear\""));
        assert_eq!(
            answer.header("cache-control"),
            Some("max-age=60, private"),
            "no shared cache may keep the clear one"
        );
    }
}

#[tokio::test]
async fn empty_body_that_says_it_is_json_stays_empty() {
    let upstream = Upstream::json("").await.unwrap();
    for strict in [false, true] {
        let setup = Setup::new(plan::shop(), upstream.address());
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
            let answer = client.get("/").await.unwrap();
            assert_eq!((answer.status.as_u16(), answer.text().as_str(), answer.cut), (200, "", None));
        }
    }
}
