//! Bodies that end in trailers, where no callback says that the body is complete.

use hyper::HeaderMap;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use meshveil_tests::client::Answer;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::raw_upstream::{RawUpstream, chunk};
use meshveil_tests::upstream::{self, Upstream};

use crate::document::{CLEAR, MASKED, assert_no_secret};

fn assert_masked_with_trailers(answer: &Answer, context: &str) {
    assert_eq!((answer.text().as_str(), &answer.cut), (MASKED, &None), "{context}");
    let trailers = answer.trailers.as_ref().unwrap();
    assert_eq!(trailers.get("grpc-status").unwrap(), "0", "{context}");
    assert!(!trailers.contains_key("x-took"), "{context}: a trailer that could hold anything went out");
    assert!(!trailers.contains_key("repr-digest"), "{context}: a digest of the clear body went out");
}

#[tokio::test]
async fn trailers_follow_a_masked_body_over_http2() {
    let upstream = Upstream::start(|request| {
        let whole = request.uri().path() != "/broken";
        let chunks = CLEAR.as_bytes()[..if whole { CLEAR.len() } else { CLEAR.len() - 5 }].chunks(7);
        let trailers = HeaderMap::from_iter([
            (hyper::header::HeaderName::from_static("grpc-status"), HeaderValue::from_static("0")),
            (hyper::header::HeaderName::from_static("x-took"), HeaderValue::from_static("5ms")),
            (hyper::header::HeaderName::from_static("repr-digest"), HeaderValue::from_static("sha-256=:x:")),
        ]);
        let mut response = upstream::json("");
        *response.body_mut() = upstream::frames(chunks.map(Bytes::copy_from_slice).collect(), Some(trailers));
        response
    })
    .await
    .unwrap();
    for strict in [false, true] {
        let setup = Setup::new(plan::shop(), upstream.address()).http2_upstream();
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
            let answer = client.send(Request::get("/").header("te", "trailers")).await.unwrap();
            assert_masked_with_trailers(&answer, &format!("strict {strict}"));
            // The document is not complete when the trailers come.
            if let Ok(answer) = client.send(Request::get("/broken").header("te", "trailers")).await {
                assert!(answer.cut.is_some(), "{answer:?}");
                assert_no_secret(&answer.body, "broken");
            }
        }
    }
}

#[tokio::test]
async fn trailers_follow_a_masked_body_over_http1() {
    let upstream = RawUpstream::start(|_| {
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\ntrailer: grpc-status, x-took\r\n\r\n";
        let end = b"0\r\ngrpc-status: 0\r\nx-took: 5ms\r\nrepr-digest: sha-256=:x:\r\n\r\n";
        vec![head.to_vec(), chunk(CLEAR.as_bytes()), end.to_vec()]
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
        let answer = client.send(Request::get("/").header("te", "trailers")).await.unwrap();
        assert_masked_with_trailers(&answer, "http1");
    }
}
