//! The registry of codes: identifiers are unique, in order, and never used again.

use meshveil_text::codes;

/// Every identifier there ever was, with its title; `retired` in place of the title once it is gone.
const KNOWN: &str = include_str!("codes.txt");

#[test]
fn every_code_is_listed_and_only_retired_ones_are_gone() {
    let listed: Vec<(&str, &str)> = KNOWN.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let mut ids: Vec<&str> = listed.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), listed.len(), "an identifier is listed twice");
    let current: Vec<(&str, &str)> = listed.into_iter().filter(|(_, title)| *title != "retired").collect();
    let defined: Vec<(&str, &str)> = codes::all().map(|code| (code.id, code.title)).collect();
    assert_eq!(defined, current, "name every code in crates/text/tests/codes.txt, those that are gone as `retired`");
}

#[test]
fn codes_are_in_order_within_their_family() {
    let ids: Vec<&str> = codes::all().map(|code| code.id).collect();
    for pair in ids.windows(2) {
        let [first, second] = pair else { continue };
        assert!(first.get(..4) != second.get(..4) || first < second, "{first} {second}");
    }
}

#[test]
fn titles_and_explanations_are_sentences_of_one_form() {
    for code in codes::all() {
        assert!(!code.title.is_empty() && !code.title.ends_with('.'), "{code}: {}", code.title);
        assert!(
            code.explanation.ends_with(['.', ')']) && !code.explanation.contains('\n'),
            "{code}: {}",
            code.explanation
        );
    }
}

#[test]
fn a_code_is_found_in_upper_and_lower_case() {
    assert_eq!(codes::find("mv-p01"), Some(&codes::policy::UNKNOWN_KEY));
    assert_eq!(codes::find("MV-X01"), None);
}
