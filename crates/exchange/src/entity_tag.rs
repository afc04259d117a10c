//! Entity tags of masked views. The tag of an upstream may be a hash of the clear body, so no client gets it; but without
//! one there are no conditional requests, and no protection against lost updates.
//!
//! What a client gets is the upstream's tag, encrypted so that only this plan and this view can read it back (a synthetic
//! initialisation vector as in RFC 5297, with HMAC-SHA-256 as code and as key stream). A tag of another view, of another
//! plan, or made up, is one that no representation has. While keys change, tags of the previous key are read, too.

use meshveil_mask::Mac;

/// Keeps these codes apart from everything else the same key is used for.
const CODE: &[u8] = b"meshveil entity tag code 1";
const STREAM: &[u8] = b"meshveil entity tag stream 1";

/// Bytes of the code in front of the encrypted tag.
const CODE_BYTES: usize = 16;

/// Longest tag of an upstream that is kept, in bytes.
const LONGEST: usize = 256;

/// What stands in for a tag that this view never gave out: no server has it.
pub const UNKNOWN: &[u8] = b"\"meshveil-unknown\"";

/// The entity tags of one plan.
#[derive(Debug, Clone)]
pub struct EntityTags {
    mac: Mac,
    /// Of the key before.
    previous: Option<Mac>,
    plan: [u8; 32],
}

impl EntityTags {
    /// Tags under a key, for the plan with this digest.
    #[must_use]
    pub fn new(key: &[u8], plan: [u8; 32]) -> Option<Self> {
        Some(Self { mac: Mac::new(key)?, previous: None, plan })
    }

    /// The same, with the key that was in use before.
    #[must_use]
    pub fn with_previous(self, key: Option<&[u8]>) -> Self {
        Self { previous: key.and_then(Mac::new), ..self }
    }

    /// Whether tags of another key are read.
    #[must_use]
    pub const fn has_previous(&self) -> bool {
        self.previous.is_some()
    }

    /// The tag that a view gives out for the upstream's `tag`; `None` for one that is malformed or too long.
    #[must_use]
    pub fn seal(&self, view: usize, tag: &[u8]) -> Option<Vec<u8>> {
        let (weak, opaque) = parts(tag)?;
        if opaque.len() > LONGEST {
            return None;
        }
        let code = self.code(&self.mac, view, opaque);
        let mut sealed = code.to_vec();
        sealed.extend(self.stream(&self.mac, &code, opaque));
        let mut text = if weak { b"W/\"".to_vec() } else { b"\"".to_vec() };
        text.extend(
            sealed.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| DIGITS.get(usize::from(half))),
        );
        text.push(b'"');
        Some(text)
    }

    /// The upstream's tag behind one that this view gave out.
    #[must_use]
    pub fn open(&self, view: usize, tag: &[u8]) -> Option<Vec<u8>> {
        self.open_by(&self.mac, view, tag)
    }

    /// The upstream's tag behind one that this view gave out under the key before.
    #[must_use]
    pub fn open_previous(&self, view: usize, tag: &[u8]) -> Option<Vec<u8>> {
        self.open_by(self.previous.as_ref()?, view, tag)
    }

    fn open_by(&self, mac: &Mac, view: usize, tag: &[u8]) -> Option<Vec<u8>> {
        let (weak, opaque) = parts(tag)?;
        let sealed: Vec<u8> = opaque.chunks(2).map(byte).collect::<Option<_>>()?;
        let (code, sealed) = sealed.split_at_checked(CODE_BYTES)?;
        let opaque = self.stream(mac, code, sealed);
        if self.code(mac, view, &opaque) != *code {
            return None;
        }
        let mut text = if weak { b"W/\"".to_vec() } else { b"\"".to_vec() };
        text.extend(opaque);
        text.push(b'"');
        Some(text)
    }

    fn code(&self, mac: &Mac, view: usize, opaque: &[u8]) -> [u8; CODE_BYTES] {
        let code = mac.code(&[CODE, &self.plan, &(view as u64).to_be_bytes(), opaque]);
        std::array::from_fn(|at| code.get(at).copied().unwrap_or_default())
    }

    /// Encrypts or decrypts: both are the exclusive or with a stream that the code begins.
    fn stream(&self, mac: &Mac, code: &[u8], text: &[u8]) -> Vec<u8> {
        let blocks = text.chunks(32).enumerate().flat_map(|(number, chunk)| {
            let block = mac.code(&[STREAM, &self.plan, code, &(number as u64).to_be_bytes()]);
            chunk.iter().zip(block).map(|(byte, key)| byte ^ key).collect::<Vec<u8>>()
        });
        blocks.collect()
    }
}

const DIGITS: [u8; 16] = *b"0123456789abcdef";

fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| u8::try_from(DIGITS.iter().position(|&digit| digit == byte)?).ok();
    match digits {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// Whether a tag is weak, and what it holds (RFC 9110, section 8.8.3).
fn parts(tag: &[u8]) -> Option<(bool, &[u8])> {
    let tag = tag.trim_ascii();
    let (weak, tag) = match tag.strip_prefix(b"W/") {
        Some(tag) => (true, tag),
        None => (false, tag),
    };
    let opaque = tag.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_valid = opaque.iter().all(|&byte| byte == 0x21 || (0x23..=0x7e).contains(&byte) || byte >= 0x80);
    is_valid.then_some((weak, opaque))
}

/// The tags of a condition. An item that is none, such as `*`, comes as it is. A backslash escapes nothing in a tag, so that
/// these are not the items of other lists.
pub fn items<'a>(lines: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    lines.flat_map(|line| {
        let mut quoted = false;
        line.split(move |&byte| {
            quoted ^= byte == b'"';
            byte == b',' && !quoted
        })
        .map(<[u8]>::trim_ascii)
        .filter(|item| !item.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(plan: u8) -> EntityTags {
        EntityTags::new(b"0123456789abcdef", [plan; 32]).unwrap()
    }

    #[test]
    fn tag_comes_back_to_the_view_that_gave_it_out() {
        for tag in [
            &b"\"7\""[..],
            b"W/\"7\"",
            b"\"\"",
            b"\"33a64df551425fcc55e4d42a148795d9f25f89d4-gzip;br\"",
            b"\"\xc3\xa9\"",
        ] {
            let sealed = tags(1).seal(3, tag).unwrap();
            assert_eq!(tags(1).open(3, &sealed).as_deref(), Some(tag));
            assert_eq!(tags(1).open(2, &sealed), None, "another view");
            assert_eq!(tags(2).open(3, &sealed), None, "another plan");
            assert_eq!(sealed.starts_with(b"W/"), tag.starts_with(b"W/"));
        }
        let long = [&b"\""[..], &[b'a'; LONGEST], b"\""].concat();
        assert_eq!(tags(1).open(0, &tags(1).seal(0, &long).unwrap()), Some(long));
    }

    #[test]
    fn tag_of_the_key_before_is_read_and_given_out_anew() {
        let old = tags(1);
        let new = EntityTags::new(b"fedcba9876543210", [1; 32]).unwrap();
        let sealed = old.seal(3, b"\"7\"").unwrap();
        assert_eq!(new.open_previous(3, &sealed), None);
        let both = new.with_previous(Some(b"0123456789abcdef"));
        assert_eq!(both.open(3, &sealed), None);
        assert_eq!(both.open_previous(3, &sealed).as_deref(), Some(&b"\"7\""[..]));
        assert_eq!(both.open_previous(2, &sealed), None, "another view");
        assert_ne!(both.seal(3, b"\"7\"").unwrap(), sealed);
    }

    #[test]
    fn views_do_not_share_a_tag_and_bytes_of_it_say_nothing() {
        let first = tags(1).seal(0, b"\"abcdef\"").unwrap();
        assert_ne!(first, tags(1).seal(1, b"\"abcdef\"").unwrap());
        assert_eq!(first, tags(1).seal(0, b"\"abcdef\"").unwrap(), "the same representation has the same tag");
        let other = tags(1).seal(0, b"\"abcdeg\"").unwrap();
        let same = first.iter().zip(&other).filter(|(one, other)| one == other).count();
        assert!(same < first.len() / 2, "{same} of {}", first.len());
    }

    #[test]
    fn what_is_made_up_or_changed_opens_nothing() {
        let sealed = tags(1).seal(0, b"\"abc\"").unwrap();
        for at in 1..sealed.len() - 1 {
            let mut changed = sealed.clone();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(tags(1).open(0, &changed), None, "{at}");
        }
        for tag in [&b"\"abc\""[..], b"abc", b"*", b"", b"\"", b"\"00\"", b"\"zz\"", UNKNOWN] {
            assert_eq!(tags(1).open(0, tag), None);
        }
        for malformed in [&b"abc"[..], b"\"a\"b\"", b"\"a b\"", b"w/\"a\"", b"\"a"] {
            assert_eq!(tags(1).seal(0, malformed), None);
        }
        assert_eq!(tags(1).seal(0, &[&b"\""[..], &[b'a'; LONGEST + 1], b"\""].concat()), None);
    }

    #[test]
    fn conditions_are_lists() {
        let lines = [&b"\"a,b\", W/\"c\""[..], b"*"];
        assert_eq!(items(lines.into_iter()).collect::<Vec<_>>(), [&b"\"a,b\""[..], b"W/\"c\"", b"*"]);
    }
}
