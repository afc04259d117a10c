//! Any response headers and trailers: what arrives was sent, tells nothing of the clear body, and no shared cache may keep it.

use meshveil_exchange::Flow;
use meshveil_plan::describes_body;

use crate::generate::Random;
use crate::proxy::{Lines, Proxy};

/// Two headers are fields, two are listed.
const PLAN: &str = r#"{"version": 1, "key": {"env": "KEY", "id": "1"}, "delivery": "strict",
    "headers": {"x-listed": "pass", "x-screened": "screen"},
    "fields": [
        {"name": "who", "paths": ["$..who"], "headers": ["x-who", "location"], "mask": {"partial": {"keepLast": 2}}},
        {"name": "gone", "headers": ["x-gone"], "mask": "drop"}]}"#;

/// What looks like something sensitive wherever it stands.
const SENSITIVE: [&str; 4] = ["078-05-1120", "anna.smith@example.com", "4111111111111111", "DE02120300000000202051"];

/// Names that random lines have, beside random ones.
const NAMES: [&str; 34] = [
    "etag",
    "digest",
    "content-md5",
    "repr-digest",
    "x-checksum",
    "content-length",
    "last-modified",
    "x-body-size",
    "location",
    "set-cookie",
    "www-authenticate",
    "link",
    "refresh",
    "content-disposition",
    "content-location",
    "cache-control",
    "vary",
    "cdn-cache-control",
    "surrogate-control",
    "expires",
    "age",
    "x-request-id",
    "traceparent",
    "x-ratelimit-limit",
    "access-control-allow-origin",
    "x-who",
    "x-gone",
    "x-listed",
    "x-screened",
    "server-timing",
    "signature",
    "grpc-message",
    "x-customer",
    "warning",
];

const VALUES: [&str; 16] = [
    "\"abc\"",
    "W/\"abc\"",
    "078-05-1120",
    "id=078-05-1120; Path=/",
    "/c/anna.smith@example.com",
    "public, max-age=5",
    "private=\"set-cookie\", s-maxage=9",
    "no-store",
    "x=\"a, public\"",
    "4111111111111111",
    "sha-256=:X48E9q:",
    "1024",
    "DE02120300000000202051",
    "",
    "*",
    "Bearer realm=\"x\"",
];

