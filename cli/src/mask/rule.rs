//! Rules as they are typed: `QUERY=MASK` on the command line, or a JSON list.

use meshveil_json::{Query, Rule};
use meshveil_mask::{CATALOGUE, MaskSpec, NAMES};
use meshveil_text::nearest;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One entry of a file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    mask: MaskSpec,
}

/// Reads a JSON list of rules.
pub(super) fn list(text: &[u8]) -> Result<Vec<Rule>, String> {
    let entries: Vec<Entry> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    entries.into_iter().map(|entry| rule(&entry.path, entry.mask)).collect()
}

/// Reads `QUERY=MASK`, where a mask is `redact` or `partial(keepLast=4, with=#)`.
pub(super) fn parse(text: &str) -> Result<Rule, String> {
    let (query, mask) = split(text).ok_or("expected `QUERY=MASK`, such as `$..ssn=redact`")?;
    rule(query.trim(), spec(mask.trim())?)
}

fn rule(path: &str, mask: MaskSpec) -> Result<Rule, String> {
    let query = Query::parse(path).map_err(|error| error.to_string())?;
    Ok(Rule { id: path.to_owned(), query, mask })
}

/// Splits at the first `=` outside brackets and quotes; in a query these stand only inside.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if depth > 0 => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '=') if depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn spec(text: &str) -> Result<MaskSpec, String> {
    let (name, parameters) = match text.split_once('(') {
        None => (text, Map::new()),
        Some((name, rest)) => {
            let inside = rest.strip_suffix(')').ok_or("expected `)` after the parameters of the mask")?;
            (name.trim(), parameters(name.trim(), inside)?)
        }
    };
    let written = Value::Object(Map::from_iter([(name.to_owned(), Value::Object(parameters))]));
    MaskSpec::deserialize(written).map_err(|error| match nearest(name, NAMES.iter().copied()) {
        Some(near) if near != name => format!("{error}; did you mean `{near}`?"),
        _ => error.to_string(),
    })
}

/// Reads `name=value, …`; a value in double quotes is a JSON string and may hold commas.
fn parameters(mask: &str, text: &str) -> Result<Map<String, Value>, String> {
    let mut parameters = Map::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or("expected `name=value` as a parameter of the mask")?;
        let (name, after) = (name.trim(), after.trim_start());
        let (value, after) = if after.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let value = values.next().and_then(Result::ok).ok_or("the quote of a parameter is not closed")?;
            (Value::String(value), after.get(values.byte_offset()..).unwrap_or_default().trim_start())
        } else {
            let end = after.find(',').unwrap_or(after.len());
            let (value, after) = after.split_at(end);
            (unquoted(mask, name, value.trim()), after)
        };
        if parameters.insert(name.to_owned(), value).is_some() {
            return Err(format!("the parameter `{name}` is given twice"));
        }
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => "",
            None => return Err("expected `,` between the parameters of the mask".to_owned()),
        };
    }
    Ok(parameters)
}

/// A value without quotes: text where the parameter is text, else a number or a boolean where it looks like one.
fn unquoted(mask: &str, parameter: &str, text: &str) -> Value {
    let entry = CATALOGUE.iter().find(|entry| entry.id == mask);
    let described = entry.and_then(|entry| entry.parameters.iter().find(|known| known.name == parameter));
    let is_text = described.is_some_and(|known| known.kind.is_text());
    let scalar = serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() || value.is_boolean());
    scalar.filter(|_| !is_text).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let rule = parse(text).unwrap();
        format!("{} {}", rule.query.text, serde_json::to_string(&rule.mask).unwrap())
    }

    #[test]
    fn splits_at_the_equals_sign_outside_the_query() {
        assert_eq!(written("$..ssn=null"), r#"$..ssn "null""#);
        assert_eq!(written(r#"$[?@.a=="]="].b = redact"#), written(r#"$[?@.a=="]="].b=redact()"#));
        assert_eq!(written(r"$['it\'s=']=drop"), r#"$['it\'s='] "drop""#);
    }

    #[test]
    fn reads_parameters_as_the_catalogue_describes_them() {
        assert_eq!(written("$.a=redact(with=7)"), written(r#"$.a=redact(with="7")"#));
        assert!(written("$.a=partial(keepLast=4, with=#)").contains(r##""keepLast":4,"with":"#""##));
        assert!(written(r#"$.a=redact(with="a, \"b\")")"#).contains(r#"a, \"b\")"#));
        assert!(written("$.a=email(keepDomain=false)").contains("false"));
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, message) in [
            ("$..ssn", "expected `QUERY=MASK`"),
            ("$..ssn=redcat", "`redact`"),
            ("$..ssn=redact(with=a", "expected `)`"),
            ("$..ssn=redact(a)", "expected `name=value`"),
            ("$..ssn=partial(keepLast=1,keepLast=2)", "twice"),
            ("$..ssn=redact(with=\"a)", "not closed"),
            ("$..ssn=redact(with=\"a\" x=1)", "expected `,`"),
            ("..ssn=redact", "at byte 0"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn every_example_of_the_catalogue_can_be_typed() {
        for entry in CATALOGUE {
            for example in entry.examples {
                let Value::Object(members) = serde_json::from_str(example.parameters).unwrap() else { panic!() };
                let typed: Vec<String> = members.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let rule = parse(&format!("$..x={}({})", entry.id, typed.join(", "))).unwrap();
                assert_eq!(rule.mask.id(), entry.id);
            }
        }
    }
}
