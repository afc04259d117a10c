//! `detect` of a policy and of a route.

use super::{Kind, Object, objects::optional};

/// `spec.detect`, and `detect` of a route.
pub static DETECT: Object = Object {
    id: "detect",
    what: "`detect`",
    summary: "What is masked wherever it stands, beside the fields: in every text and number that a caller gets and no field masks, in \
              names of members, and in response headers that arrive. Only the match is replaced; the rest of a text stays. It is a net, not a proof: \
              what looks like nothing goes through, so that no form of a field counts on it. A text longer than `limits.value` is replaced as a whole. \
              What a caller may see in clear by `sees` is not looked through, and neither are headers listed as `pass`.",
    keys: &[
        optional(
            "find",
            Kind::List(&Kind::Detector),
            "[]",
            "Kinds of values, or groups of them: `strong` is every kind that may stand alone in a text of anything else; `payment`, `identity`, `contact`, \
             `secret` and `device` are parts of it. `named` is values that have a form and no more, and count only where the name of the member, or of what holds a \
             `value` or `number`, says what they are: national numbers by check digit alone, dates of birth, phone and account numbers, security codes, \
             passwords.",
        ),
        optional(
            "patterns",
            Kind::PatternByName,
            "{}",
            "Regular expressions by name, at most 16 of at most 512 bytes: the syntax of the crate `regex-lite`, whose time is linear in the length of a \
             text. Each is a pass of its own.",
        ),
        optional("with", Kind::Text, "\"***\"", "What stands in for a match. A number becomes `null`."),
        optional(
            "except",
            Kind::List(&Kind::Query),
            "[]",
            "Values that are not looked through, such as long documents in base64. Paths that do not look ahead.",
        ),
    ],
    any_of: &[],
};
