//! What names, formats and values stand for, as data, with the mask that is proposed for each.

mod contact;
mod credentials;
mod device;
mod free_text;
mod identity;
mod index;
mod payment;
mod person;

pub use person::PEOPLE;

use crate::{Detector, words};

/// Something sensitive.
#[derive(Debug)]
pub struct Kind {
    /// Name of the field that is proposed.
    pub id: &'static str,
    /// What it is, for comments.
    pub what: &'static str,
    /// Words of names, see [`words::find`]. They may begin in the name of the member that holds this one.
    pub names: &'static [&'static str],
    /// Words beside which a name means something else.
    pub except: &'static [&'static str],
    /// `format` of a schema.
    pub formats: &'static [&'static str],
    /// What values look like.
    pub values: &'static [Detector],
    /// The mask of strings, as YAML.
    pub mask: &'static str,
    /// The mask of strings where there is a key, as YAML.
    pub keyed: Option<&'static str>,
    /// Whether an object or a number of this name is sensitive as a whole.
    pub whole: Whole,
    /// Names whose members of no telling name (`value`, `number`) are this, too.
    pub holders: &'static [&'static str],
    /// Names that hold a name which means something else there.
    pub aside: &'static [&'static str],
    /// Whether what is one of a few values, or yes or no, is sensitive, too: special categories (GDPR, article 9).
    pub special: bool,
    /// Whether dates are what is sensitive.
    pub dated: bool,
    /// Whether people should decide, as it is sensitive in some services only.
    pub ask: bool,
}

/// What besides strings can be sensitive under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Objects, and numbers.
    Any,
    /// Numbers; of an object the members count.
    Numbers,
    /// Neither.
    Strings,
}

/// The mask of values other than strings.
pub const NOT_TEXT: &str = "\"null\"";

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
    "date",
    "time",
    "timestamp",
    "on",
    "indicator",
    "decision",
    "category",
    "check",
    "checks",
    "result",
    "results",
    "outcome",
    "reason",
    "level",
    "error",
    "errors",
    "match",
    "matches",
    "matched",
    "confidence",
    "required",
    "requirement",
    "provided",
    "accuracy",
    "supported",
    "allowed",
    "available",
    "missing",
    "changed",
    "changes",
    "rotation",
    "hint",
    "schema",
    "pattern",
    "regex",
    "options",
    "settings",
    "config",
    "configuration",
    "enum",
    "usage",
    "quality",
    "size",
    "source",
    "action",
    "event",
    "filter",
    "sort",
    "field",
    "fields",
    "column",
    "title",
    "description",
    "icon",
    "color",
    "colour",
    "used",
    "use",
    "purpose",
    "system",
    "primary",
    "default",
    "index",
    "rank",
    "order",
    "sent",
    "received",
    "issued",
    "issuer",
];

