//! Masks: each fault at the name or parameter it is about.

use meshveil_mask::{MaskSpec, NAMES, Parameter, Written};
use meshveil_text::{Finding, Node, Span, Value, nearest};

use super::{Reader, map::list};
use crate::{Spanned, codes};

const HELP: &str = "masks and their parameters: docs/reference/masks.md";

pub(super) fn mask(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<MaskSpec>> {
    let before = reader.findings.len();
    let mask = match &node.value {
        // `mask: null` says `null`, the mask, as readers expect.
        Value::Null => MaskSpec::named("null"),
        Value::Text(name) => named(reader, name, node.span),
        Value::Map(_) => with_parameters(reader, node),
        _ => {
            fault(reader, node.span, format!("expected a mask, such as `redact`, not {}", node.what()));
            None
        }
    };
    mask.filter(|_| reader.findings.len() == before).map(|value| Spanned { value, span: node.span })
}

fn fault(reader: &mut Reader<'_>, span: Span, message: impl Into<String>) {
    reader.findings.push(Finding::new(&codes::BAD_MASK, span, message).help(HELP));
}

/// A mask with its defaults.
fn named(reader: &mut Reader<'_>, name: &str, span: Span) -> Option<MaskSpec> {
    let mask = MaskSpec::named(name);
    if mask.is_none() {
        unknown(reader, span, format!("unknown mask `{name}`"), name, NAMES.iter().copied());
    }
    mask
}

/// A mask as a map of one entry: its name and its parameters.
fn with_parameters(reader: &mut Reader<'_>, node: &Node) -> Option<MaskSpec> {
    let Some(((name, parameters), more)) = node.entries().split_first() else {
        fault(reader, node.span, "a mask without a name");
        return None;
    };
    for (key, _) in more {
        fault(reader, key.span, format!("one mask expected, but `{}` follows `{}`", key.name, name.name));
    }
    let mut mask = named(reader, &name.name, name.span)?;
    if !matches!(parameters.value, Value::Map(_)) {
        let message = format!("expected the parameters of `{}`, not {}", name.name, parameters.what());
        fault(reader, parameters.span, message);
        return None;
    }
    let before = reader.findings.len();
    for (key, value) in parameters.entries() {
        let names = || mask.parameters().iter().map(|parameter| parameter.name);
        let Some(parameter) = mask.parameters().iter().find(|parameter| parameter.name == key.name) else {
            unknown(reader, key.span, format!("`{}` has no parameter `{}`", mask.id(), key.name), &key.name, names());
            continue;
        };
        self::parameter(reader, &mut mask, parameter, value);
    }
    // Parameters that are right on their own may not fit together.
    if reader.findings.len() == before
        && let Err(error) = mask.check()
    {
        let at = error.parameter().and_then(|name| parameters.entry(name)).map_or(node.span, |(_, value)| value.span);
        fault(reader, at, error.to_string());
    }
    Some(mask)
}

fn parameter(reader: &mut Reader<'_>, mask: &mut MaskSpec, parameter: &Parameter, node: &Node) {
    let Parameter { name, kind, .. } = parameter;
    match kind.read(written(node)) {
        Some(argument) => {
            mask.set(name, argument);
        }
        None => fault(reader, node.span, format!("`{name}`: expected {kind}")),
    }
}

fn written(node: &Node) -> Written<'_> {
    match &node.value {
        Value::Bool(boolean) => Written::Boolean(*boolean),
        Value::Int(number) => u64::try_from(*number).map_or(Written::Other, Written::Number),
        Value::Text(text) => Written::Text(text),
        Value::Null | Value::Float(_) | Value::List(_) | Value::Map(_) => Written::Other,
    }
}

fn unknown(
    reader: &mut Reader<'_>,
    span: Span,
    message: String,
    word: &str,
    known: impl Iterator<Item = &'static str> + Clone,
) {
    let finding = Finding::new(&codes::BAD_MASK, span, message);
    reader.findings.push(match nearest(word, known.clone()) {
        Some(near) => finding.suggest(span, near, format!("did you mean `{near}`?")),
        None if known.clone().next().is_none() => finding,
        None => finding.help(format!("known: {}", list(known))),
    });
}