/// Lines of headers, an empty line, lines of trailers. Only what a proxy would hand on: names in lower case, no line breaks.
fn read(data: &[u8]) -> (Lines, Lines) {
    let mut parts: [Lines; 2] = Default::default();
    let mut at = 0;
    for line in data.split(|&byte| byte == b'\n').take(64) {
        if line.is_empty() {
            at = 1;
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        let name: Vec<u8> =
            line[..colon].iter().copied().filter(is_token).map(|byte| byte.to_ascii_lowercase()).collect();
        let name = String::from_utf8(name).unwrap_or_default();
        // These decide how the body is read, which is not the question here.
        let decides = ["content-type", "content-encoding", "content-range", "transfer-encoding", "upgrade"];
        if name.is_empty() || decides.contains(&name.as_str()) {
            continue;
        }
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.iter().copied().filter(|byte| !b"\r\0".contains(byte)).collect::<Vec<u8>>();
        parts[at].push((name, value.trim_ascii().to_vec()));
    }
    let [headers, trailers] = parts;
    (headers, trailers)
}

/// What arrives of these headers and trailers; `None` where the response is refused.
fn arrives(headers: &Lines, trailers: &Lines) -> Option<(Lines, Lines)> {
    let proxy = Proxy::default();
    let line = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    proxy.0.request.replace(vec![line(":method", "GET"), line(":path", "/"), line(":authority", "a")]);
    let mut exchange = proxy.exchange(PLAN);
    assert_eq!(exchange.on_request_headers(), Flow::Continue);
    let mut all = vec![line(":status", "200"), line("content-type", "application/json")];
    all.extend(headers.iter().cloned());
    proxy.0.response.replace(all);
    if exchange.on_response_headers(false) == Flow::Stop || proxy.0.reply.get().is_some() {
        return None;
    }
    proxy.0.chunk.replace(br#"{"who": "anna"}"#.to_vec());
    let size = proxy.0.chunk.borrow().len();
    assert_eq!(exchange.on_response_body(size, false), Flow::Continue);
    proxy.0.trailers.replace(trailers.clone());
    assert_eq!(exchange.on_response_trailers(), Flow::Continue);
    Some((proxy.0.response.take(), proxy.0.trailers.take()))
}

/// Header rules on any lines.
///
/// # Panics
/// When what arrives was not sent, tells of the clear body, or may be kept by a shared cache.
pub fn headers(data: &[u8]) {
    let (headers, trailers) = read(data);
    let Some((arrived, arrived_trailers)) = arrives(&headers, &trailers) else { return };
    for (sent, arrived, is_trailer) in [(&headers, &arrived, false), (&trailers, &arrived_trailers, true)] {
        for line in arrived {
            check(line, sent, is_trailer);
        }
        // What becomes of a line does not depend on the others.
        for line in sent.iter().filter(|(name, _)| !["cache-control", "etag"].contains(&name.as_str())) {
            let alone = vec![line.clone()];
            let none = Lines::new();
            let (headers, trailers) = if is_trailer { (&none, &alone) } else { (&alone, &none) };
            let Some((alone, alone_trailer)) = arrives(headers, trailers) else { continue };
            let of_alone = if is_trailer { alone_trailer } else { alone };
            for made in of_alone.iter().filter(|(name, _)| *name == line.0) {
                assert!(arrived.contains(made), "alone it arrives: {made:?} of {line:?}");
            }
        }
    }
    let cache = |name: &str| arrived.iter().filter(|(known, _)| known == name).count();
    assert!(cache("cdn-cache-control") + cache("surrogate-control") == 0, "{arrived:?}");
    let control: Vec<String> = arrived
        .iter()
        .filter(|(name, _)| name == "cache-control")
        .map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase())
        .collect();
    let directives = || control.iter().flat_map(|line| unquoted(line)).collect::<Vec<_>>();
    assert!(directives().iter().any(|one| one == "private" || one == "no-store"), "{control:?}");
    assert!(!directives().iter().any(|one| one == "public" || one.starts_with("s-maxage")), "{control:?}");
}

/// One line that arrived.
fn check(line: &(String, Vec<u8>), sent: &Lines, is_trailer: bool) {
    let (name, value) = (line.0.as_str(), line.1.as_slice());
    match name {
        ":status" | "content-type" | "cache-control" if !is_trailer => return,
        // The tag of the view: nothing of the upstream's is in it.
        "etag" => {
            let told = |(known, tag): &&(String, Vec<u8>)| known == "etag" && tag == value;
            assert!(!is_trailer && !sent.iter().any(|line| told(&line)), "{line:?}");
            return;
        }
        "x-who" | "location" => {
            assert!(value.starts_with(b"***"), "{line:?}");
            return;
        }
        _ => {}
    }
    assert!(sent.contains(line), "made up: {line:?}");
    assert!(name == "x-listed" || name == "x-screened" || !describes_body(name), "{line:?}");
    assert!(name != "x-gone", "{line:?}");
    if ["set-cookie", "www-authenticate", "x-screened"].contains(&name) {
        let text = String::from_utf8_lossy(value);
        // Alone between things that are no word.
        let stands = |secret: &&&str| text.split([' ', ';', ',', '=', '"']).any(|word| word == **secret);
        assert!(SENSITIVE.iter().find(stands).is_none(), "{line:?}");
    }
}

/// The directives outside quotes, without their arguments' quotes.
fn unquoted(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in line.chars() {
        if !is_escaped && character == '"' {
            is_quoted = !is_quoted;
        }
        is_escaped = !is_escaped && is_quoted && character == '\\';
        match (character, parts.last_mut()) {
            (',', _) if !is_quoted => parts.push(String::new()),
            (_, Some(last)) => last.push(character),
            _ => {}
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// Random lines.
#[must_use]
pub fn random(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut text = Vec::new();
    for _ in 0..random.below(10) {
        if random.one_in(6) {
            text.push(b'\n');
        }
        if random.one_in(6) {
            let letters: &[u8] = b"abcxyz-_.0";
            text.extend((0..1 + random.below(12)).map(|_| *random.pick(letters)));
        } else {
            text.extend_from_slice(random.pick(&NAMES).as_bytes());
        }
        text.extend_from_slice(b": ");
        if random.one_in(5) {
            text.extend((0..random.below(12)).map(|_| (random.next() & 0xff) as u8).filter(|&byte| byte != b'\n'));
        } else {
            text.extend_from_slice(random.pick(&VALUES).as_bytes());
        }
        text.push(b'\n');
    }
    text
}
