//! Members of protobuf messages in JSON, which may be spelled `snake_case` or `lowerCamelCase`, and settings that say
//! their own type.

use serde_json::Value;

/// A member by its name in `snake_case`.
pub(crate) fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get(name).or_else(|| value.get(camel(name))).filter(|found| !found.is_null())
}

/// The member at the end of a path.
pub(crate) fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| get(value, name))
}

/// The text of a member.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    get(value, name)?.as_str()
}

/// Whether a member is true.
pub(crate) fn is_true(value: &Value, name: &str) -> bool {
    get(value, name).and_then(Value::as_bool) == Some(true)
}

/// The items of a member; none where it is not a list.
pub(crate) fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    get(value, name).and_then(Value::as_array).into_iter().flatten()
}

/// The only item of a member.
pub(crate) fn only<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let mut items = items(value, name);
    items.next().filter(|_| items.next().is_none())
}

/// The type, without what stands before it in a URL, and the settings in `typed_config`, also where they are a `TypedStruct` (xds, udpa).
pub(crate) fn typed_config<'v>(value: &'v Value) -> Option<(&'v str, &'v Value)> {
    let config = get(value, "typed_config")?;
    let name = |url: &'v str| url.rsplit('/').next().unwrap_or(url);
    let kind = name(config.get("@type")?.as_str()?);
    if kind.ends_with(".TypedStruct") {
        return Some((name(text(config, "type_url")?), get(config, "value")?));
    }
    Some((kind, config))
}

/// The settings in `typed_config`, where they are of a type.
pub(crate) fn settings<'v>(value: &'v Value, wanted: &str) -> Option<&'v Value> {
    typed_config(value).filter(|(kind, _)| *kind == wanted).map(|(_, settings)| settings)
}

/// `lowerCamelCase` of a name.
#[must_use]
pub fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_spellings_of_a_member_are_read() {
        assert_eq!(camel("allow_on_headers_stop_iteration"), "allowOnHeadersStopIteration");
        for value in [json!({"fail_open": true}), json!({"failOpen": true})] {
            assert!(is_true(&value, "fail_open"));
        }
    }

    #[test]
    fn settings_in_a_typed_struct_are_read() {
        let plain = json!({"typed_config": {"@type": "type.googleapis.com/a", "b": 1}});
        let inner = json!({"typedConfig": {"@type": "type.googleapis.com/xds.type.v3.TypedStruct", "typeUrl": "a", "value": {"b": 1}}});
        for value in [plain, inner] {
            let (kind, config) = typed_config(&value).unwrap();
            assert_eq!((kind, config.get("b")), ("a", Some(&json!(1))));
        }
    }
}
