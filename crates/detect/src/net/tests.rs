//! What is found, and what is not.

use proptest::prelude::*;

use super::*;

fn net(find: &[&str], patterns: &[(&str, &str)]) -> Net {
    Net::new(find.iter().copied(), patterns.iter().copied()).unwrap()
}

/// A text with what is found in it replaced, as a filter would do it.
fn masked(net: &Net, name: &str, text: &str) -> String {
    let hint = Hints::default().of(name.as_bytes(), Hint::NONE);
    let mut found = Vec::new();
    if net.may_hold(text.as_bytes(), hint) {
        net.find(text, hint, &mut found);
    }
    let mut out = text.to_owned();
    for range in found.into_iter().rev() {
        out.replace_range(range, "***");
    }
    out
}

#[test]
fn replaces_the_match_and_leaves_the_rest() {
    let strong = net(&["strong"], &[]);
    for (text, expected) in [
        ("Customer read out card 4111 1111 1111 1111 on the phone", "Customer read out card *** on the phone"),
        ("mail anna@example.com, then bob@example.org", "mail ***, then ***"),
        (r#"{"ssn":"123-45-6789"}"#, r#"{"ssn":"***"}"#),
        ("postgres://shop:hunter2@db/shop", "postgres://shop:***@db/shop"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "***"),
        ("an ordinary sentence about nothing", "an ordinary sentence about nothing"),
        ("order 10045 of 2026-11-30", "order 10045 of 2026-11-30"),
        ("2026-11-30T20:41:12.123Z", "2026-11-30T20:41:12.123Z"),
        ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        ("", ""),
    ] {
        assert_eq!(masked(&strong, "text", text), expected);
    }
}

#[test]
fn finds_only_what_is_asked_for_and_is_not_stopped_by_the_rest() {
    let text = "sip:+12025550143@example.com";
    assert_eq!(masked(&net(&["phone"], &[]), "x", text), "sip:***@example.com");
    assert_eq!(masked(&net(&["email"], &[]), "x", text), "sip:***");
    assert_eq!(masked(&net(&["card"], &[]), "x", text), text);
}

#[test]
fn weak_values_count_beside_a_name_only() {
    let named = net(&["named"], &[]);
    for (name, text, is_found) in [
        ("nhsNumber", "9434765919", true),
        ("orderNumber", "9434765919", false),
        ("dateOfBirth", "1984-03-05", true),
        ("created", "1984-03-05", false),
        ("date_of_birth", "05.03.1984", true),
        ("cvv", "123", true),
        ("count", "123", false),
        ("phone", "02015550143", true),
        ("accountNumber", "12345678", true),
        ("password", "hunter2", true),
        ("passwordResetRequired", "true", false),
        ("phoneVerified", "123456", false),
    ] {
        assert_eq!(masked(&named, name, text) == "***", is_found, "{name}: {text}");
        assert_eq!(masked(&net(&["strong"], &[]), name, text), text, "alone, {text} is nothing");
    }
}

#[test]
fn a_name_that_says_nothing_takes_what_its_holder_says() {
    let named = net(&["named"], &[]);
    let mut hints = Hints::default();
    let holder = hints.of(b"phone", Hint::NONE);
    for (name, is_found) in [(&b"value"[..], true), (b"number", true), (b"use", false)] {
        let hint = hints.of(name, holder);
        assert_eq!(named.finds_number("02015550143", hint), is_found);
        // The same name elsewhere says nothing, remembered or not.
        let hint = hints.of(name, Hint::NONE);
        assert!(!named.finds_number("02015550143", hint));
    }
}

#[test]
fn numbers_are_cards_or_whole_matches() {
    let all = net(&["strong"], &[("ticket", "77[0-9]{4}")]);
    for (number, is_found) in [
        ("4111111111111111", true),
        ("4111111111111112", false),
        ("1700000000000", false),
        ("771234", true),
        ("7712345", false),
        ("12", false),
        ("4.111111111111111e15", false),
    ] {
        assert_eq!(all.finds_number(number, Hint::NONE), is_found, "{number}");
    }
}

#[test]
fn patterns_and_looks_that_overlap_are_one_match() {
    let both = net(&["email"], &[("user", "user [a-z]+"), ("dot", r"\.com x")]);
    assert_eq!(masked(&both, "x", "user anna@example.com x, user bob"), "***, ***");
}

#[test]
fn patterns_that_cost_too_much_or_find_nothing_are_refused() {
    for pattern in ["", "(", "a*", "(?=a)", &"a".repeat(LONGEST_PATTERN + 1), "((a{100}){100}){100}"] {
        let net = Net::new([], [("p", pattern)]);
        assert!(matches!(net, Err(NetFault::Pattern { .. })), "{pattern}");
    }
    assert_eq!(Net::new(["persons"], []).unwrap_err(), NetFault::Unknown("persons".into()));
    assert_eq!(Net::new([], [("a", "b"); MOST_PATTERNS + 1]).unwrap_err(), NetFault::TooMany);
}

/// What a net does without a short cut, and with every look taken one by one.
fn naive(text: &str) -> bool {
    Detector::alone().any(|one| {
        let mut kinds = Kinds::NONE;
        kinds.add(one);
        find_of(text, kinds).next().is_some()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_short_cut_misses_nothing(text in prop_oneof![
        "[ -~]{0,60}",
        "[0-9:.@/$-]{0,40}",
        "[A-Za-z<]{0,50}",
        "(bc1|0x|AKIA|ghp_|eyJ|sk_live_)[a-z0-9A-Z.]{0,60}",
    ]) {
        if naive(&text) {
            prop_assert!(is_telling(text.as_bytes()), "{}", text);
        }
    }

    #[test]
    fn matches_are_in_order_on_characters_and_apart(text in "[0-9a-z@.: é日-]{0,80}") {
        let all = net(&["strong"], &[("p", "[0-9]+[a-z]"), ("q", "é.")]);
        let mut found = Vec::new();
        all.find(&text, Hint::NONE, &mut found);
        for range in &found {
            prop_assert!(text.get(range.clone()).is_some_and(|part| !part.is_empty()));
        }
        prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}
