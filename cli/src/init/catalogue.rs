//! What looks sensitive, as data: names, formats and values, and the mask that is proposed for each.

use super::{detect::Detector, words};

/// Something sensitive.
#[derive(Debug)]
pub(super) struct Kind {
    /// Name of the field that is proposed.
    pub(super) id: &'static str,
    /// What it is, for comments.
    pub(super) what: &'static str,
    /// Words of names, see [`words::find`]. They may begin in the name of the member that holds this one.
    pub(super) names: &'static [&'static str],
    /// Words beside which a name means something else.
    pub(super) except: &'static [&'static str],
    /// `format` of a schema.
    pub(super) formats: &'static [&'static str],
    /// What values look like.
    pub(super) values: &'static [Detector],
    /// The mask of strings, as YAML.
    pub(super) mask: &'static str,
    /// The mask of strings where there is a key, as YAML.
    pub(super) keyed: Option<&'static str>,
    /// Whether an object or a number of this name is sensitive as a whole.
    pub(super) whole: Whole,
}

/// What besides strings can be sensitive under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// Objects, and numbers.
    Any,
    /// Numbers; of an object the members count.
    Numbers,
    /// Neither.
    Strings,
}

/// The mask of what is no string.
pub(super) const NOT_TEXT: &str = "\"null\"";

const LAST_FOUR: &str = "{ partial: { keepLast: 4 } }";

/// A number of things, a switch or a time: what stands before or after the words that look sensitive.
const BEFORE: &[&str] = &[
    "is", "has", "can", "should", "must", "allow", "require", "needs", "count", "num", "total", "max", "min", "enable",
    "show", "send", "use", "support", "accept", "no",
];
const AFTER: &[&str] = &[
    "verified",
    "valid",
    "validated",
    "validation",
    "verification",
    "confirmed",
    "count",
    "enabled",
    "disabled",
    "required",
    "type",
    "kind",
    "status",
    "state",
    "at",
    "expires",
    "expiry",
    "expired",
    "expiration",
    "expire",
    "updated",
    "created",
    "changed",
    "policy",
    "length",
    "format",
    "template",
    "preference",
    "consent",
    "label",
    "placeholder",
    "url",
    "uri",
    "link",
    "present",
    "exists",
    "flag",
    "limit",
    "score",
    "brand",
    "network",
    "scheme",
    "strategy",
    "method",
    "mode",
    "version",
    "seconds",
    "ttl",
    "endpoint",
    "id",
    "code",
    "country",
    "currency",
    "prefix",
    "opt",
    "subscribed",
];

/// Names of the members that hold what the object is called after.
const VALUE: &[&str] = &["number", "value", "text", "body", "raw", "full", "formatted", "plain", "content"];

