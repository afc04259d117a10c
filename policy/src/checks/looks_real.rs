//! A constant that readers would take for a real value.

use meshveil_engine::MaskSpec;
use meshveil_source::{Finding, Severity};

use crate::{Policy, codes};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let of_routes = policy.routes.iter().flat_map(|route| route.fields.iter().map(|(_, mask)| mask));
    for mask in policy.fields.iter().map(|field| &field.mask).chain(of_routes) {
        let MaskSpec::Redact(redact) = &mask.value else { continue };
        let Some(what) = looks_like(&redact.with) else { continue };
        let message = format!("what stands in for the value looks like {what}");
        findings.push(
            Finding::new(codes::LOOKS_REAL, Severity::Warning, mask.span, message)
                .help("a constant that is clearly none, such as `***`, is taken for what it is"),
        );
    }
}

fn looks_like(text: &str) -> Option<&'static str> {
    let compact: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
    if is_card(&compact) {
        Some("a card number")
    } else if is_ssn(text) {
        Some("a US social security number")
    } else if is_iban(&compact) {
        Some("an IBAN")
    } else if is_address(text) {
        Some("an e-mail address")
    } else {
        None
    }
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|letter| letter.to_digit(10)).collect()
}

/// 13 to 19 digits, not all the same, with a right check digit (ISO/IEC 7812-1).
fn is_card(text: &str) -> bool {
    let Some(digits) = digits(text).filter(|digits| (13..=19).contains(&digits.len())) else { return false };
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(at, &digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    digits.iter().any(|digit| Some(digit) != digits.first()) && sum.is_multiple_of(10)
}

/// `AAA-GG-SSSS` of numbers that are given out.
fn is_ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, group, serial] = parts.as_slice() else { return false };
    let number = |part: &str, width| {
        if part.len() == width { digits(part).and_then(|_| part.parse::<u32>().ok()) } else { None }
    };
    let area = number(area, 3).is_some_and(|area| (1..900).contains(&area) && area != 666);
    area && number(group, 2).is_some_and(|group| group > 0) && number(serial, 4).is_some_and(|serial| serial > 0)
}

/// A country, and a remainder of 1 (ISO 13616).
fn is_iban(text: &str) -> bool {
    let shaped = (15..=34).contains(&text.len())
        && text.bytes().enumerate().all(|(at, byte)| match at {
            0 | 1 => byte.is_ascii_uppercase(),
            2 | 3 => byte.is_ascii_digit(),
            _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        });
    let turned = text.chars().skip(4).chain(text.chars().take(4));
    let remainder = turned.filter_map(|letter| letter.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    });
    shaped && remainder == 1
}

/// An address of a domain that is not reserved for examples (RFC 2606).
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let fits = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte));
    let reserved = ["example", "example.com", "example.org", "example.net"];
    let is_reserved = reserved
        .iter()
        .any(|known| domain.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
        || [".test", ".invalid", ".localhost", ".example"].iter().any(|end| domain.ends_with(end));
    !local.is_empty() && fits(local) && fits(domain) && domain.contains('.') && !is_reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_its_checks_looks_real() {
        for text in [
            "4111 1111 1111 1111",
            "4111111111111111",
            "123-45-6789",
            "DE02 1203 0000 0000 2020 51",
            "nobody@company.com",
        ] {
            assert!(looks_like(text).is_some(), "{text}");
        }
        for text in [
            "***",
            "4111111111111112",
            "0000000000000000",
            "000-00-0000",
            "666-12-3456",
            "900-12-3456",
            "DE03 1203 0000 0000 2020 51",
            "nobody@example.com",
            "x@mail.example.org",
            "someone@service.invalid",
            "@",
            "hidden@",
        ] {
            assert_eq!(looks_like(text), None, "{text}");
        }
    }
}
