//! Cards, accounts and income.

use super::{Kind, LAST_FOUR, NOT_TEXT, TEXT, Whole};
use crate::value::Detector;

pub(super) const CARD_CODE: Kind = Kind {
    id: "card-code",
    what: "security code of a card",
    names: &["cvv", "cvc", "cvn", "csc", "card code", "card verification", "security code", "card security"],
    ..TEXT
};

pub(super) const CARD: Kind = Kind {
    id: "card",
    what: "card number",
    names: &[
        "card number",
        "card no",
        "card num",
        "credit card",
        "debit card",
        "payment card",
        "pan",
        "primary account number",
        "cc number",
        "ccn",
        "=card",
    ],
    except: &[
        "gift",
        "sim",
        "expiry",
        "expires",
        "expire",
        "expiration",
        "exp",
        "month",
        "year",
        "last",
        "token",
        "fingerprint",
        "score",
    ],
    values: &[Detector::Card],
    mask: LAST_FOUR,
    ..TEXT
};

pub(super) const IBAN: Kind = Kind {
    id: "iban",
    what: "IBAN",
    names: &["iban"],
    values: &[Detector::Iban],
    mask: LAST_FOUR,
    keyed: Some("{ pseudonym: { prefix: iban_ } }"),
    ..TEXT
};

pub(super) const BANK_ACCOUNT: Kind = Kind {
    id: "bank-account",
    what: "account number",
    names: &["account number", "account no", "account num", "bank account", "bban", "sort code"],
    mask: LAST_FOUR,
    keyed: Some("{ pseudonym: { prefix: account_ } }"),
    ..TEXT
};

pub(super) const SALARY: Kind = Kind {
    id: "salary",
    what: "income",
    names: &["salary", "salaries", "wage", "income", "compensation", "payroll", "remuneration", "net worth"],
    mask: NOT_TEXT,
    whole: Whole::Any,
    ..TEXT
};