/// Every kind, strictest reading first: the first that fits counts.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        id: "ssn",
        what: "social security number",
        names: &["ssn", "social security", "social insurance", "sozialversicherungsnummer"],
        values: &[Detector::Ssn],
        mask: LAST_FOUR,
        ..TEXT
    },
    Kind {
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
    },
    Kind {
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
    },
    Kind { id: "passport", what: "passport number", names: &["passport"], ..TEXT },
    Kind {
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
    },
    Kind {
        id: "card-code",
        what: "security code of a card",
        names: &["cvv", "cvc", "cvn", "csc", "card code", "card verification", "security code", "card security"],
        ..TEXT
    },
    Kind {
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
    },
    Kind {
        id: "iban",
        what: "IBAN",
        names: &["iban"],
        values: &[Detector::Iban],
        mask: LAST_FOUR,
        keyed: Some("{ pseudonym: { prefix: iban_ } }"),
        ..TEXT
    },
    Kind {
        id: "bank-account",
        what: "account number",
        names: &["account number", "account no", "account num", "bank account", "bban", "sort code"],
        mask: LAST_FOUR,
        keyed: Some("{ pseudonym: { prefix: account_ } }"),
        ..TEXT
    },
    Kind {
        id: "email",
        what: "e-mail address",
        names: &["email", "e mail", "mail address", "=mail"],
        except: &["template", "subject", "body", "domain", "provider"],
        formats: &["email", "idn-email"],
        values: &[Detector::Email],
        mask: "email",
        ..TEXT
    },
    Kind {
        id: "phone",
        what: "phone number",
        names: &[
            "phone",
            "telephone",
            "mobile number",
            "mobile phone",
            "=mobile",
            "cell number",
            "cellphone",
            "=cell",
            "msisdn",
            "fax",
            "=tel",
        ],
        except: &["os", "model", "app"],
        formats: &["phone"],
        values: &[Detector::Phone],
        mask: "{ partial: { keepLast: 2 } }",
        ..TEXT
    },
    Kind {
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
    },
    Kind {
        id: "password",
        what: "password or PIN",
        names: &[
            "password",
            "passwd",
            "passphrase",
            "passcode",
            "pass phrase",
            "pass code",
            "=pwd",
            "=pin",
            "pin number",
            "=pin code",
            "passwort",
        ],
        except: &["hint", "min", "max"],
        formats: &["password"],
        whole: Whole::Numbers,
        ..TEXT
    },
    Kind {
        id: "secret",
        what: "secret or token",
        names: &[
            "secret",
            "token",
            "api key",
            "apikey",
            "access key",
            "private key",
            "signing key",
            "encryption key",
            "session id",
            "session key",
            "authorization",
            "credential",
            "cookie",
            "bearer",
            "=jwt",
            "=otp",
            "one time code",
            "recovery code",
            "backup code",
        ],
        // What clients need to read on, and what models count.
        except: &[
            "page",
            "next",
            "previous",
            "continuation",
            "cursor",
            "sync",
            "csrf",
            "prompt",
            "completion",
            "usage",
            "name",
        ],
        values: &[Detector::Jwt],
        whole: Whole::Strings,
        ..TEXT
    },
    Kind {
        id: "salary",
        what: "income",
        names: &["salary", "salaries", "wage", "income", "compensation", "payroll", "remuneration", "net worth"],
        mask: NOT_TEXT,
        whole: Whole::Any,
        ..TEXT
    },
    Kind {
        id: "ip",
        what: "IP address",
        names: &["ip", "ip address", "ipv4", "ipv6", "remote address", "remote addr"],
        except: &["pool", "range", "whitelist", "allowlist"],
        formats: &["ipv4", "ipv6"],
        values: &[Detector::Ip],
        ..TEXT
    },
    Kind {
        id: "device",
        what: "identifier of a device",
        names: &["imei", "imsi", "iccid", "mac address", "device id", "device identifier", "advertising id", "idfa"],
        ..TEXT
    },
    Kind {
        id: "address",
        what: "postal address",
        names: &[
            "address",
            "street",
            "postal code",
            "postcode",
            "post code",
            "zip code",
            "=zip",
            "strasse",
            "straße",
            "adresse",
        ],
        except: &["mac", "web", "wallet", "contract", "memory", "email", "mail", "ip", "bitcoin", "server"],
        whole: Whole::Any,
        ..TEXT
    },
    Kind {
        id: "geo",
        what: "place of a person or device",
        names: &[
            "latitude",
            "longitude",
            "=lat",
            "=lng",
            "=lon",
            "geo location",
            "geo point",
            "=geo",
            "gps",
            "coordinate",
        ],
        mask: NOT_TEXT,
        whole: Whole::Any,
        ..TEXT
    },
    Kind {
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
    },
    Kind {
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
    },
    Kind {
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
    },
    Kind {
        id: "notes",
        what: "free text, which can hold anything",
        names: &[
            "note",
            "comment",
            "remark",
            "memo",
            "free text",
            "delivery instruction",
            "comment text",
            "comment body",
            "note text",
            "note body",
        ],
        except: &["release"],
        values: &[Detector::TextWithSecrets],
        whole: Whole::Strings,
        ..TEXT
    },
    Kind { id: "sensitive", what: "marked as sensitive", whole: Whole::Any, ..TEXT },
];

const TEXT: Kind = Kind {
    id: "",
    what: "",
    names: &[],
    except: &[],
    formats: &[],
    values: &[],
    mask: "redact",
    keyed: None,
    whole: Whole::Numbers,
};

/// Extensions of OpenAPI that mark a schema; any value but `false`, `null` and words for no.
pub(super) const MARKS: &[&str] = &[
    "x-sensitive",
    "x-pii",
    "x-phi",
    "x-personal-data",
    "x-sensitive-data",
    "x-data-classification",
    "x-confidential",
];

/// Values of a mark that say no.
pub(super) const NO: &[&str] = &["", "false", "no", "none", "public", "low", "internal", "non-sensitive"];

/// What a marked member is that no name tells.
pub(super) fn marked() -> &'static Kind {
    KINDS.last().unwrap_or(&TEXT)
}

/// What a name says, in the context of the name that holds it (empty where nothing does).
pub(super) fn by_name(context: &[String], name: &[String]) -> Option<&'static Kind> {
    let own = |kind: &&Kind| says(kind, name, 0);
    let in_context = |kind: &&Kind| !context.is_empty() && says(kind, &[context, name].concat(), context.len());
    // `phone` that is an object: its `number` is the phone number.
    let is_value = matches!(name, [only] if VALUE.contains(&only.as_str()));
    let holder = |kind: &&Kind| is_value && !context.is_empty() && says(kind, context, 0);
    KINDS.iter().find(own).or_else(|| KINDS.iter().find(in_context)).or_else(|| KINDS.iter().find(holder))
}

