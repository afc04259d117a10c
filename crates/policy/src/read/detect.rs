//! `detect` of a policy or a route: what is masked wherever it stands.

use meshveil_detect::{Kinds, Net, NetFault, looks::NAMED};
use meshveil_plan::Detect;
use meshveil_text::{Node, Value, nearest};

use super::{Reader, except, map::Map, scalar};
use crate::{Spanned, codes, schema};

pub(super) fn read(reader: &mut Reader<'_>, map: &Map<'_>) -> Option<Spanned<Detect>> {
    let node = map.optional("detect")?;
    let known = reader.findings.len();
    let map = Map::read(reader, node, &schema::DETECT)?;
    let mut detect = Detect::default();
    if let Some(node) = map.optional("find") {
        let words = scalar::items(reader, node).iter();
        detect.find = words.filter_map(|node| kind(reader, node)).collect();
    }
    if let Some(node) = map.optional("patterns") {
        patterns(reader, node, &mut detect);
    }
    if let Some(node) = map.optional("with") {
        detect.with = scalar::text(reader, node).map_or(detect.with, |with| with.value);
    }
    if let Some(node) = map.optional("except") {
        let paths = scalar::items(reader, node).iter();
        detect.except = paths.filter_map(|node| Some(except::path(reader, node)?.value.text)).collect();
    }
    // With a fault in it, nothing more is said of it.
    (reader.findings.len() == known).then_some(Spanned { value: detect, span: node.span })
}

fn kind(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let word = scalar::text(reader, node)?.value;
    if word == NAMED || Kinds::named(&word).is_some() {
        return Some(word);
    }
    let help = nearest(&word, Kinds::words().chain([NAMED])).map(|near| format!("did you mean `{near}`?"));
    reader.error(&codes::UNKNOWN_DETECTOR, node, format!("no kind of value is called `{word}`")).help =
        Some(help.unwrap_or_else(|| {
            "a kind, or one of the groups `strong`, `payment`, `identity`, `contact`, `secret`, `device`, `named`"
                .to_owned()
        }));
    None
}

fn patterns(reader: &mut Reader<'_>, node: &Node, detect: &mut Detect) {
    if !matches!(node.value, Value::Map(_)) {
        reader.error(&codes::WRONG_TYPE, node, format!("expected patterns by name, not {}", node.what())).help =
            Some("write `{ ticket: \"T-[0-9]{6}\" }`".to_owned());
    }
    for (key, value) in node.entries() {
        let Some(pattern) = scalar::text(reader, value) else { continue };
        match Net::new([], [(key.name.as_str(), pattern.value.as_str())]) {
            Ok(_) => {
                detect.patterns.insert(key.name.clone(), pattern.value);
            }
            Err(fault) => {
                reader.error(&codes::BAD_PATTERN, value, fault.to_string()).help = Some(
                    "the syntax of the crate `regex-lite`: no look-around, no back-references, time linear in the text"
                        .to_owned(),
                );
            }
        }
    }
    let all = detect.patterns.iter().map(|(name, pattern)| (name.as_str(), pattern.as_str()));
    if let Err(fault @ NetFault::TooMany) = Net::new([], all) {
        reader.error(&codes::BAD_PATTERN, node, fault.to_string()).help =
            Some("join some with `|`: each pattern is a pass of its own over every text".to_owned());
    }
}
