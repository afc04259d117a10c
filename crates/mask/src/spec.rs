//! How masks are spelled: `"redact"` or `{"redact": {"with": "#"}}`, and how they compare.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};

use super::{
    Email, Keys, Mask, Partial, Pseudonym, Redact,
    default::DefaultMask,
    drop::DropMask,
    null::NullMask,
    parameter::{Checked, NoParameters, Parameters},
};

/// A mask as spelled in a plan, a policy or a rules file: `"redact"` (every parameter has its default) or
/// `{"redact": {"with": "#"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaskSpec {
    /// A constant.
    Redact(Redact),
    /// `null`
    Null,
    /// The member or element disappears.
    Drop,
    /// The first and last characters stay.
    Partial(Partial),
    /// The start of the local part and the domain stay.
    Email(Email),
    /// A keyed code.
    Pseudonym(Pseudonym),
    /// The neutral value of the same type.
    Default,
}

/// The name of every mask, in the order of the catalogue.
pub const NAMES: [&str; 7] = ["redact", "null", "drop", "partial", "email", "pseudonym", "default"];

/// The strictness of masks that show no character of a value; those that do lie below.
const SHOWS_NO_CHARACTER: u32 = 1 << 31;

impl MaskSpec {
    /// How the mask is spelled.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Redact(_) => "redact",
            Self::Null => "null",
            Self::Drop => "drop",
            Self::Partial(_) => "partial",
            Self::Email(_) => "email",
            Self::Pseudonym(_) => "pseudonym",
            Self::Default => "default",
        }
    }

    /// Whether the mask needs a key to compile.
    #[must_use]
    pub const fn is_keyed(&self) -> bool {
        matches!(self, Self::Pseudonym(_))
    }

    /// Checks the parameters and makes the mask ready to run. `field` scopes keyed masks: the same value in two fields gets
    /// two pseudonyms.
    ///
    /// # Errors
    /// In words, when the parameters make no sense together or a key is missing or too short.
    pub fn compile(&self, field: &str, keys: &Keys) -> Result<Box<dyn Mask>, String> {
        Ok(match self {
            Self::Redact(parameters) => Box::new(parameters.compile()),
            Self::Null => Box::new(NullMask),
            Self::Drop => Box::new(DropMask),
            Self::Partial(parameters) => Box::new(parameters.compile()?),
            Self::Email(parameters) => Box::new(parameters.compile()?),
            Self::Pseudonym(parameters) => Box::new(parameters.compile(field, keys)?),
            Self::Default => Box::new(DefaultMask),
        })
    }

    /// Orders masks by how much they hide: where two rules match one value, the greater wins; where they are equal, the
    /// rule that was written first.
    ///
    /// From strict to lenient, with what each lets a reader learn beyond those before it:
    /// `drop` (nothing) > `null` (that the field exists) > `redact` (that there is a value, or what its constant says) >
    /// `default` (its type, and the keys inside a container) > `pseudonym` (whether two values are the same) > `partial`
    /// and `email` (characters). The last two compare by the most characters they may show (a domain counts as 253); for
    /// equal numbers, by whether the length can be counted, whether separators show, and by `minHidden`.
    #[must_use]
    pub fn strictness(&self) -> u32 {
        match self {
            Self::Drop => SHOWS_NO_CHARACTER + 4,
            Self::Null => SHOWS_NO_CHARACTER + 3,
            Self::Redact(_) => SHOWS_NO_CHARACTER + 2,
            Self::Default => SHOWS_NO_CHARACTER + 1,
            Self::Pseudonym(_) => SHOWS_NO_CHARACTER,
            Self::Partial(parameters) => (SHOWS_NO_CHARACTER - 1).saturating_sub(parameters.revealed()),
            Self::Email(parameters) => (SHOWS_NO_CHARACTER - 1).saturating_sub(parameters.revealed()),
        }
    }

    fn with_defaults<E: Error>(name: &str) -> Result<Self, E> {
        Ok(match name {
            "redact" => Self::Redact(Redact::default()),
            "null" => Self::Null,
            "drop" => Self::Drop,
            "partial" => Self::Partial(Partial::default()),
            "email" => Self::Email(Email::default()),
            "pseudonym" => Self::Pseudonym(Pseudonym::default()),
            "default" => Self::Default,
            unknown => return Err(unknown_mask(unknown)),
        })
    }
}