/// Whether one of the patterns is in these words, ends behind `from`, and nothing beside it says otherwise.
fn says(kind: &Kind, words: &[String], from: usize) -> bool {
    let is = |list: &[&str], word: &String| list.iter().any(|known| word == known);
    let own = words.get(from..).unwrap_or_default();
    if own.iter().any(|word| is(kind.except, word)) {
        return false;
    }
    kind.names.iter().any(|pattern| {
        // A whole name is one name, not two.
        if from > 0 && pattern.starts_with('=') {
            return false;
        }
        words::find(words, pattern).is_some_and(|found| {
            let outside = |at: usize| at >= from && !found.contains(&at);
            let after = words.iter().enumerate().skip(found.end).any(|(at, word)| outside(at) && is(AFTER, word));
            let before = words.get(from).is_some_and(|word| outside(from) && is(BEFORE, word));
            found.end > from && !after && !before
        })
    })
}

/// What a `format` says.
pub(super) fn by_format(format: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.formats.contains(&format))
}

/// What values of one look are.
pub(super) fn by_value(detector: Detector) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.values.contains(&detector))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(context: &str, name: &str) -> Option<&'static str> {
        by_name(&words::words(context), &words::words(name)).map(|kind| kind.id)
    }

    #[test]
    fn names_say_what_they_hold() {
        for (name, id) in [
            ("ssn", "ssn"),
            ("customerSSN", "ssn"),
            ("social_security_number", "ssn"),
            ("taxId", "tax-id"),
            ("passportNumber", "passport"),
            ("drivers-license", "driving-licence"),
            ("creditCardNumber", "card"),
            ("pan", "card"),
            ("cvv2", "card-code"),
            ("IBAN", "iban"),
            ("accountNumber", "bank-account"),
            ("emailAddress", "email"),
            ("e-mail", "email"),
            ("workEmails", "email"),
            ("phoneNumber", "phone"),
            ("mobile", "phone"),
            ("dateOfBirth", "born"),
            ("birthDate", "born"),
            ("born", "born"),
            ("passwordHash", "password"),
            ("pin", "password"),
            ("clientSecret", "secret"),
            ("apiKey", "secret"),
            ("accessToken", "secret"),
            ("baseSalary", "salary"),
            ("clientIp", "ip"),
            ("ipAddress", "ip"),
            ("billingAddress", "address"),
            ("zip", "address"),
            ("firstName", "person-name"),
            ("lastname", "person-name"),
            ("username", "person-name"),
            ("diagnosis", "health"),
            ("bloodType", "health"),
            ("maritalStatus", "personal"),
            ("lat", "geo"),
            ("notes", "notes"),
            ("comment", "notes"),
        ] {
            assert_eq!(kind("", name), Some(id), "{name}");
        }
    }

    #[test]
    fn names_beside_them_say_nothing() {
        for name in [
            "id",
            "name",
            "number",
            "emailVerified",
            "isEmailValid",
            "hasPhone",
            "passwordChangedAt",
            "nextPageToken",
            "tokenType",
            "addressId",
            "emailCount",
            "phoneCountryCode",
            "japan",
            "company",
            "shipping",
            "zipFile",
            "status",
            "cardBrand",
            "giftCard",
            "footnoteId",
            "macBook",
            "pinned",
            "country",
            "mailingList",
            "promptTokens",
            "cardExpiry",
            "passwordPolicy",
            "noComment",
        ] {
            assert_eq!(kind("", name), None, "{name}");
        }
    }

    #[test]
    fn what_holds_a_name_gives_it_meaning() {
        for (context, name, id) in [
            ("card", "number", Some("card")),
            ("cards", "number", Some("card")),
            ("creditCard", "number", Some("card")),
            ("account", "number", Some("bank-account")),
            ("name", "first", Some("person-name")),
            ("customer", "name", Some("person-name")),
            ("payer", "name", Some("person-name")),
            ("card", "holder", Some("person-name")),
            ("delivery", "instructions", Some("notes")),
            ("workPhone", "number", Some("phone")),
            ("passport", "value", Some("passport")),
            ("product", "name", None),
            ("invoice", "number", None),
            ("card", "brand", None),
            ("email", "verified", None),
            ("email", "subject", None),
            ("address", "id", None),
        ] {
            assert_eq!(kind(context, name), id, "{context}.{name}");
        }
    }

    #[test]
    fn every_kind_can_be_found_and_its_masks_are_masks() {
        let mut ids = std::collections::BTreeSet::new();
        for kind in KINDS {
            assert!(ids.insert(kind.id), "{}", kind.id);
            assert!(kind.id == "sensitive" || !kind.names.is_empty());
            for name in kind.names {
                let words = words::words(name.trim_start_matches('='));
                assert!(!words.is_empty());
                assert!(by_name(&[], &words).is_some(), "{name}");
            }
        }
    }
}
