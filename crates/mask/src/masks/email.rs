//! `email`: the start of the local part and the domain stay.

use core::cmp::Reverse;

use crate::{
    Characters, Container, Context, Entry, Example, Keys, Kind, Mask, MaskError, Output, Reveals, Sink, Value,
    definition::{Definition, parameters},
    fill::Fill,
    parameter::MAX_CHARACTERS,
};

/// Mask characters in place of what is hidden; fixed, so that the length of the local part is not told.
const MASK_LENGTH: usize = 3;

/// Characters of the local part that must stay hidden for its start to be shown.
const MIN_HIDDEN: usize = 2;

/// The most characters of a domain (RFC 1035, section 2.3.4, without the dot of the root).
const DOMAIN_LENGTH: u32 = 253;

pub(super) const ENTRY: Entry = Entry {
    id: "email",
    keyed: false,
    summary: "Keeps the first characters of the local part and the domain of an e-mail address; three mask characters stand \
              for the rest, however long it is. A value that is not clearly one address (a display name, two addresses, a \
              quoted local part, a domain without a dot, any number) is hidden as a whole. Booleans and `null` become `null`.",
    parameters: Email::PARAMETERS,
    examples: &[
        Example { parameters: "{}", input: r#""anna.smith@example.com""#, output: r#""a***@example.com""#, note: "" },
        Example {
            parameters: r#"{"keepDomain": false}"#,
            input: r#""anna@example.com""#,
            output: r#""a***@***""#,
            note: "",
        },
        Example {
            parameters: "{}",
            input: r#""al@example.com""#,
            output: r#""***@example.com""#,
            note: "A short local part is hidden as a whole.",
        },
        Example {
            parameters: "{}",
            input: r#""Anna <anna@example.com>""#,
            output: r#""***""#,
            note: "Not clearly one address.",
        },
        Example {
            parameters: "{}",
            input: r#"["anna@example.com",null]"#,
            output: r#"["a***@example.com",null]"#,
            note: "",
        },
    ],
};

parameters! {
    /// Parameters of `email`.
    pub struct Email {
        /// Characters of the local part that stay. None stays where fewer than two would be hidden.
        "keepFirst", Kind::COUNT => keep_first: u32 = 1,
        /// Whether the domain stays visible.
        "keepDomain", Kind::Boolean => keep_domain: bool = true,
        /// The mask character.
        "with", Kind::Character => with: char = '*',
    }
}

impl Definition for Email {
    fn reveals(&self) -> Reveals {
        let domain = if self.keep_domain { DOMAIN_LENGTH } else { 0 };
        Reveals::Characters(Characters {
            most: self.keep_first.saturating_add(domain),
            length: false,
            separators: false,
            // Nothing tells how many are hidden.
            hidden: Reverse(MAX_CHARACTERS),
        })
    }

    fn type_kept(&self) -> bool {
        false
    }

    fn container(&self) -> Container {
        Container::Leaves
    }

    fn compile(&self, _field: &str, _keys: &Keys) -> Result<Box<dyn Mask>, MaskError> {
        let mut hidden = String::new();
        Fill::new(self.with).write(MASK_LENGTH, &mut hidden);
        Ok(Box::new(EmailMask { keep_first: self.keep_first as usize, keep_domain: self.keep_domain, hidden }))
    }
}

#[derive(Debug)]
struct EmailMask {
    keep_first: usize,
    keep_domain: bool,
    /// The mask characters.
    hidden: String,
}

impl Mask for EmailMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn mask(&self, value: Value<'_>, _context: &Context<'_>, sink: &mut dyn Sink) -> Output {
        let Some(text) = value.characters() else { return Output::Null };
        let Some((local, domain)) = address(text) else {
            sink.push(&self.hidden);
            return Output::Text;
        };
        if local.chars().count() >= self.keep_first.saturating_add(MIN_HIDDEN) {
            let end = local.char_indices().nth(self.keep_first).map_or(local.len(), |(at, _)| at);
            sink.push(local.get(..end).unwrap_or_default());
        }
        sink.push(&self.hidden);
        sink.push("@");
        sink.push(if self.keep_domain { domain } else { &self.hidden });
        Output::Text
    }
}

/// The local part and the domain of an address that is a dot-atom (RFC 5322, section 3.2.3, with the letters of RFC 6531)
/// at a host name of two labels or more. Anything else is not clearly an address.
fn address(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.split_once('@')?;
    (is_local(local) && is_domain(domain)).then_some((local, domain))
}

fn is_local(local: &str) -> bool {
    let is_atext = |character: char| character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character);
    // 64 octets: RFC 5321, section 4.5.3.1.1.
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    // A last label of digits only is an IPv4 address or some other number, never a host name (RFC 3696, section 2).
    let named = domain.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|byte| byte.is_ascii_digit()));
    named && domain.len() <= 253 && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MaskSpec, tests::masked_text};

    fn masked(parameters: &Email, text: &str) -> String {
        masked_text(&MaskSpec::Email(parameters.clone()), text)
    }

    #[test]
    fn hides_whole_what_is_not_clearly_one_address() {
        for text in [
            "",
            "@",
            "anna",
            "anna@",
            "@example.com",
            "anna@example",
            "anna@@example.com",
            "a@b.de,c@d.de",
            " anna@example.com",
            "anna@example.com.",
            "anna@-example.com",
            "anna@192.168.1.10",
            "anna@[192.168.1.10]",
            "\"anna\"@example.com",
            "anna..b@example.com",
            ".anna@example.com",
            "anna@exa mple.com",
            "anna@a..b",
            "anna@example.com\n",
            "123-45-6789",
        ] {
            assert_eq!(masked(&Email::default(), text), "***", "{text}");
        }
    }

    #[test]
    fn shows_international_addresses_like_others() {
        assert_eq!(masked(&Email::default(), "zoë@münchen.example"), "z***@münchen.example");
    }

    #[test]
    fn tells_nothing_of_the_length_of_the_local_part() {
        let keep = Email { keep_first: 2, ..Email::default() };
        assert_eq!(masked(&keep, "anna@x.de"), masked(&keep, "an.very.long.local.part@x.de"));
        assert_eq!(masked(&keep, "ann@x.de"), "***@x.de");
    }
}
