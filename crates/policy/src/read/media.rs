//! Media types: how they are read, and which pass unread.

use meshveil_plan::{MediaRange, Reading, is_media_type};
use meshveil_text::{Node, Value};

use super::{Reader, scalar};
use crate::{Spanned, codes};

/// How media types are read, in lower case.
pub(super) fn reads(reader: &mut Reader<'_>, node: &Node) -> Vec<(Spanned<String>, Reading)> {
    if !matches!(node.value, Value::Map(_)) {
        let message = format!("expected how to read, by media type, not {}", node.what());
        reader.error(&codes::WRONG_TYPE, node, message).help = Some("write `{ application/json: lines }`".to_owned());
    }
    let mut reads: Vec<(Spanned<String>, Reading)> = Vec::new();
    for (key, value) in node.entries() {
        let essence = Spanned { value: key.name.to_ascii_lowercase(), span: key.span };
        let reading = scalar::word(reader, value, &Reading::NAMED);
        let key = Node { value: Value::Null, span: key.span };
        if !is_media_type(&essence.value) {
            reader.error(&codes::BAD_MEDIA_TYPE, &key, "expected a media type, such as `application/json`").help =
                Some("one type, without parameters".to_owned());
        } else if reads.iter().any(|(known, _)| known.value == essence.value) {
            reader.error(&codes::BAD_MEDIA_TYPE, &key, "this type is listed twice");
        } else if let Some(reading) = reading {
            reads.push((essence, reading));
        }
    }
    reads
}

/// Media types that may pass, in lower case: none of those that are read, by themselves or because `reads` lists them.
pub(super) fn ranges(
    reader: &mut Reader<'_>,
    node: &Node,
    reads: &[&[(Spanned<String>, Reading)]],
) -> Vec<Spanned<MediaRange>> {
    scalar::items(reader, node).iter().filter_map(|node| range(reader, node, reads)).collect()
}

fn range(reader: &mut Reader<'_>, node: &Node, reads: &[&[(Spanned<String>, Reading)]]) -> Option<Spanned<MediaRange>> {
    let text = scalar::text(reader, node)?;
    let range = MediaRange(text.value.to_ascii_lowercase());
    let listed = reads.iter().copied().flatten().find(|(essence, _)| essence.value == range.0);
    let (message, help) = if !range.is_well_formed() {
        (
            "expected a media type, such as `text/html` or `image/*`",
            "without parameters; `*` stands for all of a top-level type",
        )
    } else if listed.is_some() {
        ("this type is read as JSON and masked", "`reads` lists it, so it never passes")
    } else if Reading::of(&range.0).is_some() {
        ("this type is read as JSON and masked", "it never passes; a route of JSON without masks has `masking: off`")
    } else {
        return Some(Spanned { value: range, span: text.span });
    };
    let finding = reader.error(&codes::BAD_MEDIA_TYPE, node, message);
    finding.help = Some(help.to_owned());
    if let Some((essence, _)) = listed {
        *finding = finding.clone().label(essence.span, "read");
    }
    None
}