/// Words of names of members that say nothing of people.
pub(crate) const QUALIFIERS: &[&str] = &[
    "home",
    "work",
    "office",
    "business",
    "private",
    "personal",
    "primary",
    "secondary",
    "main",
    "alternate",
    "alternative",
    "other",
    "old",
    "new",
    "current",
    "previous",
    "former",
    "default",
    "contact",
    "billing",
    "shipping",
    "delivery",
    "invoice",
    "postal",
    "mailing",
    "legal",
    "company",
    "organization",
    "organisation",
    "account",
    "number",
    "code",
    "name",
    "date",
    "value",
    "type",
    "status",
    "data",
    "info",
    "information",
    "details",
    "list",
    "first",
    "last",
    "middle",
    "full",
    "line",
    "city",
    "country",
    "region",
    "state",
    "province",
    "district",
    "county",
    "mobile",
    "phone",
    "email",
    "address",
    "card",
    "bank",
    "payment",
    "order",
    "item",
    "items",
    "product",
    "price",
    "amount",
    "total",
    "tax",
    "net",
    "gross",
    "method",
    "currency",
    "quantity",
    "size",
    "weight",
    "height",
    "width",
    "length",
    "color",
    "colour",
    "brand",
    "model",
    "version",
    "title",
    "description",
    "category",
    "group",
    "role",
    "permission",
    "created",
    "updated",
    "deleted",
    "modified",
    "time",
    "timestamp",
    "start",
    "end",
    "due",
    "id",
    "key",
    "url",
    "link",
    "image",
    "file",
    "path",
    "note",
    "comment",
    "message",
    "subject",
    "body",
    "text",
    "content",
    "language",
    "locale",
    "currency",
    "emergency",
    "kunden",
    "benutzer",
    "mitarbeiter",
    "patienten",
    "empfanger",
    "haupt",
    "privat",
    "geschaft",
    "rechnungs",
    "liefer",
    "konto",
    "nummer",
    "datum",
    "client",
    "naam",
    "nummer",
    "kund",
    "klient",
    "settings",
    "config",
    "options",
    "metadata",
    "labels",
    "annotations",
    "spec",
    "enabled",
    "active",
    "default",
    "public",
    "internal",
    "external",
    "north",
    "south",
    "east",
    "west",
    "left",
    "right",
    "top",
    "bottom",
    "summary",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "low",
    "medium",
    "high",
    "small",
    "large",
    "yes",
    "no",
    "true",
    "false",
    "none",
    "and",
    "or",
    "of",
    "in",
    "to",
    "production",
    "staging",
    "development",
    "test",
    "dev",
    "prod",
    "service",
    "services",
    "server",
    "database",
    "cache",
    "queue",
    "worker",
    "en",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pl",
    "pt",
    "sv",
    "ja",
    "zh",
    "us",
    "uk",
    "eu",
    "links",
    "self",
    "next",
    "prev",
    "meta",
    "errors",
    "result",
    "results",
];

/// Names of the members that hold what the object is called after.
const VALUE: &[&str] = &[
    "number",
    "value",
    "text",
    "body",
    "raw",
    "full",
    "formatted",
    "plain",
    "content",
    "data",
    "identification",
    "identifier",
    "nummer",
    "numero",
    "wert",
    "valeur",
    "valor",
];

/// Every kind, strictest reading first: the first that fits counts.
pub const KINDS: &[Kind] = &[
    identity::SSN,
    identity::NATIONAL_ID,
    identity::TAX_ID,
    identity::PASSPORT,
    identity::DRIVING_LICENCE,
    payment::CARD_CODE,
    payment::CARD,
    payment::IBAN,
    payment::BANK_ACCOUNT,
    contact::EMAIL,
    contact::PHONE,
    person::BORN,
    credentials::PASSWORD,
    credentials::SECRET,
    payment::SALARY,
    device::IP,
    device::DEVICE,
    contact::ADDRESS,
    contact::GEO,
    person::HEALTH,
    person::PERSONAL,
    person::PERSON_NAME,
    person::IMAGE,
    free_text::NOTES,
    credentials::SECRET_DATA,
    free_text::PAIRS,
    free_text::INSIDE,
    person::DEBATABLE,
    MARKED,
];

/// What only a mark of a schema says.
const MARKED: Kind = Kind { id: "sensitive", what: "marked as sensitive", whole: Whole::Any, ..TEXT };

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
    holders: &[],
    aside: &[],
    special: false,
    dated: false,
    ask: false,
};

/// Extensions of OpenAPI that mark a schema; any value but `false`, `null` and words for no.
pub const MARKS: &[&str] = &[
    "x-sensitive",
    "x-pii",
    "x-phi",
    "x-personal-data",
    "x-sensitive-data",
    "x-data-classification",
    "x-confidential",
];

/// Values of a mark that say no.
pub const NO: &[&str] = &["", "false", "no", "none", "public", "low", "internal", "non-sensitive"];

/// What a marked member is that no name tells.
pub fn marked() -> &'static Kind {
    KINDS.last().unwrap_or(&TEXT)
}

