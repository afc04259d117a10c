//! Rules as they are typed: `QUERY=MASK` on the command line, or a JSON list.

use meshveil_json::{Query, Rule};
use meshveil_mask::{CATALOGUE, MaskSpec, NAMES};
use meshveil_plan::{Inside, MemberNames, Names};
use meshveil_text::nearest;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One entry of a file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    name: Option<String>,
    path: String,
    mask: MaskSpec,
    #[serde(default)]
    names: Names,
    #[serde(default)]
    keys: MemberNames,
    #[serde(default)]
    inside: Option<Inside>,
}

/// A rule, whether it is about names of members, and whether its texts hold documents.
pub(super) type Typed = (Rule, MemberNames, Option<Inside>);

/// Reads a JSON list of rules.
pub(super) fn list(text: &[u8], names: Names) -> Result<Vec<Typed>, String> {
    let entries: Vec<Entry> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let typed = |entry: Entry| {
        let names = if entry.names == Names::Exact { names } else { entry.names };
        Ok((rule(entry.name.as_deref(), &entry.path, entry.mask, names)?, entry.keys, entry.inside))
    };
    entries.into_iter().map(typed).collect()
}

/// Reads `QUERY=MASK` or `NAME: QUERY=MASK`, where a mask is `redact` or `partial(keepLast=4, with=#)`.
pub(super) fn parse(text: &str, names: Names) -> Result<Rule, String> {
    let (name, text) = name(text);
    let (query, mask) = split(text).ok_or("expected `QUERY=MASK`, such as `$..ssn=redact`")?;
    rule(name, query.trim(), spec(mask.trim())?, names)
}

/// The name before a query, which begins with `$`.
fn name(text: &str) -> (Option<&str>, &str) {
    let fits = |name: &str| !name.is_empty() && name.chars().all(|one| one.is_alphanumeric() || "-_./".contains(one));
    match text.split_once(':') {
        Some((name, rest)) if fits(name.trim()) && rest.trim_start().starts_with('$') => (Some(name.trim()), rest),
        _ => (None, text),
    }
}

/// Rules of one name give the same value the same code under masks with a key.
fn rule(name: Option<&str>, path: &str, mask: MaskSpec, names: Names) -> Result<Rule, String> {
    let query = query(path, names)?;
    Ok(Rule { id: name.unwrap_or(path).to_owned(), query, mask })
}

/// A path, with its names compared so.
pub(super) fn query(path: &str, names: Names) -> Result<Query, String> {
    let query = Query::parse(path).map_err(|error| error.to_string())?;
    Ok(if names == Names::AnyCase { query.in_any_case() } else { query })
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
        let rule = parse(text, Names::Exact).unwrap();
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
    fn rules_may_have_a_name() {
        for (text, id, path) in [
            ("customer: $..id=null", "customer", "$..id"),
            ("customer:$..id=null", "customer", "$..id"),
            ("$..id=null", "$..id", "$..id"),
            ("$[0:1]=null", "$[0:1]", "$[0:1]"),
        ] {
            let rule = parse(text, Names::Exact).unwrap();
            assert_eq!((rule.id.as_str(), rule.query.text.as_str()), (id, path), "{text}");
        }
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
            let error = parse(text, Names::Exact).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn every_example_of_the_catalogue_can_be_typed() {
        for entry in CATALOGUE {
            for example in entry.examples {
                let Value::Object(members) = serde_json::from_str(example.parameters).unwrap() else { panic!() };
                let typed: Vec<String> = members.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let rule = parse(&format!("$..x={}({})", entry.id, typed.join(", ")), Names::Exact).unwrap();
                assert_eq!(rule.mask.id(), entry.id);
            }
        }
    }
}
