//! Exchanges against a fake proxy: what each callback does for each kind of request and response.

mod body;
mod decisions;
mod headers;
mod next;
mod observe;
mod unreadable;
mod writes;

use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::host::fake::Fake;

const SECRET: &str = "078-05-1120";
type Line<'a> = (&'a str, &'a [u8]);
type Lines<'a> = &'a [Line<'a>];

const JSON: (&str, &[u8]) = ("content-type", b"application/json");
const OK: (&str, &[u8]) = (":status", b"200");

fn plan() -> Value {
    json!({
        "version": 1,
        "policy": "shop/customers",
        "fields": [{ "name": "ssn", "paths": ["$..ssn"], "mask": { "redact": { "with": "#" } } }],
        "callers": [
            { "name": "billing", "match": [{ "principal": "spiffe://t/billing" }], "sees": "all" },
            { "name": "frontend", "match": [{ "principal": "spiffe://t/frontend" }] },
            { "name": "staff", "match": [
                { "header": { "name": "x-group", "value": "staff" } },
                { "claim": { "name": "group", "value": "staff" } },
            ], "sees": ["ssn"] },
        ],
        "routes": [
            { "name": "health", "match": { "path": "/healthz" }, "masking": "off" },
            { "name": "open", "masking": "off" },
        ],
        "trustedHops": ["spiffe://t/gateway"],
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut plan = plan();
    plan[member] = value;
    plan
}

struct Run {
    host: Fake,
    exchange: Exchange<Fake>,
}

impl Run {
    fn new(plan: &Value) -> Self {
        let host = Fake::default();
        let key = |name: &str| (name == "KEY").then(|| "0123456789abcdef".to_owned());
        let configuration = Configuration::load(&host, plan.to_string().as_bytes(), key).unwrap();
        let exchange = Exchange::new(host.clone(), Some(Rc::new(configuration)));
        Self { host, exchange }
    }

    fn peer(self, principal: &str) -> Self {
        self.host.put_property("connection.mtls", &[1]);
        self.host.put_property("connection.uri_san_peer_certificate", principal.as_bytes());
        self
    }

    fn property(self, path: &str, value: &[u8]) -> Self {
        self.host.put_property(path, value);
        self
    }

    fn request(&mut self, path: &str, more: &[(&str, &[u8])]) -> Flow {
        let mut lines: Vec<(&str, &[u8])> = vec![(":path", path.as_bytes()), (":authority", b"shop")];
        if !more.iter().any(|(name, _)| *name == ":method") {
            lines.push((":method", b"GET"));
        }
        lines.extend(more);
        self.host.put(Map::Request, &lines);
        self.exchange.on_request_headers()
    }

    fn response(&mut self, lines: &[(&str, &[u8])]) -> Flow {
        self.host.put(Map::Response, lines);
        self.exchange.on_response_headers(false)
    }

    fn chunk(&mut self, chunk: &[u8], end_of_stream: bool) -> (Flow, Vec<u8>) {
        self.host.put_body(chunk);
        let flow = self.exchange.on_response_body(chunk.len(), end_of_stream);
        (flow, self.host.body().0)
    }

    /// The lines of a header of the request as it goes on.
    fn asked(&self, name: &str) -> Vec<String> {
        self.host.values(Map::Request, name)
    }

    fn header(&self, name: &str) -> Vec<String> {
        self.host.values(Map::Response, name)
    }

    /// A part of the receipt.
    fn receipt(&self, name: &str) -> Option<String> {
        let receipt = self.host.receipt()?;
        let mut parts = receipt.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    fn outcome(&self, outcome: &str, reason: &str) -> u64 {
        self.host.counted(&format!("outcome=.={outcome};.;reason=.={reason};.;")).unwrap_or(0)
    }
}