/// What a name says, in the context of the name that holds it (empty where nothing does).
#[must_use]
pub fn by_name(context: &[String], name: &[String]) -> Option<&'static Kind> {
    in_words(context, name, false)
}

/// Whether a name means something else in what holds it: the full name of a repository is no person's.
#[must_use]
pub fn is_aside(kind: &Kind, context: &[String]) -> bool {
    kind.aside.iter().any(|holder| words::find(context, holder).is_some())
}

/// What a name may say, for people to decide.
#[must_use]
pub fn to_ask(context: &[String], name: &[String]) -> Option<&'static Kind> {
    in_words(context, name, true)
}

fn in_words(context: &[String], name: &[String], ask: bool) -> Option<&'static Kind> {
    // First as the words are, then with long ones taken apart.
    said(context, name, ask).or_else(|| said(&index::apart(context), &index::apart(name), ask))
}

fn said(context: &[String], name: &[String], ask: bool) -> Option<&'static Kind> {
    if let Some(own) = says(name, 0, ask) {
        return Some(own);
    }
    if context.is_empty() {
        return None;
    }
    let all = [context, name].concat();
    says(&all, context.len(), ask).or_else(|| {
        // `phone` that is an object: its `number` is the phone number.
        let is_value = !name.is_empty() && name.iter().all(|word| VALUE.contains(&word.as_str()));
        let ends = |holder: &&str| words::find(context, holder).is_some_and(|found| found.end == context.len());
        let holds = |kind: &&Kind| kind.ask == ask && kind.holders.iter().any(ends);
        // What the holder is called after comes last in its name.
        let ends_so = |kind: &&Kind| {
            kind.names.iter().any(|pattern| pattern.contains("@person") || ends(&pattern.trim_start_matches('=')))
        };
        if is_value { says(context, 0, ask).filter(ends_so).or_else(|| KINDS.iter().find(holds)) } else { None }
    })
}

/// The first kind one of whose patterns is in these words, ends behind `from`, and nothing beside it says otherwise.
fn says(words: &[String], from: usize, ask: bool) -> Option<&'static Kind> {
    let is = |list: &[&str], word: &String| list.iter().any(|known| word == known);
    let own = words.get(from..).unwrap_or_default();
    let mut candidates = index::candidates(words);
    candidates.sort_by_key(|pattern| pattern.kind);
    candidates.into_iter().find_map(|pattern| {
        let kind = KINDS.get(pattern.kind).filter(|kind| kind.ask == ask)?;
        // A whole name is one name, not two.
        if own.iter().any(|word| is(kind.except, word)) || from > 0 && pattern.text.starts_with('=') {
            return None;
        }
        let found = words::find(words, &pattern.text)?;
        let outside = |at: usize| at >= from && !found.contains(&at);
        let after = words.iter().enumerate().skip(found.end).any(|(at, word)| outside(at) && is(AFTER, word));
        // Having one tells nothing of most, and everything of a special category.
        let before = words.get(from).is_some_and(|word| {
            outside(from) && is(BEFORE, word) && !(kind.special && matches!(word.as_str(), "is" | "has"))
        });
        (found.end > from && !after && !before).then_some(kind)
    })
}

/// What a longer text, such as the description of a schema, names by at least two words.
#[must_use]
pub fn by_text(text: &str) -> Option<&'static Kind> {
    let first: String = text.chars().take(160).collect();
    let sentence = first.split(['.', ';', '\n', '(']).next().unwrap_or_default();
    let words = words::words(sentence);
    let mut candidates = index::candidates(&words);
    candidates.sort_by_key(|pattern| pattern.kind);
    candidates.into_iter().filter(|pattern| pattern.text.contains(' ') || pattern.text.len() > 7).find_map(|pattern| {
        let kind = KINDS.get(pattern.kind).filter(|kind| !kind.ask)?;
        let found = words::find(&words, &pattern.text)?;
        // What is said of it comes before, such as `status of the`.
        let before = words.get(..found.start).unwrap_or_default();
        let is_about = before.iter().any(|word| {
            AFTER.contains(&word.as_str())
                || BEFORE.contains(&word.as_str())
                || matches!(word.as_str(), "whether" | "if" | "when" | "list")
        });
        let after = words.get(found.end).is_some_and(|word| AFTER.contains(&word.as_str()));
        (!is_about && !after && words.len() <= 14).then_some(kind)
    })
}

