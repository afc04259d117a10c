//! Which request gets which answer.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};

use crate::{Catalogue, Entry};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

/// The answer to a request. Only `GET` and `HEAD` are known.
#[must_use]
pub fn answer(catalogue: &Catalogue, method: &Method, path: &str) -> Response<Full<Bytes>> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return response(StatusCode::METHOD_NOT_ALLOWED, JSON, problem("method not allowed"));
    }
    let found = |media, body| response(StatusCode::OK, media, body);
    match path.split('/').skip(1).collect::<Vec<_>>().as_slice() {
        ["healthz"] => found(JSON, "{\"status\":\"ok\"}\n".to_owned()),
        ["customers"] => found(JSON, collection("customers", &catalogue.customers)),
        ["orders"] => found(JSON, collection("orders", &catalogue.orders)),
        ["payments"] => found(JSON, collection("payments", &catalogue.payments)),
        ["customers", id] => one(&catalogue.customers, id),
        ["orders", id] => one(&catalogue.orders, id),
        ["payments", id] => one(&catalogue.payments, id),
        ["export", "customers.ndjson"] => found(NDJSON, lines(&catalogue.customers)),
        ["export", "payments.json"] => found(JSON, collection("payments", &catalogue.payments)),
        _ => response(StatusCode::NOT_FOUND, JSON, problem("no such resource")),
    }
}

fn collection(name: &str, entries: &[Entry]) -> String {
    let items: Vec<&str> = entries.iter().map(|entry| entry.json.get()).collect();
    format!("{{\"{name}\": [\n  {}\n]}}\n", items.join(",\n  "))
}

/// One entry per line (NDJSON): the data files never break a line inside a string, so blanks may take their place.
fn lines(entries: &[Entry]) -> String {
    entries.iter().map(|entry| entry.json.get().replace('\n', "") + "\n").collect()
}

fn one(entries: &[Entry], id: &str) -> Response<Full<Bytes>> {
    match entries.iter().find(|entry| entry.id == id) {
        // Two blanks less than in the list of the data file.
        Some(entry) => response(StatusCode::OK, JSON, entry.json.get().replace("\n  ", "\n") + "\n"),
        None => response(StatusCode::NOT_FOUND, JSON, problem("no such resource")),
    }
}

fn problem(message: &str) -> String {
    format!("{{\"error\":\"{message}\"}}\n")
}

fn response(status: StatusCode, media: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn get(path: &str) -> (StatusCode, String) {
        let response = answer(&Catalogue::sample().unwrap(), &Method::GET, path);
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_json_answer_is_json() {
        for path in ["/healthz", "/customers", "/orders", "/payments", "/export/payments.json", "/customers/c-1002"] {
            let (status, body) = get(path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            serde_json::from_str::<serde_json::Value>(&body).unwrap();
        }
    }

    #[tokio::test]
    async fn export_is_one_customer_per_line() {
        let (_, body) = get("/export/customers.ndjson").await;
        assert_eq!(body.lines().count(), 3);
        for line in body.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).unwrap()["ssn"].is_string());
        }
    }

    #[tokio::test]
    async fn unknown_ids_and_paths_are_not_found() {
        for path in ["/", "/customers/c-1", "/customers/c-1001/x", "/export", "/nothing"] {
            assert_eq!(get(path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