impl<'de> Deserialize<'de> for MaskSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpecVisitor)
    }
}

struct SpecVisitor;

impl<'de> Visitor<'de> for SpecVisitor {
    type Value = MaskSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a mask in quotes, or an object of one member: the name and its parameters")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<MaskSpec, E> {
        MaskSpec::with_defaults(name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaskSpec, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::custom("a mask without a name"));
        };
        let spec = match MaskSpec::with_defaults(&name)? {
            MaskSpec::Redact(_) => MaskSpec::Redact(parameters(&mut map)?),
            MaskSpec::Partial(_) => MaskSpec::Partial(parameters(&mut map)?),
            MaskSpec::Email(_) => MaskSpec::Email(parameters(&mut map)?),
            MaskSpec::Pseudonym(_) => MaskSpec::Pseudonym(parameters(&mut map)?),
            none @ (MaskSpec::Null | MaskSpec::Drop | MaskSpec::Default) => {
                let NoParameters {} = parameters(&mut map)?;
                none
            }
        };
        match map.next_key::<String>()? {
            None => Ok(spec),
            Some(second) => Err(A::Error::custom(format_args!("one mask expected, but `{second}` follows `{name}`"))),
        }
    }
}

fn parameters<'de, P: Parameters, A: MapAccess<'de>>(map: &mut A) -> Result<P, A::Error> {
    let Checked(parameters) = map.next_value()?;
    Ok(parameters)
}

impl Serialize for MaskSpec {
    /// The short form where every parameter has its default.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn entry<S: Serializer, P: Serialize + Default + PartialEq>(
            serializer: S,
            id: &'static str,
            parameters: &P,
        ) -> Result<S::Ok, S::Error> {
            if *parameters == P::default() {
                return serializer.serialize_str(id);
            }
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(id, parameters)?;
            map.end()
        }
        match self {
            Self::Redact(parameters) => entry(serializer, self.id(), parameters),
            Self::Partial(parameters) => entry(serializer, self.id(), parameters),
            Self::Email(parameters) => entry(serializer, self.id(), parameters),
            Self::Pseudonym(parameters) => entry(serializer, self.id(), parameters),
            Self::Null | Self::Drop | Self::Default => serializer.serialize_str(self.id()),
        }
    }
}

fn unknown_mask<E: Error>(unknown: &str) -> E {
    let known = NAMES.map(|name| format!("`{name}`")).join(", ");
    match nearest(unknown) {
        Some(near) => E::custom(format_args!("unknown mask `{unknown}`, did you mean `{near}`? known masks: {known}")),
        None => E::custom(format_args!("unknown mask `{unknown}`, known masks: {known}")),
    }
}

