//! IBANs: the length that each country gives them (ISO 13616 registry), and mod 97.

use crate::checksum;

/// Countries by the length of their IBANs.
const LENGTHS: &[(usize, &str)] = &[
    (15, "NO"),
    (16, "BE BI"),
    (18, "DK FI FK FO GL NL SD"),
    (19, "MK SI"),
    (20, "AT BA EE KZ LT LU MN XK"),
    (21, "CH CR HR LI LV"),
    (22, "BG BH DE GB GE IE IM JE GG ME RS VA"),
    (23, "AE GI IL IQ OM SO TL"),
    (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
    (25, "LY PT ST"),
    (26, "IS TR"),
    (27, "BF BJ CI DJ FR GF GP GR IT MC MQ MR NC PF PM RE SM SN TF WF YT"),
    (28, "AL AZ BY CY DO GT HN HU LB NI PL SV DZ"),
    (29, "BR EG PS QA UA"),
    (30, "JO KW MU YE"),
    (31, "MT SC"),
    (32, "LC"),
    (33, "RU"),
];

/// The end of an IBAN that begins a text: in one, or in groups with a blank or a hyphen between them.
pub(super) fn iban_end(text: &[u8]) -> Option<usize> {
    let (country, check) = (text.get(..2)?, text.get(2..4)?);
    if !country.iter().all(u8::is_ascii_alphabetic) || !check.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let country: String = country.iter().map(|byte| char::from(byte.to_ascii_uppercase())).collect();
    let (length, _) = LENGTHS.iter().find(|(_, countries)| countries.split(' ').any(|known| known == country))?;
    let mut compact = String::with_capacity(*length);
    let mut end = 0;
    let mut separated = false;
    while compact.len() < *length {
        let byte = *text.get(end)?;
        end += 1;
        if byte.is_ascii_alphanumeric() {
            compact.push(char::from(byte.to_ascii_uppercase()));
            separated = false;
        } else if matches!(byte, b' ' | b'-') && !separated {
            separated = true;
        } else {
            return None;
        }
    }
    Some(end).filter(|_| checksum::is_iban(&compact))
}
