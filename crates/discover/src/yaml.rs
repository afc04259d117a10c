//! Texts as YAML scalars that every reader takes for the same text.

use crate::shown::is_printable;

/// What YAML 1.1 or 1.2 takes for something else than text.
const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];

/// A text, plain where it can be nothing else.
pub(crate) fn scalar(text: &str) -> String {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/');
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(inner)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter if is_printable(letter) => quoted.push(letter),
            letter if u32::from(letter) < 0x1_0000 => quoted.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => quoted.push_str(&format!("\\U{:08x}", u32::from(letter))),
        }
    }
    quoted.push('"');
    quoted
}

/// Labels as a flow map.
pub(crate) fn labels(labels: &[(String, String)]) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{}: {}", scalar(key), scalar(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use meshveil_text::{FileId, Value, tree};
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Value {
        let mut findings = Vec::new();
        let documents = tree::parse(FileId(0), text, &mut findings);
        assert_eq!(findings, [], "{text:?}");
        documents.into_iter().next().unwrap().value
    }

    #[test]
    fn what_other_readers_take_for_something_else_is_quoted() {
        for text in [
            "no", "y", "Yes", "off", "null", "~", "", "1e3", "0x1f", "-", "- a", "*a", "&a", "!a", "a: b", "a #b",
            "1.0", ".5", "{a", "\u{85}", "\u{feff}",
        ] {
            assert!(scalar(text).starts_with('"'), "{text:?}");
            assert_eq!(read(&scalar(text)), Value::Text(text.to_owned()), "{text:?}");
        }
        assert_eq!(scalar("shop/billing"), "shop/billing");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>(), key in "[*&!%@`'\"\\\\#:,?{}\\[\\]| \\-.a-z0-9\u{80}-\u{a0}\u{2020}-\u{2030}]{0,12}") {
            let pairs = vec![(key.clone(), text.clone()), (format!("{key}x"), key.clone())];
            let node = read(&format!("a: {{ b: {}, c: [{}, {}] }}", labels(&pairs), scalar(&text), quoted(&key)));
            let Value::Map(entries) = node else { panic!() };
            let inner = &entries[0].1;
            prop_assert_eq!(inner.at(&["b"]).unwrap().entries().iter().map(|(k, v)| (k.name.clone(), v.text().unwrap().to_owned())).collect::<Vec<_>>(), pairs);
            let list: Vec<_> = inner.get("c").unwrap().items().iter().map(|item| item.text().unwrap().to_owned()).collect();
            prop_assert_eq!(list, vec![text, key]);
        }
    }
}
