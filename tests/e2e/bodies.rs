//! Bodies on their way: cut in any way, large, and never waited for.

use std::fmt::Write as _;
use std::sync::Mutex;

use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Bytes;
use hyper::{Request, Response};
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::raw_upstream::{RawUpstream, chunk};
use meshveil_tests::upstream::{self, Upstream};
use tokio::sync::oneshot;

use crate::document::{CLEAR, MASKED};

const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn one_byte_chunks_give_the_same_answer() {
    let upstream = RawUpstream::start(|_| {
        let mut pieces = vec![CHUNKED.to_vec()];
        pieces.extend(CLEAR.as_bytes().iter().map(|byte| chunk(&[*byte])));
        pieces.push(b"0\r\n\r\n".to_vec());
        pieces
    })
    .await
    .unwrap();
    for setup in [Setup::new(plan::shop(), upstream.address()), Setup::new(plan::shop(), upstream.address()).strict()] {
        let mesh = setup.start().await.unwrap();
        for client in [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()] {
            let answer = client.get("/").await.unwrap();
            assert_eq!((answer.text().as_str(), answer.cut), (MASKED, None));
        }
    }
}

#[tokio::test]
async fn body_cut_inside_escapes_numbers_and_characters_is_the_same() {
    const BODY: &str =
        r#"{"\u0073sn":"\u0031","s\u0073n":-12.5e3,"n":-12.50E+3,"ß":"\ud83d\ude00\"","email":null,"ssn":["a"]}"#;
    const EXPECTED: &str = r#"{"\u0073sn":"***-**-****","s\u0073n":"***-**-****","n":-12.50E+3,"ß":"\ud83d\ude00\"","email":null,"ssn":"***-**-****"}"#;
    // The path says where the body is cut in two.
    let upstream = RawUpstream::start(|path| {
        let at: usize = path.trim_start_matches('/').parse().unwrap_or(0);
        let (first, second) = BODY.as_bytes().split_at(at);
        vec![CHUNKED.to_vec(), chunk(first), [chunk(second), b"0\r\n\r\n".to_vec()].concat()]
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let client = mesh.client("frontend").unwrap();
    for at in 1..BODY.len() {
        let answer = client.get(&format!("/{at}")).await.unwrap();
        assert_eq!((answer.text().as_str(), answer.cut), (EXPECTED, None), "cut at {at}");
    }
}

/// 50 MB of customers, and what the strictest view of them is.
fn large() -> (String, String) {
    let (mut clear, mut masked) = (String::from("[\n"), String::from("[\n"));
    for id in 0.. {
        let (last, comma) = (clear.len() > 50_000_000, if clear.len() > 50_000_000 { "" } else { "," });
        let line = |text: &mut String, ssn: &str, email: &str, number: &str| {
            writeln!(
                text,
                r#" {{"id": {id}, "ssn": "{ssn}", "name": "Zoë \"{id}\"", "email": "{email}", "card": {{"number": "{number}"}}, "sum": {id}.50}}{comma}"#
            )
            .unwrap();
        };
        line(
            &mut clear,
            &format!("123-45-{:04}", id % 10_000),
            &format!("zoe{id}@example.com"),
            &format!("41111111{id:08}"),
        );
        line(&mut masked, "***-**-****", "z***@example.com", &format!("****{:04}", id % 10_000));
        if last {
            break;
        }
    }
    clear.push(']');
    masked.push(']');
    (clear, masked)
}

#[tokio::test]
async fn fifty_megabytes_pass_a_buffer_of_32_kib() {
    let (clear, masked) = large();
    assert!(clear.len() > 50_000_000);
    let upstream = Upstream::json(clear).await.unwrap();
    for (setup, http2) in [
        (Setup::new(plan::shop(), upstream.address()), false),
        (Setup::new(plan::shop(), upstream.address()).strict().http2_upstream(), true),
    ] {
        let mesh = setup.buffer_limit(32768).start().await.unwrap();
        let client = if http2 { mesh.http2_client("frontend") } else { mesh.client("frontend") }.unwrap();
        let answer = client.get("/").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.cut), (200, None));
        // Not `assert_eq`: it would print 100 MB.
        assert!(answer.body == masked.as_bytes(), "{} bytes, expected {}", answer.body.len(), masked.len());
    }
}

#[tokio::test]
async fn first_bytes_reach_the_client_before_the_upstream_is_done() {
    for strict in [false, true] {
        let (send_rest, rest) = oneshot::channel::<()>();
        let rest = Mutex::new(Some(rest));
        let upstream = Upstream::start(move |_| {
            let rest = rest.lock().unwrap().take();
            let first = Frame::data(Bytes::from_static(br#"{"ssn": "123-45-6789", "name""#));
            let second = async move {
                if let Some(rest) = rest {
                    rest.await.ok();
                }
                Ok(Frame::data(Bytes::from_static(br#": "Anna"}"#)))
            };
            use futures_util::StreamExt as _;
            let frames = futures_util::stream::iter([Ok(first)]).chain(futures_util::stream::once(second));
            let mut response = Response::new(StreamBody::new(frames).boxed());
            response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
            response
        })
        .await
        .unwrap();
        let setup = Setup::new(plan::shop(), upstream.address());
        let mesh = if strict { setup.strict() } else { setup }.start().await.unwrap();
        let mut connection = mesh.client("frontend").unwrap().connect().await.unwrap();
        let mut body = connection.open(Request::get("/")).await.unwrap().into_body();
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(first.starts_with(br#"{"ssn": "***-**-****""#), "{first:?}");
        send_rest.send(()).unwrap();
        let rest = body.collect().await.unwrap().to_bytes();
        assert_eq!([first, rest].concat(), br#"{"ssn": "***-**-****", "name": "Anna"}"#);
    }
}

#[tokio::test]
async fn lines_are_masked_one_by_one() {
    let upstream = Upstream::start(|_| {
        upstream::of_type("application/x-ndjson", "{\"ssn\":\"123-45-6789\"}\n\n{\"ssn\":1}\r\n{\"a\":\"b\"}\n")
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    let answer = mesh.client("frontend").unwrap().get("/").await.unwrap();
    assert_eq!(answer.text(), "{\"ssn\":\"***-**-****\"}\n\n{\"ssn\":\"***-**-****\"}\r\n{\"a\":\"b\"}\n");
}

#[tokio::test]
async fn every_status_is_masked_and_unmasked_bytes_are_untouched() {
    let upstream = Upstream::start(|request| {
        let mut response = upstream::json("{ \"a\" : 1e400,\n\t\"a\":0.10, \"ssn\" :\"123-45-6789\" , \"ssn\":2}");
        *response.status_mut() = request.uri().path().trim_start_matches('/').parse().unwrap();
        response
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start().await.unwrap();
    for status in [200, 201, 203, 302, 400, 404, 500, 503] {
        let answer = mesh.client("frontend").unwrap().get(&format!("/{status}")).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.text(),
            "{ \"a\" : 1e400,\n\t\"a\":0.10, \"ssn\" :\"***-**-****\" , \"ssn\":\"***-**-****\"}",
            "{status}"
        );
    }
}
