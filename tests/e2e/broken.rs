//! Bodies that break: no byte of a matched value in clear, and never an end that looks whole.

use meshveil_tests::client::{Answer, Client};
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::plan;
use meshveil_tests::raw_upstream::{RawUpstream, chunk};
use serde_json::Value;

use crate::document::assert_no_secret;

const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
const GOOD: &[u8] = br#"{"customers": [{"id": 1, "ssn": "123-45-6789", "email": "anna.smith@example.com"}, "#;

/// What follows a good first half: each breaks the document or the transfer.
const SECOND_HALVES: &[(&str, &[u8])] = &[
    ("/syntax", br#"{"ssn": "123-45-6789" "email": "anna.smith@example.com"}]}"#),
    ("/bare-word", br#"{"ssn": 123-45-6789}]}"#),
    ("/in-value", b"{\"ssn\": \"123-45-\n6789\"}]}"),
    ("/utf-8", b"{\"ssn\": \"123-45-\xff6789\"}]}"),
    ("/unfinished", br#"{"ssn": "123-45-"#),
    ("/trailing", br#"{}]} {"ssn": "123-45-6789"}"#),
];

async fn start(setup: impl Fn(Setup) -> Setup) -> (RawUpstream, Mesh) {
    let upstream = RawUpstream::start(|path| match path {
        // The connection ends in the middle of a chunk.
        "/closed" => vec![CHUNKED.to_vec(), chunk(GOOD), b"40\r\n{\"ssn\": \"123-45-".to_vec()],
        // Less than the declared length.
        "/short" => vec![
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
                .to_vec(),
            GOOD.to_vec(),
            br#"{"ssn": "123-45-"#.to_vec(),
        ],
        "/bad-chunk" => vec![CHUNKED.to_vec(), chunk(GOOD), b"zz\r\n{\"ssn\": \"123-45-6789\"}".to_vec()],
        // Broken in the first bytes already, in one piece.
        "/at-once" => {
            vec![
                [CHUNKED, &chunk(br#"{"ssn": "123-45-6789", "email" "anna.smith@example.com"}"#), b"0\r\n\r\n"]
                    .concat(),
            ]
        }
        path => {
            let second = SECOND_HALVES.iter().find(|(name, _)| *name == path).map_or(&b""[..], |(_, second)| second);
            vec![CHUNKED.to_vec(), chunk(GOOD), chunk(second), b"0\r\n\r\n".to_vec()]
        }
    })
    .await
    .unwrap();
    let mesh = setup(Setup::new(plan::shop(), upstream.address())).start().await.unwrap();
    (upstream, mesh)
}

fn clients(mesh: &Mesh) -> [Client; 2] {
    [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()]
}

/// A stream that was reset before its headers went out has no answer; that is a cut, too.
async fn get(client: &Client, path: &str) -> Option<Answer> {
    client.get(path).await.ok()
}

#[tokio::test]
async fn body_that_breaks_half_way_is_cut_and_shows_nothing() {
    for strict in [false, true] {
        let (_upstream, mesh) = start(|setup| if strict { setup.strict() } else { setup }).await;
        let paths = SECOND_HALVES.iter().map(|(path, _)| *path).chain(["/closed", "/short", "/bad-chunk"]);
        for path in paths {
            for client in clients(&mesh) {
                let Some(answer) = get(&client, path).await else { continue };
                assert_no_secret(&answer.body, path);
                // The halves may arrive at once: then headers still wait in strict delivery, and a 502 is right.
                let refused = strict && answer.status == 502;
                assert!(answer.cut.is_some() || refused, "{path}, strict {strict}: looks whole: {answer:?}");
            }
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let bytes = mesh.client("frontend").unwrap().raw(request.as_bytes()).await.unwrap();
            assert_no_secret(&bytes, path);
            assert!(!bytes.starts_with(b"HTTP/1.1 200") || !bytes.ends_with(b"0\r\n\r\n"), "{path}: looks whole");
        }
    }
}

#[tokio::test]
async fn strict_delivery_turns_a_broken_start_into_a_502() {
    let (_upstream, mesh) = start(Setup::strict).await;
    for client in clients(&mesh) {
        let answer = client.get("/at-once").await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.cut), (502, &None));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap()["reason"], "json-syntax");
        assert_no_secret(&answer.body, "502");
    }
    let line = mesh.envoy.access_line("/at-once").await.unwrap();
    assert!(line.contains(" 502 meshveil_json-syntax "), "{line}");
    assert!(line.contains("[outcome=refused;reason=json-syntax;"), "{line}");
}

#[tokio::test]
async fn standard_delivery_cuts_a_broken_start() {
    let (_upstream, mesh) = start(|setup| setup).await;
    for client in clients(&mesh) {
        if let Some(answer) = get(&client, "/at-once").await {
            assert!(answer.cut.is_some(), "{answer:?}");
            assert_no_secret(&answer.body, "cut");
        }
    }
    let line = mesh.envoy.access_line("/at-once").await.unwrap();
    assert!(line.contains("[outcome=aborted;reason=json-syntax;"), "{line}");
}

#[tokio::test]
async fn next_request_after_a_broken_one_is_served() {
    let (_upstream, mesh) = start(|setup| setup).await;
    let mut connection = mesh.http2_client("frontend").unwrap().connect().await.unwrap();
    for _ in 0..3 {
        let cut = connection.send(hyper::Request::get("/syntax")).await;
        assert!(cut.is_err() || cut.unwrap().cut.is_some());
        let health = connection.send(hyper::Request::get("/healthz")).await.unwrap();
        assert_eq!(health.status, 200);
    }
}
