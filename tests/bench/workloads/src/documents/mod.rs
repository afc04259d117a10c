//! Five documents of different shape, about 1 MB each, made the same way every time.

mod citm;
mod customers;
mod deep;
mod strings;
mod twitter;

pub use customers::customers;

use crate::Rule;

/// A document and what is to be masked in it.
#[derive(Debug, Clone)]
pub struct Document {
    /// Short name for tables.
    pub name: &'static str,
    /// The JSON text.
    pub text: Vec<u8>,
    /// Three rules; each selects scalars only, and at least one.
    pub rules: Vec<Rule>,
}

/// Names of all documents, in the order of [`all`].
pub const NAMES: [&str; 5] = ["short-fields", "long-strings", "deep", "twitter", "citm"];

/// All documents.
#[must_use]
pub fn all() -> Vec<Document> {
    let texts = [
        customers(1_000_000),
        strings::strings(1_000_000),
        deep::deep(1_000_000),
        twitter::twitter(630_000),
        citm::citm(1_700_000),
    ];
    let rules = [
        customer_rules(),
        vec![Rule::child("author", "email"), Rule::key("token"), Rule::key("title")],
        vec![Rule::key("secret"), Rule::child("leaf", "code"), Rule::key("pin")],
        vec![Rule::child("user", "screen_name"), Rule::child("user", "location"), Rule::key("profile_image_url")],
        vec![Rule::key("logo"), Rule::key("start"), Rule::key("seatMapImage")],
    ];
    NAMES
        .into_iter()
        .zip(texts)
        .zip(rules)
        .map(|((name, text), rules)| Document { name, text: text.into_bytes(), rules })
        .collect()
}

/// What is masked in [`customers`].
#[must_use]
pub fn customer_rules() -> Vec<Rule> {
    vec![Rule::key("ssn"), Rule::child("card", "number"), Rule::key("email")]
}

/// The rules of [`customer_rules`] as queries that start at the root and leave most of the document out of reach.
pub const ANCHORED: [&str; 3] = ["$[*].ssn", "$[*].card.number", "$[*].email"];

/// An array of elements, made by `element` from their number, that is as long as `limit` bytes allow.
fn array(limit: usize, mut element: impl FnMut(u64) -> String) -> String {
    let mut text = String::from("[");
    for number in 0.. {
        let element = element(number);
        if text.len() + element.len() + 2 > limit {
            break;
        }
        if number > 0 {
            text.push(',');
        }
        text.push_str(&element);
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contestants::{engine::Engine, naive, value};
    use crate::many;
    use serde_json::Value;

    /// Not `assert_eq`: a failure must not print a megabyte.
    fn same(left: &[u8], right: &[u8], name: &str) {
        assert!(left == right, "{name}: {} and {} bytes", left.len(), right.len());
    }

    #[test]
    fn naive_masker_and_tree_agree_on_every_document() {
        for document in all() {
            let mut tree = Vec::new();
            value::mask(&document.text, &document.rules, &mut tree).unwrap();
            let mut bytewise = Vec::new();
            naive::mask(&document.text, &document.rules, &mut bytewise);
            let tree: Value = serde_json::from_slice(&tree).unwrap();
            let bytewise: Value = serde_json::from_slice(&bytewise).unwrap();
            assert!(tree == bytewise, "{}", document.name);
        }
    }

    #[test]
    fn engine_agrees_with_the_naive_masker_on_every_document() {
        for document in all() {
            let mut bytewise = Vec::new();
            naive::mask(&document.text, &document.rules, &mut bytewise);
            let engine = Engine::of_rules(&document.rules).unwrap();
            let mut out = Vec::new();
            engine.whole(&document.text, &mut out).unwrap();
            same(&out, &bytewise, document.name);
        }
    }

    #[test]
    fn many_rules_mask_what_the_first_selects() {
        let text = customers(50_000);
        let mut expected = Vec::new();
        naive::mask(text.as_bytes(), &many(1), &mut expected);
        for count in [1, 100, 1_000] {
            let rules = many(count);
            assert_eq!(rules.len(), count);
            let mut out = Vec::new();
            Engine::of_rules(&rules).unwrap().whole(text.as_bytes(), &mut out).unwrap();
            same(&out, &expected, "many rules");
        }
    }

    #[test]
    fn every_rule_selects_something() {
        for document in all() {
            for rule in &document.rules {
                let mut all = Vec::new();
                naive::mask(&document.text, &[], &mut all);
                same(&all, &document.text, document.name);
                let mut masked = Vec::new();
                naive::mask(&document.text, std::slice::from_ref(rule), &mut masked);
                assert!(masked != document.text, "{}: {}", document.name, rule.query());
            }
        }
    }

    #[test]
    fn anchored_queries_select_what_the_customer_rules_select() {
        let text = customers(50_000);
        let mut anywhere = Vec::new();
        let mut anchored = Vec::new();
        Engine::of_rules(&customer_rules()).unwrap().whole(text.as_bytes(), &mut anywhere).unwrap();
        Engine::of_queries(&ANCHORED).unwrap().whole(text.as_bytes(), &mut anchored).unwrap();
        same(&anchored, &anywhere, "anchored");
        assert!(anchored != text.as_bytes());
    }

    #[test]
    fn documents_have_the_sizes_they_are_named_for() {
        for size in [1_000, 10_000, 100_000, 1_000_000] {
            let length = customers(size).len();
            assert!(length <= size && length + 600 > size, "{length}");
        }
        for document in all() {
            assert!((500_000..2_000_000).contains(&document.text.len()), "{}", document.name);
        }
    }
}
