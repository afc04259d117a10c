//! Numbers that states give people.

use super::{Kind, LAST_FOUR, TEXT};
use crate::value::Detector;

pub(super) const SSN: Kind = Kind {
    id: "ssn",
    what: "social security number",
    names: &["ssn", "social security", "social insurance", "sozialversicherungsnummer"],
    values: &[Detector::Ssn],
    mask: LAST_FOUR,
    ..TEXT
};

pub(super) const NATIONAL_ID: Kind = Kind {
    id: "national-id",
    what: "national identity number",
    names: &[
        "national id",
        "national identification",
        "national insurance",
        "nino",
        "identity number",
        "identity card",
        "id card",
        "citizen id",
        "personal id",
        "aadhaar",
        "aadhar",
        "cpf",
        "curp",
        "bsn",
        "pesel",
        "personnummer",
        "nhs number",
        "nric",
        "dni",
    ],
    ..TEXT
};

pub(super) const TAX_ID: Kind = Kind {
    id: "tax-id",
    what: "tax number",
    names: &[
        "tax id",
        "tax number",
        "tax identification",
        "tax payer id",
        "taxpayer id",
        "tin",
        "itin",
        "fiscal code",
        "codice fiscale",
        "steuernummer",
    ],
    mask: LAST_FOUR,
    ..TEXT
};

pub(super) const PASSPORT: Kind = Kind { id: "passport", what: "passport number", names: &["passport"], ..TEXT };

pub(super) const DRIVING_LICENCE: Kind = Kind {
    id: "driving-licence",
    what: "driving licence number",
    names: &[
        "driver licence",
        "driver license",
        "drivers licence",
        "drivers license",
        "driving licence",
        "driving license",
        "licence plate",
        "license plate",
    ],
    ..TEXT
};
