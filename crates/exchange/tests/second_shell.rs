//! A shell that is not proxy-wasm: a proxy in memory that does what `Flow` says, by the public interface alone.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use meshveil_exchange::host::{Headers, HostError, Level, Map};
use meshveil_exchange::{Configuration, Exchange, Flow, Host};
use serde_json::json;

const SECRET: &str = "078-05-1120";

type Lines = Vec<(String, Vec<u8>)>;

fn lines(pairs: &[(&str, &str)]) -> Lines {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

/// What the proxy holds of one exchange.
#[derive(Debug, Default)]
struct Held {
    request: RefCell<Lines>,
    response: RefCell<Lines>,
    trailers: RefCell<Lines>,
    chunk: RefCell<Vec<u8>>,
    reply: RefCell<Option<(u32, String)>>,
    is_reset: Cell<bool>,
}

#[derive(Debug, Clone, Default)]
struct Proxy(Rc<Held>);

impl Proxy {
    fn map(&self, map: Map) -> &RefCell<Lines> {
        match map {
            Map::Request => &self.0.request,
            Map::Response => &self.0.response,
            Map::ResponseTrailers => &self.0.trailers,
        }
    }
}

impl Host for Proxy {
    fn headers(&self, map: Map) -> Result<Headers, HostError> {
        let lines = self.map(map).borrow();
        Ok(Headers::from_lines(lines.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()))))
    }

    fn remove_header(&self, map: Map, name: &str) -> Result<(), HostError> {
        self.map(map).borrow_mut().retain(|(known, _)| known != name);
        Ok(())
    }

    fn set_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        self.remove_header(map, name)?;
        self.map(map).borrow_mut().push((name.to_owned(), value.to_vec()));
        Ok(())
    }

    fn add_header(&self, map: Map, name: &str, value: &[u8]) -> Result<(), HostError> {
        self.map(map).borrow_mut().push((name.to_owned(), value.to_vec()));
        Ok(())
    }

    fn property(&self, _path: &[&str]) -> Option<Vec<u8>> {
        None
    }

    fn set_property(&self, _name: &str, _value: &[u8]) {}

    fn request_body(&self, _: usize) -> Result<Vec<u8>, HostError> {
        Err(HostError)
    }

    fn response_body(&self, size: usize) -> Result<Vec<u8>, HostError> {
        self.0.chunk.borrow().get(..size).map(<[u8]>::to_vec).ok_or(HostError)
    }

    fn replace_response_body(&self, size: usize, body: &[u8]) -> Result<(), HostError> {
        self.0.chunk.borrow_mut().splice(..size, body.iter().copied());
        Ok(())
    }

    fn send_response(
        &self,
        status: u32,
        _details: &str,
        _headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(), HostError> {
        self.0.reply.replace(Some((status, String::from_utf8_lossy(body).into_owned())));
        Ok(())
    }

    fn reset_response(&self) -> Result<(), HostError> {
        self.0.is_reset.set(true);
        Ok(())
    }

    fn define_counter(&self, _name: &str) -> Option<u32> {
        None
    }

    fn increment(&self, _counter: u32, _by: u64) {}

    fn log(&self, _level: Level, _line: &str) {}
}

/// What an upstream answers.
#[derive(Default)]
struct Answer {
    headers: Lines,
    chunks: Vec<&'static str>,
    /// `None`: the last chunk ends the body.
    trailers: Option<Lines>,
}

/// What a client got.
#[derive(Debug, Default, PartialEq, Eq)]
struct Got {
    headers: Option<Lines>,
    body: String,
    trailers: Option<Lines>,
    reply: Option<(u32, String)>,
    /// Cut off: no client takes it for whole.
    is_reset: bool,
}

impl Got {
    fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().flatten().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }
}

/// Serves one request: hands every part to the exchange and sends on what it lets go.
fn serve(delivery: &str, request: &[(&str, &str)], answer: Answer) -> Got {
    let proxy = Proxy::default();
    let plan = json!({
        "version": 1,
        "fields": [{ "name": "ssn", "paths": ["$..ssn"], "mask": { "redact": { "with": "#" } } }],
        "delivery": delivery,
    });
    let configuration = Configuration::load(&proxy, plan.to_string().as_bytes(), |_| None).unwrap();
    let mut exchange = Exchange::new(proxy.clone(), Some(Rc::new(configuration)));
    let mut got = Got::default();
    proxy.0.request.replace(lines(request));
    if exchange.on_request_headers() == Flow::Continue {
        respond(&proxy, &mut exchange, answer, &mut got);
    }
    exchange.on_done();
    got.reply = proxy.0.reply.take();
    got.is_reset = proxy.0.is_reset.get();
    got
}

