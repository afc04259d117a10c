//! All lines of a header map as the proxy serialises them: read in place, one allocation for the whole map.

/// The lines of a header map. Names are lower case, values are bytes.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    count: usize,
}

impl Headers {
    /// Takes the serialised form of proxy-wasm ABI 0.2.1: count, then both lengths of each line, then the lines, each
    /// part ended by a NUL. `None` when it is not that.
    #[must_use]
    pub fn from_serialized(bytes: Vec<u8>) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let count = usize::try_from(word(&bytes, 0)?).ok()?;
        let headers = Self { bytes, count };
        let sound = headers.lines().count() == count;
        sound.then_some(headers)
    }

    /// Serialises lines; for hosts that are not a proxy.
    #[must_use]
    pub fn from_lines<'a>(lines: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone) -> Self {
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes();
        let count = lines.clone().count();
        let mut bytes = u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes().to_vec();
        for (name, value) in lines.clone() {
            bytes.extend_from_slice(&length(name));
            bytes.extend_from_slice(&length(value));
        }
        for part in lines.flat_map(|(name, value)| [name, value]) {
            bytes.extend_from_slice(part);
            bytes.push(0);
        }
        Self { bytes, count }
    }

    /// The serialised form.
    #[must_use]
    pub fn serialized(&self) -> &[u8] {
        &self.bytes
    }

    /// Every line, in order.
    pub fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        // The count may be any number: a claim is read as a map, too.
        let mut at = self.count.saturating_mul(8).saturating_add(4);
        (0..self.count).map_while(move |line| {
            let mut part = |length_at: usize| {
                let length = usize::try_from(word(&self.bytes, length_at)?).ok()?;
                let end = at.checked_add(length)?;
                let part = self.bytes.get(at..end)?;
                at = end.checked_add(1)?;
                Some(part)
            };
            let name = part(4 + line * 8)?;
            Some((name, part(8 + line * 8)?))
        })
    }

    /// The values of every line of one header.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.lines().filter(move |(known, _)| known.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// The first line of a header; enough only for pseudo-headers, of which there is one.
    #[must_use]
    pub fn first<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// The only line of a header; `None` when there is none or more than one.
    #[must_use]
    pub fn only<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        let mut lines = self.all(name);
        let first = lines.next();
        if lines.next().is_some() { None } else { first }
    }

    /// Whether a header is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

/// The items of a header that is a list, without white space around them (RFC 9110, section 5.6.1): what stands between commas
/// outside quoted strings.
pub fn list_items(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    split_outside_quotes(line, b',').map(<[u8]>::trim_ascii)
}

/// Splits outside quoted strings (RFC 9110, section 5.6.4).
pub fn split_outside_quotes(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |&byte| {
        let splits = byte == separator && !quoted;
        if escaped {
            escaped = false;
        } else if byte == b'\\' && quoted {
            escaped = true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
        splits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        Headers::from_lines(lines.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
    }

    #[test]
    fn every_line_of_a_header_is_seen() {
        let headers = headers(&[("a", "1"), ("b", ""), ("a", "2")]);
        let again = Headers::from_serialized(headers.bytes.clone()).unwrap();
        assert_eq!(again.all("a").collect::<Vec<_>>(), [b"1", b"2"]);
        assert_eq!(again.only("a"), None);
        assert_eq!(again.only("b"), Some(&b""[..]));
        assert_eq!(again.only("c"), None);
    }

    #[test]
    fn a_cut_map_is_no_map() {
        let whole = headers(&[("name", "value"), ("other", "x")]).bytes;
        for length in 1..whole.len() - 1 {
            assert!(Headers::from_serialized(whole[..length].to_vec()).is_none(), "{length}");
        }
        assert!(Headers::from_serialized(Vec::new()).is_some());
    }
}