/// The known name that is nearest to `unknown`, at most two edits away and nearer than a name of other letters would be.
fn nearest(unknown: &str) -> Option<&'static str> {
    if unknown.len() > 16 {
        return None;
    }
    let unknown = unknown.to_ascii_lowercase();
    NAMES
        .into_iter()
        .map(|name| (edits(&unknown, name), name))
        .filter(|&(distance, name)| distance <= 2 && distance * 2 < name.len())
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = line;
        let mut previous = line + 1;
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = previous;
        }
        for (cell, right) in cells.zip(to.chars()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            previous = replaced.min(previous + 1).min(diagonal + 1);
            *cell = previous;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CATALOGUE;

    fn spec(json: &str) -> MaskSpec {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_mask_is_spelled_by_name_or_with_parameters() {
        for name in NAMES {
            let short = spec(&format!("\"{name}\""));
            assert_eq!(short, spec(&format!("{{\"{name}\":{{}}}}")));
            assert_eq!(short.id(), name);
            assert_eq!(serde_json::to_string(&short).unwrap(), format!("\"{name}\""));
        }
    }

    #[test]
    fn names_are_those_of_the_catalogue() {
        assert_eq!(NAMES.to_vec(), CATALOGUE.iter().map(|entry| entry.id).collect::<Vec<_>>());
    }

    #[test]
    fn catalogue_defaults_are_the_defaults_that_run() {
        for entry in CATALOGUE {
            let members: Vec<String> = entry
                .parameters
                .iter()
                .map(|parameter| format!("\"{}\":{}", parameter.name, parameter.default))
                .collect();
            let written = format!("{{\"{}\":{{{}}}}}", entry.id, members.join(","));
            assert_eq!(spec(&written), spec(&format!("\"{}\"", entry.id)), "{written}");
        }
    }

    #[test]
    fn catalogue_lists_every_parameter() {
        for entry in CATALOGUE {
            let error = serde_json::from_str::<MaskSpec>(&format!(r#"{{"{}":{{"nope":1}}}}"#, entry.id))
                .unwrap_err()
                .to_string();
            let listed: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
            assert_eq!(listed, entry.parameters.iter().map(|parameter| parameter.name).collect::<Vec<_>>(), "{error}");
        }
    }

    #[test]
    fn parameters_survive_a_round_trip() {
        for json in [
            r##"{"redact":{"with":"#"}}"##,
            r#"{"partial":{"keepFirst":1,"keepLast":4,"with":"x","minHidden":2,"length":"same","keepCharacters":"-"}}"#,
            r#"{"email":{"keepFirst":2,"keepDomain":false,"with":"x"}}"#,
            r#"{"pseudonym":{"encoding":"base64url","length":12,"prefix":"p_"}}"#,
        ] {
            assert_eq!(serde_json::to_string(&spec(json)).unwrap(), json);
        }
    }

    #[test]
    fn stricter_masks_are_greater() {
        let order = [
            "\"drop\"",
            "\"null\"",
            "\"redact\"",
            "\"default\"",
            "\"pseudonym\"",
            "\"partial\"",
            r#"{"partial":{"length":"same"}}"#,
            r#"{"partial":{"keepLast":1,"minHidden":8}}"#,
            r#"{"partial":{"keepLast":1}}"#,
            r#"{"partial":{"keepLast":1,"minHidden":1}}"#,
            r#"{"partial":{"keepLast":1,"length":"same","minHidden":8}}"#,
            r#"{"partial":{"keepLast":1,"length":"same"}}"#,
            r#"{"partial":{"keepLast":1,"length":"same","keepCharacters":"-"}}"#,
            r#"{"email":{"keepFirst":2,"keepDomain":false}}"#,
            r#"{"partial":{"keepLast":4}}"#,
            r#"{"partial":{"keepFirst":2,"keepLast":3}}"#,
            r#"{"email":{"keepFirst":0}}"#,
            "\"email\"",
            r#"{"email":{"keepFirst":2}}"#,
            r#"{"partial":{"keepFirst":1024,"keepLast":1024,"length":"same","keepCharacters":"-","minHidden":1}}"#,
        ];
        for pair in order.windows(2) {
            assert!(spec(pair[0]).strictness() > spec(pair[1]).strictness(), "{pair:?}");
        }
    }

    #[test]
    fn only_pseudonyms_need_a_key() {
        for name in NAMES {
            let spec = spec(&format!("\"{name}\""));
            assert_eq!(spec.compile("f", &Keys::none()).is_err(), spec.is_keyed(), "{name}");
            assert!(spec.compile("f", &Keys::new(&[7; 16])).is_ok(), "{name}");
        }
    }
}
