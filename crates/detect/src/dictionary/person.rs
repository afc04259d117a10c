//! Who a person is.

use super::{Kind, NOT_TEXT, TEXT, Whole};

pub(super) const BORN: Kind = Kind {
    id: "born",
    what: "date of birth",
    names: &[
        "born",
        "birth date",
        "date of birth",
        "dob",
        "birthday",
        "=birth",
        "birth year",
        "year of birth",
        "geburtsdatum",
    ],
    mask: NOT_TEXT,
    whole: Whole::Any,
    ..TEXT
};

pub(super) const HEALTH: Kind = Kind {
    id: "health",
    what: "health data",
    names: &[
        "diagnosis",
        "diagnoses",
        "medical",
        "health record",
        "health condition",
        "health insurance",
        "health data",
        "medication",
        "prescription",
        "allergy",
        "allergies",
        "blood type",
        "blood group",
        "disease",
        "disability",
        "disabilities",
        "symptom",
        "vaccination",
        "icd code",
        "icd 10",
    ],
    whole: Whole::Any,
    ..TEXT
};

pub(super) const PERSONAL: Kind = Kind {
    id: "personal",
    what: "special category of personal data (GDPR, article 9) or alike",
    names: &[
        "gender",
        "=sex",
        "religion",
        "ethnicity",
        "=race",
        "nationality",
        "sexual orientation",
        "political",
        "trade union",
        "marital status",
        "biometric",
    ],
    whole: Whole::Any,
    ..TEXT
};

pub(super) const PERSON_NAME: Kind = Kind {
    id: "person-name",
    what: "name of a person",
    names: &[
        "first name",
        "last name",
        "full name",
        "given name",
        "family name",
        "middle name",
        "maiden name",
        "surname",
        "forename",
        "vorname",
        "nachname",
        "name first",
        "name last",
        "name middle",
        "name given",
        "name family",
        "card holder",
        "cardholder",
        "account holder",
        "name on card",
        "customer name",
        "payer name",
        "payee name",
        "patient name",
        "employee name",
        "contact name",
        "recipient name",
        "beneficiary name",
        "applicant name",
        "person name",
        "owner name",
        "guest name",
        "member name",
        "holder name",
        "user name",
        "passenger name",
        "spouse name",
        "driver name",
        "subscriber name",
    ],
    ..TEXT
};