/// Whether a name is one that members have in general, or tells a kind: not the name of a person, or of one thing among others.
#[must_use]
pub fn is_usual(name: &str) -> bool {
    let words = words::words(name);
    let apart = index::apart(&words);
    let is_number = |word: &String| word.chars().all(|letter| letter.is_ascii_digit());
    !words.is_empty()
        && apart.iter().all(|word| {
            is_number(word)
                || index::is_known(word)
                || AFTER.contains(&word.as_str())
                || BEFORE.contains(&word.as_str())
        })
}

/// What a `format` says.
pub fn by_format(format: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.formats.contains(&format))
}

/// What values of one look are.
#[must_use]
pub fn by_value(detector: Detector) -> Option<&'static Kind> {
    if matches!(detector, Detector::National(_)) {
        return by_id(identity::NATIONAL_ID.id);
    }
    KINDS.iter().find(|kind| kind.values.contains(&detector))
}

/// The kind of this name.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
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
    fn names_in_ten_languages_and_every_spelling() {
        for (id, names) in [
            (
                "born",
                "geburtsdatum kundenGeburtsdatum date_naissance dateDeNaissance fechaNacimiento fecha_de_nacimiento dataNascita data_di_nascita geboortedatum dataUrodzenia data_urodzenia dataNascimento fodelsedatum födelsedatum 生年月日 出生日期 shengri seinengappi dob DOB customerDob placeOfBirth lieuNaissance geburtsort dateOfDeath",
            ),
            (
                "phone",
                "telefonnummer Telefon-Nummer handynummer numeroTelephone telefono numero_telefono telefone telefoonnummer numerTelefonu mobilnummer 電話番号 手机号 手机号码 denwa_bango shoujihao msisdn mobileNo contactNumber homephone workphone faxNumber celular",
            ),
            (
                "email",
                "emailadresse E-Mail-Adresse courriel adresseMail correoElectronico indirizzoEmail emailadres adresEmail enderecoEmail epostadress メールアドレス 电子邮件 邮箱 customeremail useremail contactEmail billing_email_address",
            ),
            (
                "person-name",
                "vorname nachname Familienname prenom prénom nomDeFamille nombreCompleto apellidos cognome voornaam achternaam imie nazwisko sobrenome efternamn förnamn 姓名 氏名 xingming shimei firstname lname fname customerName accountHolderName cardholderName kontoinhaber mothersMaidenName",
            ),
            (
                "address",
                "strasse Straße hausnummer postleitzahl codePostal codigoPostal direccion indirizzo endereco straatnaam postnummer ulica kodPocztowy 地址 住所 郵便番号 street_address homeaddress billingZip",
            ),
            (
                "national-id",
                "personalausweisnummer ausweisnummer dni numeroIdentificacion documentoIdentidad burgerservicenummer bsn pesel personnummer 身份证号 マイナンバー個人番号 nationalIdNumber idNumber document_number nhsNumber aadhaarNumber cpf",
            ),
            (
                "tax-id",
                "steuernummer steuerId steuerIdentifikationsnummer numeroFiscal codiceFiscale partitaIva nif nip 税号 taxIdentificationNumber vatNumber",
            ),
            (
                "passport",
                "reisepassnummer passnummer numeroPasaporte passaporto paspoortnummer numerPaszportu 护照号码 パスポート番号 passport_no",
            ),
            (
                "bank-account",
                "kontonummer numeroCompte numeroCuenta numeroConto rekeningnummer numerKonta numeroConta bankkonto 银行账号 口座番号 acctNo bankAccountNumber",
            ),
            (
                "card",
                "kreditkartennummer numeroCarte numeroTarjeta numeroCarta creditcardnummer numerKarty numeroCartao kortnummer 银行卡号 クレジットカード番号 cardNo ccNumber pan",
            ),
            (
                "salary",
                "gehalt einkommen salaire salario stipendio salaris wynagrodzenie ordenado inkomst 工资 給与 annualSalary grossPay",
            ),
            (
                "password",
                "passwort kennwort motDePasse contrasena contraseña wachtwoord haslo senha losenord lösenord 密码 パスワード userPassword",
            ),
            (
                "health",
                "diagnose krankheit allergien blutgruppe groupeSanguin maladie enfermedad alergias malattia ziekte choroba doenca sjukdom 病历 診断 血型 bloodType isPregnant hasDisability",
            ),
            (
                "personal",
                "geschlecht konfession staatsangehörigkeit sexe nationalite genero sexo nacionalidad cittadinanza geslacht godsdienst narodowosc wyznanie nacionalidade medborgarskap 性别 国籍 宗教 kokuseki gender nationality religion ethnicity maritalStatus",
            ),
        ] {
            let wrong: Vec<_> =
                names.split(' ').map(|name| (name, kind("", name))).filter(|(_, found)| *found != Some(id)).collect();
            assert_eq!(wrong, [], "{id}");
        }
    }

    #[test]
    fn what_tells_of_a_thing_or_of_a_value_says_nothing() {
        for name in "passwordChangeIndicator authorization_decision cvc_check emailVerifiedAt phone_status cardExpiryMonth tokenExpiresIn addressLineCount sessionTimeout \
                     passwordPolicyId runNumber hostname namespace filename productName companyName nextPageToken emailTemplate ipRange zipfile statusCode createdAt \
                     paymentMethod shippingMethod orderStatus quantity price currency sku brand colour size version locale emailNotificationsEnabled".split_whitespace() {
            assert_eq!(kind("", name), None, "{name}");
        }
    }

    #[test]
    fn a_telling_holder_gives_a_generic_leaf_its_meaning() {
        for (context, name, id) in [
            ("telecom", "value", "phone"),
            ("ContactPoint", "value", "phone"),
            ("taxInformation", "number", "tax-id"),
            ("CreditorAccount", "Identification", "bank-account"),
            ("debtorAccount", "identification", "bank-account"),
            ("emails", "data", "email"),
            ("phoneNumbers", "data", "phone"),
            ("patientIdentifier", "value", "national-id"),
            ("idNumber", "value", "national-id"),
            ("ach", "account", "bank-account"),
            ("assignee", "name", "person-name"),
            ("Kunde", "name", "person-name"),
            ("names", "family", "person-name"),
        ] {
            assert_eq!(kind(context, name), Some(id), "{context}.{name}");
        }
        for (context, name) in [
            ("telecom", "system"),
            ("telecom", "use"),
            ("emails", "type"),
            ("emails", "primary"),
            ("taxInformation", "country"),
            ("product", "data"),
            ("secretScanningAlert", "value"),
        ] {
            assert_eq!(kind(context, name), None, "{context}.{name}");
        }
    }

    #[test]
    fn every_kind_can_be_found_and_its_masks_are_masks() {
        let mut ids = std::collections::BTreeSet::new();
        for kind in KINDS {
            assert!(ids.insert(kind.id), "{}", kind.id);
            assert!(kind.id == "sensitive" || !kind.names.is_empty());
            for name in kind.names.iter().map(|name| name.replace("@person", "patient")) {
                let words = words::words(name.trim_start_matches('='));
                assert!(!words.is_empty());
                let found = if kind.ask { to_ask(&[], &words) } else { by_name(&[], &words) };
                assert!(found.is_some(), "{name}");
            }
        }
    }
}
