//! Values of each look, and near misses.

use super::*;

#[test]
fn values_look_like_what_they_are() {
    for (text, detector) in [
        ("4111 1111 1111 1111", Detector::Card),
        ("5500-0000-0000-0004", Detector::Card),
        ("378282246310005", Detector::Card),
        ("123-45-6789", Detector::Ssn),
        ("DE02120300000000202051", Detector::Iban),
        ("de02 1203 0000 0000 2020 51", Detector::Iban),
        ("anna.smith+shop@example.co.uk", Detector::Email),
        ("zoë@münchen.example", Detector::Email),
        ("+1 (202) 555-0143", Detector::Phone),
        ("+12025550143", Detector::Phone),
        ("203.0.113.7", Detector::Ip),
        ("2001:db8::1", Detector::Ip),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", Detector::Jwt),
        ("Customer read out card 4111 1111 1111 1111 on the phone", Detector::TextWithSecrets),
        ("write to <anna@example.com>, please", Detector::TextWithSecrets),
    ] {
        assert_eq!(Detector::of(text), Some(detector), "{text}");
    }
}

#[test]
fn near_misses_look_like_nothing() {
    for text in [
        "",
        "4111111111111112",
        "0000000000000000",
        "1111111111111111",
        "666-12-3456",
        "000-12-3456",
        "123-00-6789",
        "123-456-789",
        "DE03120300000000202051",
        "anna@localhost",
        "a@b@example.com",
        "@example.com",
        "+123",
        "+0 555 123 4567",
        "2026-10-02T09:14:55Z",
        "1.2.3",
        "10",
        "a.b.c",
        "eyJ.a.b",
        "Leave with the neighbour",
        "c-1001",
        "TEA-OOLONG-250",
        "12:30",
        "p-9001",
    ] {
        assert_eq!(Detector::of(text), None, "{text}");
    }
}
