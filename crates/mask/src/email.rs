//! `email`: the start of the local part and the domain stay.

use serde::{Deserialize, Serialize};

use super::{
    EACH_LEAF, Entry, Example, HIDDEN, Leaf, Mask, Parameter,
    parameter::{Parameters, check_count, count},
    text::{write_character, write_content},
    text_of,
};

/// Mask characters in place of what is hidden; fixed, so that the length of the local part is not told.
const MASK_LENGTH: usize = 3;

/// Characters of the local part that must stay hidden for its start to be shown.
const MIN_HIDDEN: usize = 2;

pub(super) const ENTRY: Entry = Entry {
    id: "email",
    summary: "Keeps the first characters of the local part and the domain of an e-mail address; three mask characters stand \
              for the rest, however long it is. A value that is not clearly one address (a display name, two addresses, a \
              quoted local part, a domain without a dot, any number) is hidden as a whole. Booleans and `null` become `null`.",
    container: EACH_LEAF,
    parameters: &[
        Parameter {
            name: "keepFirst",
            kind: "number, 0 to 1024",
            default: "1",
            summary: "Characters of the local part that stay. None stays where fewer than two would be hidden.",
        },
        Parameter {
            name: "keepDomain",
            kind: "boolean",
            default: "true",
            summary: "Whether the domain stays visible.",
        },
        Parameter { name: "with", kind: "one character", default: r#""*""#, summary: "The mask character." },
    ],
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

/// Parameters of `email`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Email {
    /// Characters of the local part that stay.
    #[serde(deserialize_with = "count")]
    pub keep_first: u32,
    /// Whether the domain stays visible.
    pub keep_domain: bool,
    /// The mask character.
    pub with: char,
}

impl Default for Email {
    fn default() -> Self {
        Self { keep_first: 1, keep_domain: true, with: '*' }
    }
}

impl Parameters for Email {
    fn check(&self) -> Result<(), String> {
        check_count("keepFirst", self.keep_first, 0)
    }
}

impl Email {
    pub(super) fn compile(&self) -> Result<impl Mask + 'static, String> {
        self.check()?;
        Ok(EmailMask { parameters: self.clone() })
    }

    /// How much may be seen; see [`MaskSpec::strictness`](super::MaskSpec::strictness).
    pub(super) fn revealed(&self) -> u32 {
        // A domain has at most 253 characters (RFC 1035, section 2.3.4, without the dot of the root).
        let domain = if self.keep_domain { 253 } else { 0 };
        self.keep_first.saturating_add(domain).min(4095) << 12
    }
}

#[derive(Debug)]
struct EmailMask {
    parameters: Email,
}

impl EmailMask {
    fn write_mask(&self, out: &mut Vec<u8>) {
        for _ in 0..MASK_LENGTH {
            write_character(self.parameters.with, out);
        }
    }
}

impl Mask for EmailMask {
    fn needs_text(&self) -> bool {
        true
    }

    fn leaf(&self, leaf: Leaf<'_>, out: &mut Vec<u8>) {
        let Some(text) = text_of(leaf) else {
            return out.extend_from_slice(b"null");
        };
        out.push(b'"');
        if let Some((local, domain)) = address(&text) {
            let keep = self.parameters.keep_first as usize;
            if local.chars().count() >= keep.saturating_add(MIN_HIDDEN) {
                local.chars().take(keep).for_each(|character| write_character(character, out));
            }
            self.write_mask(out);
            out.push(b'@');
            if self.parameters.keep_domain {
                write_content(domain, out);
            } else {
                self.write_mask(out);
            }
        } else {
            self.write_mask(out);
        }
        out.push(b'"');
    }

    fn whole(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(HIDDEN);
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

    fn masked(parameters: &Email, text: &str) -> String {
        let mut out = Vec::new();
        parameters.compile().unwrap().leaf(Leaf::String(text), &mut out);
        serde_json::from_slice(&out).unwrap()
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
            "\\\"anna\\\"@example.com",
            "anna..b@example.com",
            ".anna@example.com",
            "anna@exa mple.com",
            "anna@a..b",
            "anna@example.com\\n",
            "123-45-6789",
        ] {
            assert_eq!(masked(&Email::default(), text), "***", "{text}");
        }
    }

    #[test]
    fn decodes_escapes_before_it_looks_for_the_at_sign() {
        assert_eq!(masked(&Email::default(), r"ann\u0061\u0040example.com"), "a***@example.com");
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
