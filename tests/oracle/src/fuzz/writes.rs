//! Any request body: what carries a mask back is refused, what does not is not, however the body is cut.

use meshveil_body::Framing;
use meshveil_exchange::Flow;
use meshveil_exchange::writes::WriteFault;
use meshveil_mask::{MaskSpec, Trace, Value};
use meshveil_plan::Limits;

use crate::agree::cuts;
use crate::generate::{self, Random};
use crate::proxy::Proxy;
use crate::tree::{Kind, Node, Text, parse};

/// The fields, by the name of the member that holds each.
const FIELDS: [(&str, &str); 5] = [
    ("a", r#"{"partial": {"keepLast": 4}}"#),
    ("b", r#""redact""#),
    ("x", r#""email""#),
    ("d", r#"{"redact": {"with": "hidden-for-you"}}"#),
    ("k", r#"{"pseudonym": {"prefix": "id_"}}"#),
];

fn plan() -> String {
    let fields: Vec<String> = FIELDS
        .iter()
        .map(|(name, mask)| format!(r#"{{"name": "{name}", "paths": ["$..{name}"], "mask": {mask}}}"#))
        .collect();
    let fields = fields.join(", ");
    format!(r#"{{"version": 1, "key": {{"env": "KEY", "id": "1"}}, "writes": "refuse-masked", "fields": [{fields}]}}"#)
}

/// How the request ends: the reason of a refusal, and what went on before it.
fn sent(plan: &str, body: &[u8], cuts: &[usize]) -> (Option<String>, usize) {
    let proxy = Proxy::default();
    let line = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let head = [(":method", "PUT"), (":path", "/"), (":authority", "a"), ("content-type", "application/json")];
    proxy.0.request.replace(head.iter().map(|(name, value)| line(name, value)).collect());
    let mut exchange = proxy.exchange(plan);
    assert_eq!(exchange.on_request_headers(), Flow::Continue);
    let mut start = 0;
    for end in cuts.iter().copied().chain([body.len()]) {
        proxy.0.chunk.replace(body[start..end].to_vec());
        if exchange.on_request_body(end - start, end == body.len()) == Flow::Stop {
            let receipt = proxy.0.receipt.borrow();
            let reason = receipt.split(';').find_map(|part| part.strip_prefix("reason=")).unwrap_or_default();
            return (Some(reason.to_owned()), start);
        }
        start = end;
    }
    (None, body.len())
}

/// Whether a document carries a mask: at the value of a field, or in any text.
fn carries(root: &Node, traces: &[(&str, Trace)]) -> bool {
    let is_in = |text: &Text| traces.iter().any(|(_, trace)| trace.is_in(&text.lossy));
    let mut found = false;
    let mut open: Vec<(&Node, Vec<&Trace>)> = vec![(root, Vec::new())];
    while let Some((node, of)) = open.pop() {
        match &node.kind {
            Kind::Array(items) => open.extend(items.iter().map(|item| (item, of.clone()))),
            Kind::Object(members) => open.extend(members.iter().map(|member| {
                let own = traces.iter().filter(|(name, _)| *name == member.name.lossy).map(|(_, trace)| trace);
                (&member.value, of.iter().copied().chain(own).collect())
            })),
            Kind::String(text) => {
                found |= is_in(text) || of.iter().any(|trace| trace.is_value(Value::Text(&text.lossy)));
            }
            Kind::Number(number) => found |= of.iter().any(|trace| trace.is_value(Value::Number(number))),
            Kind::Boolean(one) => found |= of.iter().any(|trace| trace.is_value(Value::Boolean(*one))),
            Kind::Null => found |= of.iter().any(|trace| trace.is_value(Value::Null)),
        }
    }
    found
}

/// The scan of request bodies on any bytes. The first names the cuts.
///
/// # Panics
/// When a mask goes on, another body is refused for one, or the cuts matter.
pub fn writes(data: &[u8]) {
    let Some((seed, body)) = data.split_first() else { return };
    let body = body.get(..super::LONGEST).unwrap_or(body);
    let plan = plan();
    let (whole, _) = sent(&plan, body, &[]);
    let cuts = cuts(&mut Random::new(u64::from(*seed)), body.len());
    let (cut, _) = sent(&plan, body, &cuts);
    assert_eq!(whole.is_some(), cut.is_some(), "{whole:?} whole, {cut:?} cut");
    let traces: Vec<(&str, Trace)> = FIELDS
        .iter()
        .filter_map(|(name, mask)| Some((*name, serde_json::from_str::<MaskSpec>(mask).ok()?.trace())))
        .collect();
    let masked = Some(WriteFault::Masked.as_str());
    let invalid = Some(WriteFault::Invalid.as_str());
    // White space alone is no document, and holds nothing.
    let blank = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).iter().all(|byte| b" \t\n\r".contains(byte));
    match parse(body, Framing::Document, &Limits::default()).as_deref() {
        Ok([root]) => {
            let expected = carries(root, &traces);
            for refused in [&whole, &cut] {
                let found = refused.as_deref() == masked;
                // Where two fields stand at one value the stricter mask decides which form counts.
                let is_nested = traces.iter().filter(|(_, trace)| holds(root, trace, &traces)).count() > 1;
                assert!(found == expected || is_nested, "{refused:?} of {:?}", String::from_utf8_lossy(body));
            }
        }
        _ if blank => assert!(whole.is_none() || whole.as_deref() == invalid, "{whole:?}"),
        _ => assert!(whole.as_deref() == masked || whole.as_deref() == invalid, "{whole:?}"),
    }
}

/// Whether a value of this field holds one of another field.
fn holds(root: &Node, trace: &Trace, traces: &[(&str, Trace)]) -> bool {
    let name_of = |wanted: &Trace| traces.iter().find(|(_, known)| known == wanted).map(|(name, _)| *name);
    let Some(name) = name_of(trace) else { return false };
    let members = |node: &Node| -> Vec<(String, Node)> {
        match &node.kind {
            Kind::Object(members) => {
                members.iter().map(|member| (member.name.lossy.clone(), member.value.clone())).collect()
            }
            _ => Vec::new(),
        }
    };
    root.descendants().into_iter().flat_map(members).filter(|(known, _)| known == name).any(|(_, value)| {
        let inner = value.descendants();
        inner.into_iter().flat_map(members).any(|(known, _)| traces.iter().any(|(other, _)| *other == known))
    })
}

/// A random document, with masks among its texts, and perhaps damaged.
#[must_use]
pub fn random(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let masks = [
        "****1120",
        "his number is ****1120",
        "***",
        "***loud***",
        "a***@example.com",
        "hidden-for-you",
        "hidden",
        "**",
        "id_0123456789abcdef",
        "id_0123456789abcdef0123456789abcdef",
        "\\u002a***1120",
        "",
    ];
    let mut bytes = vec![(random.next() & 0xff) as u8];
    if random.one_in(3) {
        let input = if random.one_in(2) { generate::input(seed) } else { generate::damaged(seed) };
        bytes.extend(input.bytes);
        return bytes;
    }
    bytes.push(b'{');
    for at in 0..1 + random.below(4) {
        if at > 0 {
            bytes.push(b',');
        }
        let name = *random.pick(&["a", "b", "x", "d", "k", "note", "\\u0061"]);
        let text = format!("\"{}\"", random.pick(&masks));
        let value = match random.below(5) {
            0 => format!("[1,{text}]"),
            1 => format!(r#"{{"note":{text},"n":null}}"#),
            2 => "null".to_owned(),
            _ => text,
        };
        bytes.extend_from_slice(format!("\"{name}\":{value}").as_bytes());
    }
    bytes.push(b'}');
    if random.one_in(8) {
        bytes.truncate(bytes.len() - 1 - random.below(3));
    }
    bytes
}
