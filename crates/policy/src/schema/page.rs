//! The reference page of the policy file, in Markdown.

use std::fmt::Write;

use meshveil_plan::Reading;

use super::{EXAMPLE, Kind, OBJECTS};

/// The text of `docs/reference/policy.md`.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "<!-- Generated from crates/policy/src/schema/ by `MESHVEIL_BLESS=1 cargo test -p meshveil-policy`; do not edit. -->\n\
         # The policy file\n\n\
         One document per workload that holds sensitive data. The same list of callers drives the network rules, the\n\
         authorisation rules and the masking. Unknown keys are errors, with the nearest known one. `meshveil check` says\n\
         everything that is wrong, [findings](findings.md) lists what that can be; `meshveil schema` prints a JSON schema, which\n\
         editors use when the file begins with the comment below.\n\n\
         Where several rules apply to a value the strictest wins. Where a request is several callers, the one that sees least\n\
         counts.\n\n\
         Everything a policy can say, in one:\n\n",
    );
    let _ = write!(page, "```yaml\n{EXAMPLE}```\n");
    for object in OBJECTS {
        let _ = write!(page, "\n## {}\n\n{}\n\n", object.id, object.summary);
        if !object.any_of.is_empty() {
            let keys: Vec<String> = object.any_of.iter().map(|key| format!("`{key}`")).collect();
            let _ = write!(page, "At least one of {} is required.\n\n", keys.join(", "));
        }
        page.push_str("| key | value | default | |\n|---|---|---|---|\n");
        for key in object.keys {
            let default = match (key.required, key.default) {
                (true, _) => "required".to_owned(),
                (false, "") => String::new(),
                (false, default) => format!("`{}`", default.trim_matches('"')),
            };
            let default = if default == "``" { String::new() } else { default };
            let _ = writeln!(page, "| `{}` | {} | {default} | {} |", key.name, kind(&key.kind), key.summary);
        }
    }
    page
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Const(word) => format!("`{word}`"),
        Kind::Text => "text".to_owned(),
        Kind::Name => "letters, digits, `-`, `_`, `.`; at most 63".to_owned(),
        Kind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
        Kind::Port => "1 to 65535".to_owned(),
        Kind::Number(least, most) => format!("{least} to {most}"),
        Kind::Labels => "labels".to_owned(),
        Kind::Unread => "anything".to_owned(),
        Kind::Free => "map".to_owned(),
        Kind::Query => "[query](queries.md)".to_owned(),
        Kind::Mask => "[mask](masks.md)".to_owned(),
        Kind::MaskByField => "map: field to [mask](masks.md)".to_owned(),
        Kind::ServiceAccount => "`namespace/name`".to_owned(),
        Kind::Cidr => "address block".to_owned(),
        Kind::Date => "day, such as `2026-12-31`".to_owned(),
        Kind::QueriesByField => "map: field to list of [query](queries.md)".to_owned(),
        Kind::HeaderName => "header name".to_owned(),
        Kind::ArrivalByHeader => "map: header to `screen` or `pass`".to_owned(),
        Kind::MediaRange => "media type, such as `text/html` or `image/*`".to_owned(),
        Kind::ReadingByType => {
            let words = Reading::NAMED.map(|(name, _)| format!("`{name}`"));
            format!("map: media type to {}", words.join(", "))
        }
        Kind::Detector => "kind or group of [values that are detected](detect.md)".to_owned(),
        Kind::PatternByName => "map: name to regular expression".to_owned(),
        Kind::Sees => "`all` or list of fields".to_owned(),
        Kind::Object(object) => format!("[{0}](#{1})", object.id, object.id.to_lowercase()),
        Kind::AccountOr(object) => {
            format!("`namespace/name` or [{0}](#{1})", object.id, object.id.to_lowercase())
        }
        Kind::List(inner) => format!("list: {}", self::kind(inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_reached_from_the_document() {
        fn visit(object: &'static super::super::Object, seen: &mut Vec<&'static str>) {
            if seen.contains(&object.id) {
                return;
            }
            seen.push(object.id);
            for key in object.keys {
                let mut kind = &key.kind;
                while let Kind::List(inner) = kind {
                    kind = inner;
                }
                if let Kind::Object(inner) | Kind::AccountOr(inner) = kind {
                    visit(inner, seen);
                }
            }
        }
        let mut seen = Vec::new();
        visit(&super::super::POLICY, &mut seen);
        let mut listed: Vec<_> = OBJECTS.iter().map(|object| object.id).collect();
        listed.sort_unstable();
        seen.sort_unstable();
        assert_eq!(seen, listed);
    }
}