fn respond(proxy: &Proxy, exchange: &mut Exchange<Proxy>, answer: Answer, got: &mut Got) {
    let no_body = answer.chunks.is_empty() && answer.trailers.is_none();
    proxy.0.response.replace(answer.headers);
    let mut held = false;
    match exchange.on_response_headers(no_body) {
        Flow::Continue => got.headers = Some(proxy.0.response.take()),
        Flow::Hold => held = true,
        Flow::Stop => return,
    }
    let last = answer.chunks.len().checked_sub(1).filter(|_| answer.trailers.is_none());
    for (index, chunk) in answer.chunks.iter().enumerate() {
        proxy.0.chunk.replace(chunk.as_bytes().to_vec());
        match exchange.on_response_body(chunk.len(), Some(index) == last) {
            Flow::Continue => {}
            Flow::Hold => continue,
            Flow::Stop => return,
        }
        if std::mem::take(&mut held) {
            got.headers = Some(proxy.0.response.take());
        }
        got.body.push_str(std::str::from_utf8(&proxy.0.chunk.take()).unwrap());
    }
    if let Some(trailers) = answer.trailers {
        proxy.0.trailers.replace(trailers);
        if exchange.on_response_trailers() == Flow::Continue {
            if held {
                got.headers = Some(proxy.0.response.take());
            }
            got.trailers = Some(proxy.0.trailers.take());
        }
    }
}

const GET: [(&str, &str); 3] = [(":method", "GET"), (":path", "/customers"), (":authority", "shop")];

fn json_answer(chunks: &[&'static str]) -> Answer {
    let headers = lines(&[(":status", "200"), ("content-type", "application/json"), ("etag", "\"x\"")]);
    Answer { headers, chunks: chunks.to_vec(), trailers: None }
}

#[test]
fn whole_exchange_is_masked_in_both_kinds_of_delivery() {
    for delivery in ["standard", "strict"] {
        let got = serve(delivery, &GET, json_answer(&["{\"id\":1,\"s", "sn\":\"078-05", "-1120\"}"]));
        assert_eq!(got.body, r##"{"id":1,"ssn":"#"}"##);
        assert_eq!(got.header("cache-control"), Some(&b"private"[..]));
        assert_eq!(got.header("etag"), None);
        assert_eq!((got.reply, got.is_reset), (None, false));
    }
}

#[test]
fn lines_and_trailers_go_through() {
    let headers = lines(&[(":status", "200"), ("content-type", "application/x-ndjson")]);
    let trailers = Some(lines(&[("repr-digest", "x"), ("grpc-status", "2")]));
    let chunks = vec!["{\"ssn\":\"078-05-1120\"}\n", "{\"ssn\":2}\n"];
    let got = serve("strict", &GET, Answer { headers, chunks, trailers });
    assert_eq!(got.body, "{\"ssn\":\"#\"}\n{\"ssn\":\"#\"}\n");
    assert_eq!(got.trailers, Some(lines(&[("grpc-status", "2")])));
    assert!(got.headers.is_some() && !got.is_reset);
}

#[test]
fn strict_delivery_answers_before_any_header_went_out() {
    let got = serve("strict", &GET, json_answer(&["{\"ssn\":\"078-05-1120\",}"]));
    let (status, problem) = got.reply.unwrap();
    assert_eq!(status, 502);
    assert!(problem.contains("json-syntax") && !problem.contains(SECRET));
    assert_eq!((got.headers, got.body.as_str(), got.is_reset), (None, "", false));
}

#[test]
fn body_that_breaks_later_is_cut_off() {
    for delivery in ["standard", "strict"] {
        let got = serve(delivery, &GET, json_answer(&["{\"id\":1,", "\"ssn\":\"078-05-1120\"]", "}"]));
        assert_eq!((got.body.as_str(), got.is_reset), ("{\"id\":1,", true), "{delivery}");
        assert!(got.headers.is_some() && got.reply.is_none());
    }
}

#[test]
fn trailers_after_half_a_body_cut_it_off() {
    let mut answer = json_answer(&["{\"id\":1"]);
    answer.trailers = Some(lines(&[("grpc-status", "1")]));
    let got = serve("standard", &GET, answer);
    assert_eq!((got.trailers, got.is_reset), (None, true));
}

#[test]
fn answer_without_a_body_is_not_held() {
    let got = serve("strict", &GET, json_answer(&[]));
    assert_eq!(got.header("content-type"), Some(&b"application/json"[..]));
    assert_eq!((got.reply, got.is_reset), (None, false));
}

#[test]
fn upgrade_never_reaches_the_upstream() {
    let request: Vec<_> = GET.into_iter().chain([("upgrade", "websocket")]).collect();
    let got = serve("standard", &request, json_answer(&["{}"]));
    assert_eq!((got.reply.unwrap().0, got.headers), (403, None));
}
