//! A service of Django REST framework behind gunicorn, as its users run it: attacks that work on it, and everything ordinary.

use hyper::Request;
use meshveil_tests::client::{Answer, Client};
use meshveil_tests::mesh::{Mesh, Setup};
use meshveil_tests::plan;
use meshveil_tests::server::Server;
use serde_json::{Value, json};

/// Values of the service that a masked view may not show.
const SECRETS: [&str; 3] = ["123-45-6789", "anna.smith@example.com", "4111111111111111"];

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn start() -> (Server, Mesh) {
    let server = Server::gunicorn("django_shop").await.unwrap();
    // Static files need no masks: where a request can be made to reach something else, that is an attack.
    let routes = json!([{ "name": "static", "match": { "prefix": "/static/" }, "masking": "off" }]);
    let plan = plan::shop_with(&[("routes", routes)]);
    let mesh = Setup::new(plan, server.address()).start().await.unwrap();
    (server, mesh)
}

/// Bytes to the service itself, past Envoy.
async fn directly(server: &Server, request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn shows_nothing(answer: &Answer, what: &str) {
    let headers = format!("{:?}", answer.headers);
    for secret in SECRETS {
        assert!(!answer.text().contains(secret) && !headers.contains(secret), "{what}: {secret}");
    }
}

fn clients(mesh: &Mesh) -> [Client; 2] {
    [mesh.client("frontend").unwrap(), mesh.http2_client("frontend").unwrap()]
}

#[tokio::test]
async fn attacks_that_work_on_the_service_show_nothing() {
    let (server, mesh) = start().await;
    let attacks: [(&str, &[(&str, &str)]); 10] = [
        ("/customers/", &[("accept", "text/html")]),
        ("/customers/", &[("accept", BROWSER)]),
        ("/customers/?format=api", &[]),
        ("/customers/?format=api", &[("accept", "application/json")]),
        ("/static/customers/", &[("script_name", "/static")]),
        ("/static/customers/", &[("script-name", "/static")]),
        ("/static/../customers/", &[]),
        ("/static/%2e%2e/customers/", &[]),
        ("//customers/", &[]),
        ("/page/", &[]),
    ];
    let mut worked = 0;
    for (path, headers) in attacks {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{lines}\r\n");
        worked += usize::from(directly(&server, &request).await.contains("123-45-6789"));
        for client in clients(&mesh) {
            let mut request = Request::get(path);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            // A proxy that refuses the request shows nothing, either.
            if let Ok(answer) = client.send(request).await {
                shows_nothing(&answer, &format!("{path} {headers:?}"));
            }
        }
    }
    assert!(worked >= 5, "only {worked} of the attacks work on the service itself");
}

#[tokio::test]
async fn what_is_ordinary_arrives() {
    let (_server, mesh) = start().await;
    for client in clients(&mesh) {
        for accept in ["application/json", "*/*", BROWSER] {
            let answer = client.send(Request::get("/customers/").header("accept", accept)).await.unwrap();
            assert_eq!(answer.status, 200, "{accept}");
            let document: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(document["count"], 200);
            assert_eq!(document["results"][0]["name"], "Zoë");
            assert_eq!(document["results"][0]["ssn"], "***-**-****");
            // Django's own headers.
            assert_eq!(answer.header("x-frame-options"), Some("DENY"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
            assert!(answer.header("vary").unwrap().to_lowercase().contains("accept"));
            shows_nothing(&answer, accept);
        }
        let answer = client.send(Request::get("/customers/").header("accept-encoding", "gzip, br")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, None));

        let answer = client.get("/login/").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, Some("/customers/")));
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 2, "session and token against forged requests");

        let answer = client.get("/customers").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("location")), (301, Some("/customers/")));

        let answer = client.send(Request::head("/customers/")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
        let answer = client.send(Request::delete("/customers/")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        let answer = client.send(Request::options("/customers/")).await.unwrap();
        assert_eq!(answer.status, 200);
        assert!(answer.header("allow").unwrap().contains("POST"));

        // Errors that are JSON arrive, those that are pages keep their status.
        let answer = client.send(Request::post("/customers/")).await.unwrap();
        assert_eq!(answer.status, 400);
        let answer = client.send(Request::put("/customers/")).await.unwrap();
        assert_eq!(answer.status, 405);
        let answer = client.get("/missing/").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.len()), (404, 0));
        let answer = client.get("/fails/").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.len()), (500, 0));

        let answer = client.get("/lines/").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.text().lines().count(), &answer.cut), (200, 50, &None));
        shows_nothing(&answer, "lines");
        let answer = client.get("/events/").await.unwrap();
        assert_eq!(answer.text().matches("data: {\"ssn\":\"***-**-****\"}").count(), 5);
        let answer = client.get("/static/logo.png").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "ok"));
    }
}

#[tokio::test]
async fn conditions_work_for_each_caller_and_for_no_other() {
    let (_server, mesh) = start().await;
    let mut tags = Vec::new();
    for account in ["frontend", "support", "billing"] {
        let client = mesh.client(account).unwrap();
        let answer = client.get("/customers/").await.unwrap();
        let tag = answer.header("etag").unwrap().to_owned();
        let again = client.send(Request::get("/customers/").header("if-none-match", &tag)).await.unwrap();
        assert_eq!(again.status, 304, "{account}");
        tags.push((account, tag));
    }
    for (account, tag) in &tags {
        for (other, _) in tags.iter().filter(|(other, _)| other != account) {
            let client = mesh.client(other).unwrap();
            let answer = client.send(Request::get("/customers/").header("if-none-match", tag)).await.unwrap();
            assert_eq!(answer.status, 200, "the tag of {account} shown by {other}");
        }
    }
}
