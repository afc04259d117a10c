//! How far a policy or a route is rolled out, and until when it should stay there.

use meshveil_plan::Stage;
use meshveil_text::Node;

use super::{Reader, map::Map, scalar};
use crate::{Date, NotADate, Spanned, codes};

/// `stage` and `until` of a map.
pub(super) fn read(reader: &mut Reader<'_>, map: &Map<'_>) -> (Option<Spanned<Stage>>, Option<Spanned<Date>>) {
    let stage = map.optional("stage").and_then(|node| {
        let value = scalar::word(reader, node, &Stage::NAMED)?;
        Some(Spanned { value, span: node.span })
    });
    let until = map.optional("until").and_then(|node| {
        let date = date(reader, node)?;
        if stage.as_ref().is_none_or(|stage| stage.value == Stage::Enforce) {
            reader.error(&codes::BAD_VALUE, node, "`until` is for a `stage` before `enforce`");
            return None;
        }
        Some(date)
    });
    (stage, until)
}

fn date(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Date>> {
    match scalar::text(reader, node)?.value.parse() {
        Ok(value) => Some(Spanned { value, span: node.span }),
        Err(NotADate) => {
            reader.error(&codes::BAD_VALUE, node, "expected a day, such as `2026-12-31`");
            None
        }
    }
}
