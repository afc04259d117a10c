//! Response headers: those that are fields, and those that arrive where a view masks.

use meshveil_plan::{Arrival, HeaderFault, check_header};
use meshveil_text::{Node, Value};

use super::{Reader, scalar};
use crate::{Spanned, codes};

/// Names of headers, in lower case: header names have no case.
pub(super) fn names(reader: &mut Reader<'_>, node: &Node) -> Vec<Spanned<String>> {
    let items = scalar::items(reader, node).iter();
    items.filter_map(|node| scalar::text(reader, node).and_then(|text| name(reader, &text))).collect()
}

/// How headers arrive, by name.
pub(super) fn listed(reader: &mut Reader<'_>, node: &Node) -> Vec<(Spanned<String>, Arrival)> {
    if !matches!(node.value, Value::Map(_)) {
        let message = format!("expected how a response header arrives, by name, not {}", node.what());
        reader.error(&codes::WRONG_TYPE, node, message).help = Some("write `{ link: screen }`".to_owned());
    }
    let mut listed: Vec<(Spanned<String>, Arrival)> = Vec::new();
    for (key, value) in node.entries() {
        let arrival = scalar::word(reader, value, &Arrival::NAMED);
        let Some(name) = name(reader, &Spanned { value: key.name.clone(), span: key.span }) else { continue };
        if listed.iter().any(|(known, _)| known.value == name.value) {
            let key = Node { value: Value::Null, span: key.span };
            reader.error(&codes::BAD_HEADER, &key, "this header is listed twice");
        } else if let Some(arrival) = arrival {
            listed.push((name, arrival));
        }
    }
    listed
}

fn name(reader: &mut Reader<'_>, text: &Spanned<String>) -> Option<Spanned<String>> {
    let name = Spanned { value: text.value.to_ascii_lowercase(), span: text.span };
    let Err(fault) = check_header(&name.value) else { return Some(name) };
    let help = match fault {
        HeaderFault::Name => "letters, digits and `-`, such as `x-customer-id`",
        HeaderFault::Pseudo | HeaderFault::HopByHop => "leave it out: it is not a header of the response",
        HeaderFault::OfFilter => "leave it out: the filter keeps what is right for the masked body",
    };
    let node = Node { value: Value::Null, span: name.span };
    let message = match fault {
        HeaderFault::Name => "invalid header name".to_owned(),
        _ => format!("`{}` {fault}", name.value),
    };
    reader.error(&codes::BAD_HEADER, &node, message).help = Some(help.to_owned());
    None
}
