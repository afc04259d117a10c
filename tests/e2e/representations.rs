//! Bodies in every framing and content coding, to clients of HTTP/1.1 and HTTP/2, with headers that wait and that do not.

use std::io::Write as _;

use flate2::{Compression, write};
use hyper::body::Bytes;
use hyper::{HeaderMap, Response};
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::{self, Upstream, with_headers};
use serde_json::{Value, json};

use crate::document::{CLEAR, MASKED, assert_no_secret};

/// Path, media type, body, and what arrives.
const FRAMINGS: &[(&str, &str, &str, &str)] = &[
    (
        "/model",
        "text/event-stream",
        ": hi\nevent: delta\ndata: {\"choices\":[{\"ssn\":\"123-45-6789\"}]}\n\ndata: {\r\ndata: \"ssn\":1}\r\n\r\ndata: [DONE]\n\n",
        ": hi\nevent: delta\ndata: {\"choices\":[{\"ssn\":\"***-**-****\"}]}\n\ndata: {\ndata: \"ssn\":\"***-**-****\"}\n\ndata: [DONE]\n\n",
    ),
    (
        "/sequence",
        "application/geo+json-seq",
        "\u{1e}{\"ssn\":1}\n\u{1e}{\"ssn\":2}\n",
        "\u{1e}{\"ssn\":\"***-**-****\"}\n\u{1e}{\"ssn\":\"***-**-****\"}\n",
    ),
    (
        "/watch",
        "application/json;stream=watch",
        "{\"object\":{\"ssn\":1}}\n{\"object\":{\"ssn\":2}}\n",
        "{\"object\":{\"ssn\":\"***-**-****\"}}\n{\"object\":{\"ssn\":\"***-**-****\"}}\n",
    ),
    ("/bulk", "application/fhir+ndjson", "{\"ssn\":1}\n", "{\"ssn\":\"***-**-****\"}\n"),
    ("/amazon", "application/x-amz-json-1.1", "{\"ssn\":1}", "{\"ssn\":\"***-**-****\"}"),
    ("/latin", "application/json;charset=ISO-8859-1", "{\"ssn\":1}", "{\"ssn\":\"***-**-****\"}"),
    ("/mark", "application/json", "\u{feff}{\"ssn\":1}", "\u{feff}{\"ssn\":\"***-**-****\"}"),
    ("/blank", "application/json", "\n", "\n"),
    ("/glued", "application/x-glued", "{\"ssn\":1}{\"ssn\":2}", "{\"ssn\":\"***-**-****\"}{\"ssn\":\"***-**-****\"}"),
    ("/good", "application/x-ndjson", "{\"ssn\":1}\n{\"ssn\":\"123-45-6789\n2\n", "{\"ssn\":\"***-**-****\"}\n2\n"),
];

fn plan() -> Value {
    plan::shop_with(&[
        ("reads", json!({ "application/x-glued": "documents" })),
        ("routes", json!([{ "name": "good", "match": { "path": "/good" }, "badLines": "drop" }])),
    ])
}

#[tokio::test]
async fn every_framing_is_masked() {
    let upstream = Upstream::start(|request| {
        let (_, media, body, _) = FRAMINGS.iter().find(|(path, ..)| *path == request.uri().path()).unwrap();
        upstream::of_type(media, *body)
    })
    .await
    .unwrap();
    for strict in [false, true] {
        let setup = Setup::new(plan(), upstream.address());
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
            for (path, _, _, expected) in FRAMINGS {
                let answer = client.get(path).await.unwrap();
                assert_eq!(
                    (answer.status.as_u16(), answer.text().as_str(), &answer.cut),
                    (200, *expected, &None),
                    "{path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn framings_that_break_are_cut_and_show_nothing() {
    let upstream = Upstream::start(|request| match request.uri().path() {
        "/events" => upstream::of_type("text/event-stream", "data: the number is 123-45-6789\n\n"),
        "/sequence" => upstream::of_type("application/json-seq", "{\"ssn\":\"123-45-6789\"}\n"),
        _ => upstream::of_type("application/json; charset=latin1", "{\"ssn\":\"123-45-6789\",\"name\":\"Zo\u{eb}\"}"),
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan(), upstream.address()).strict().start().await.unwrap();
    for (path, reason) in [("/events", "json-syntax"), ("/sequence", "json-syntax"), ("/latin", "charset-not-ascii")] {
        let answer = mesh.client("frontend").unwrap().get(path).await.unwrap();
        assert_eq!(answer.status, 502, "{path}");
        assert_no_secret(&answer.body, path);
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem["reason"], reason, "{path}");
    }
}

fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = write::GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zlib(body: &str) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn raw(body: &str) -> Vec<u8> {
    let mut encoder = write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn encoded_bodies_that_come_unasked_are_decoded_and_masked() {
    let upstream = Upstream::start(|request| {
        let (coding, body) = match request.uri().path() {
            "/gzip" => ("gzip", gzip(CLEAR)),
            "/members" => ("x-gzip", CLEAR.split_inclusive(',').flat_map(gzip).collect()),
            "/deflate" => ("deflate", zlib(CLEAR)),
            "/trailers" => {
                let chunks = gzip(CLEAR).chunks(9).map(|chunk| Bytes::from(chunk.to_vec())).collect();
                let trailers = HeaderMap::from_iter([("x-end".parse().unwrap(), "1".parse().unwrap())]);
                let mut response = Response::new(upstream::frames(chunks, Some(trailers)));
                for (name, value) in [("content-type", "application/json"), ("content-encoding", "gzip")] {
                    response.headers_mut().insert(name, value.parse().unwrap());
                }
                return response;
            }
            _ => ("deflate", raw(CLEAR)),
        };
        with_headers(&[("content-type", "application/json"), ("content-encoding", coding)], body)
    })
    .await
    .unwrap();
    for strict in [false, true] {
        let setup = Setup::new(plan(), upstream.address()).http2_upstream();
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
            for path in ["/gzip", "/members", "/deflate", "/raw", "/trailers"] {
                let answer = client.get(path).await.unwrap();
                assert_eq!(
                    (answer.status.as_u16(), answer.text().as_str(), &answer.cut),
                    (200, MASKED, &None),
                    "{path}"
                );
                assert_eq!(answer.header("content-encoding"), None, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn encoded_bodies_that_are_not_whole_or_expand_too_much_are_cut() {
    let upstream = Upstream::start(|request| {
        let mut body = gzip(CLEAR);
        match request.uri().path() {
            "/truncated" => body.truncate(body.len() - 9),
            "/garbage" => body.extend(*b"123-45-6789"),
            "/bomb" => body = gzip(&" ".repeat(100 << 20)),
            _ => body = CLEAR.into(),
        }
        with_headers(&[("content-type", "application/json"), ("content-encoding", "gzip")], body)
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan(), upstream.address()).start().await.unwrap();
    for (path, reason) in [
        ("/truncated", "coding-truncated"),
        ("/garbage", "coding-malformed"),
        ("/bomb", "limit-expansion"),
        ("/plain", "coding-malformed"),
    ] {
        let answer = mesh.client("frontend").unwrap().get(path).await;
        if let Ok(answer) = answer {
            assert!(answer.cut.is_some(), "{path}");
            assert_no_secret(&answer.body, path);
            assert!(answer.body.len() < 64 << 20, "{path}: {} bytes", answer.body.len());
        }
        let line = mesh.envoy.access_line(&format!("GET {path} ")).await.unwrap();
        assert!(line.contains(&format!("outcome=aborted;reason={reason};")), "{line}");
    }
}
