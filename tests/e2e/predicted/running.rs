//! The generated configuration in a real Envoy, and what arrives through it.

use std::net::SocketAddr;

use hyper::Request;
use meshveil_reach::verdict::Form;
use meshveil_tests::certificate::{Authority, spiffe};
use meshveil_tests::client::{Client, Connection, Protocol};
use meshveil_tests::envoy::Envoy;
use meshveil_tests::shipped::{Places, moved, write_server};
use meshveil_tests::upstream::{self, Upstream};

use super::policy::{HEADERS, Line};

/// Says which kind of response the upstream gives.
const KIND: &str = "x-test-kind";

/// Media types of responses: JSON, three that may be listed, one that never is, and none.
const KINDS: [&str; 6] = ["application/json", "text/html", "image/png", "text/csv", "application/pdf", ""];

pub struct Running {
    _envoy: Envoy,
    _upstream: Upstream,
    _directory: tempfile::TempDir,
    address: SocketAddr,
    authority: Authority,
    fields: usize,
}

/// Cyrillic letters, eight for each field: no mask writes any.
fn letters(field: usize) -> Vec<char> {
    ('а'..='я').skip(field * 8).take(8).collect()
}

/// A text that every mask takes for an e-mail address, and that is long enough to be shown in part.
fn value(field: usize) -> String {
    let letters: String = letters(field).into_iter().collect();
    format!("{letters}@{letters}.{letters}")
}

fn document(fields: usize) -> String {
    let members: Vec<String> = (0..fields).map(|at| format!(r#""f{at}": "{}""#, value(at))).collect();
    let members = members.join(", ");
    format!(r#"{{"id": 7, "records": [{{{members}}}], "errors": {{{members}}}}}"#)
}

/// The form of a field in a response.
fn seen(status: u16, body: &str, field: usize) -> Form {
    if body.contains(&value(field)) {
        Form::Clear
    } else if letters(field).into_iter().any(|letter| body.contains(letter)) {
        Form::Partial
    } else if status == 200 {
        Form::Masked
    } else {
        Form::Denied
    }
}

impl Running {
    /// Starts Envoy with what the generator wrote, in front of an upstream whose record holds every field.
    pub async fn start(yaml: String, fields: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let certificates = directory.path().join("certs");
        let authority = Authority::new().unwrap();
        write_server(&authority, &certificates).unwrap();
        let upstream = Upstream::start(move |request| {
            let kind = request.headers().get(KIND).map_or("", |kind| kind.to_str().unwrap());
            if kind.is_empty() {
                return upstream::with_headers(&[], document(fields));
            }
            upstream::of_type(kind, document(fields))
        })
        .await
        .unwrap();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let places =
            Places { listener: anywhere, admin: anywhere, shop: upstream.address(), certificates: &certificates };
        let envoy = Envoy::start(directory.path(), "envoy.yaml", &moved(yaml, &places).unwrap(), 1).await.unwrap();
        let address = envoy.address("mesh").await.unwrap();
        Self { _envoy: envoy, _upstream: upstream, _directory: directory, address, authority, fields }
    }

    /// For each field the worst form in which an account gets it, over all requests.
    pub async fn worst(&self, account: &str, lines: &[Line]) -> Vec<Form> {
        let identity = self.authority.workload(&spiffe(account)).unwrap();
        let client = Client::new(self.address, self.authority.certificate(), Some(&identity), Protocol::Http1).unwrap();
        let mut worst = vec![Form::Denied; self.fields];
        let mut connection = client.connect().await.unwrap();
        for line in lines {
            for kind in KINDS {
                for headers in [vec![], vec![HEADERS[0]], vec![HEADERS[1]], HEADERS.to_vec()] {
                    let mut request = Request::builder().method(line.method).uri(&line.path).header("host", &line.host);
                    request = request.header(KIND, kind);
                    for (name, value) in headers {
                        request = request.header(name, value);
                    }
                    // Envoy ends connections of its own accord.
                    if !is_ready(&mut connection).await {
                        connection = client.connect().await.unwrap();
                    }
                    let answer = connection.send(request).await.unwrap();
                    let body = answer.text();
                    for (at, worst) in worst.iter_mut().enumerate() {
                        *worst = (*worst).max(seen(answer.status.as_u16(), &body, at));
                    }
                }
            }
        }
        worst
    }
}

async fn is_ready(connection: &mut Connection) -> bool {
    match connection {
        Connection::Http1(sender) => sender.ready().await.is_ok(),
        Connection::Http2(sender) => sender.ready().await.is_ok(),
    }
}

#[test]
fn forms_are_read_off_the_bytes() {
    assert_eq!(seen(200, &document(4), 3), Form::Clear);
    assert_eq!(seen(200, "{\"f0\": \"д***\"}", 0), Form::Partial);
    assert_eq!(seen(200, "{\"f0\": \"д***\"}", 1), Form::Masked);
    assert_eq!(seen(403, "RBAC: access denied", 0), Form::Denied);
}
