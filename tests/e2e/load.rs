//! Many streams at once share one VM and mix nothing up.

use std::sync::Arc;

use hyper::Request;
use hyper::body::Bytes;
use meshveil_tests::client::Connection;
use meshveil_tests::envoy::Envoy;
use meshveil_tests::mesh::Setup;
use meshveil_tests::plan;
use meshveil_tests::upstream::{self, Upstream};
use tokio::sync::Barrier;

const STREAMS: usize = 200;

/// A document of its own for each number, large enough to be in flight for a while.
fn document(number: usize, ssn: &str, email: &str) -> String {
    let items: Vec<String> = (0..200)
        .map(|at| format!(r#"{{"stream": {number}, "at": {at}, "ssn": "{ssn}", "email": "{email}"}}"#))
        .collect();
    format!("[{}]", items.join(","))
}

fn clear(number: usize) -> String {
    document(number, &format!("{number:03}-45-6789"), &format!("user{number}@example.com"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_concurrent_streams_keep_apart() {
    let upstream = Upstream::start(|request| {
        let number = request.uri().path().trim_start_matches('/').parse().unwrap();
        let mut response = upstream::json("");
        let chunks = clear(number).as_bytes().chunks(1000).map(Bytes::copy_from_slice).collect();
        *response.body_mut() = upstream::frames(chunks, None);
        response
    })
    .await
    .unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).http2_upstream().start().await.unwrap();
    let mut connections = Vec::new();
    for caller in ["support", "frontend"] {
        let Connection::Http2(sender) = mesh.http2_client(caller).unwrap().connect().await.unwrap() else {
            panic!("HTTP/2 was asked for");
        };
        connections.push((caller, sender));
    }
    let together = Arc::new(Barrier::new(STREAMS));
    let mut tasks = Vec::new();
    for number in 0..STREAMS {
        let (caller, sender) = connections[number % 2].clone();
        let together = Arc::clone(&together);
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::Http2(sender);
            together.wait().await;
            let answer = connection.send(Request::get(format!("/{number}"))).await.unwrap();
            let email = format!("user{number}@example.com");
            let expected =
                document(number, "***-**-****", if caller == "support" { &email } else { "u***@example.com" });
            assert_eq!(answer.cut, None);
            assert!(answer.text() == expected, "stream {number} of {caller}: {}", answer.text());
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut masked = 0;
    for caller in ["support", "frontend"] {
        let labels = format!("outcome=.=masked;.;reason=.=none;.;route=.=-;.;caller=.={caller};.;stage=.=enforce;.;");
        masked += mesh.envoy.statistic(&format!("wasmcustom.{labels}meshveil_responses_total")).await.unwrap();
    }
    assert_eq!(masked, STREAMS as u64);
}

#[tokio::test]
async fn every_worker_masks() {
    let upstream = Upstream::json(clear(7)).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).start_with(2).await.unwrap();
    let client = mesh.client("frontend").unwrap();
    let expected = document(7, "***-**-****", "u***@example.com");
    // The kernel spreads connections over the workers.
    for _ in 0..32 {
        assert!(client.get("/").await.unwrap().text() == expected);
    }
}

#[tokio::test]
async fn clients_that_leave_do_no_harm() {
    let upstream = Upstream::json(clear(7)).await.unwrap();
    let mesh = Setup::new(plan::shop(), upstream.address()).http2_upstream().buffer_limit(4096).start().await.unwrap();
    for _ in 0..20 {
        let mut connection = mesh.http2_client("frontend").unwrap().connect().await.unwrap();
        let response = connection.open(Request::get("/")).await.unwrap();
        drop((response, connection));
    }
    let idle = async |envoy: &Envoy| Ok(envoy.statistic("http.mesh.downstream_rq_active").await? == 0);
    mesh.envoy.until("no request is active", idle).await.unwrap();
    let answer = mesh.client("frontend").unwrap().get("/").await.unwrap();
    assert!(answer.text() == document(7, "***-**-****", "u***@example.com"));
}
