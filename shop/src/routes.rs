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

    #[tokio::test]
    async fn answers_are_what_the_openapi_document_says() {
        let mut findings = Vec::new();
        let text = include_str!("../openapi.yaml");
        let documents = meshveil_text::tree::parse(meshveil_text::FileId(0), text, &mut findings);
        assert_eq!(findings, []);
        let document = documents.first().unwrap().to_json();
        let mut asked = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            let ids: &[&str] = match path.split('/').nth(1).unwrap() {
                _ if !path.contains("{id}") => &[""],
                "customers" => &["c-1001", "c-1002", "c-1003", "absent"],
                "orders" => &["o-5001", "o-5002", "o-5003", "absent"],
                _ => &["p-9001", "p-9002", "p-9003", "absent"],
            };
            for id in ids {
                let (status, body) = get(&path.replace("{id}", id)).await;
                let mut response = &item["get"]["responses"][status.as_str()];
                if let Some(name) = response["$ref"].as_str() {
                    response = document.pointer(name.trim_start_matches('#')).unwrap();
                }
                let (media, content) = response["content"].as_object().unwrap().iter().next().unwrap();
                let mut schema = content["schema"].clone();
                schema["components"] = document["components"].clone();
                let validator = jsonschema::validator_for(&schema).unwrap();
                let records: Vec<&str> = if media == NDJSON { body.lines().collect() } else { vec![&body] };
                for record in records {
                    let record = serde_json::from_str(record).unwrap();
                    let error = validator.iter_errors(&record).map(|error| error.to_string()).next();
                    assert_eq!(error, None, "{path} {id}");
                    asked += 1;
                }
            }
        }
        assert_eq!(asked, 1 + 3 + 3 * 4 + 3 + 1);
    }
}
