//! Which paths every server reads in the same way.

use crate::folding::folds_to_ascii;

/// Whether every server reads this path (without query) in the same way. Not so: dot segments, empty segments, segments that
/// end in a dot or begin or end with white space, back slashes, matrix parameters, fragments, bytes outside printable ASCII, escapes of bytes that need none or
/// that change the structure (RFC 3986, section 6.2.2), and escapes that are not UTF-8 or that hold characters which
/// normalisation turns into ASCII.
#[must_use]
pub fn is_plain_path(path: &[u8]) -> bool {
    if path.first() != Some(&b'/') {
        return false;
    }
    let mut decoded = Vec::new();
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'%' => {
                let [high, low, after @ ..] = tail else {
                    return false;
                };
                let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
                    return false;
                };
                let byte = high << 4 | low;
                let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                if unreserved || byte.is_ascii_control() || b"/\\%;?#".contains(&byte) {
                    return false;
                }
                decoded.push(byte);
                rest = after;
            }
            b'\\' | b';' | b'#' => return false,
            byte if !byte.is_ascii_graphic() => return false,
            // One ASCII byte keeps escapes apart that do not stand together.
            byte => {
                if !decoded.is_empty() {
                    decoded.push(*byte);
                }
            }
        }
    }
    if !std::str::from_utf8(&decoded).is_ok_and(|text| !text.chars().any(folds_to_ascii)) {
        return false;
    }
    // A slash at the very end leaves one empty segment, which is plain.
    let inner = path.strip_prefix(b"/").unwrap_or(path);
    let inner = inner.strip_suffix(b"/").unwrap_or(inner);
    if inner.is_empty() {
        return path == b"/";
    }
    let is_trimmed = |segment: &[u8]| {
        // Servers and file systems cut these off.
        segment.ends_with(b".") || segment.starts_with(b"%20") || segment.ends_with(b"%20") || segment.ends_with(b"+")
    };
    inner.split(|&byte| byte == b'/').all(|segment| !segment.is_empty() && !is_trimmed(segment))
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_can_be_read_in_two_ways_are_not_plain() {
        let plain =
            ["/", "/a", "/a/", "/a/b%20c", "/a/%C3%A9", "/a:b@c,d=e!", "/a.b/c..d/~x", "/%3A", "/%D0%AF/%E6%BC%A2"];
        let not_plain: &[&[u8]] = &[
            b"",
            b"*",
            b"a",
            b"//",
            b"//a",
            b"/a//b",
            b"/a//",
            b"/./a",
            b"/a/.",
            b"/a/..",
            b"/a/../b",
            b"/a%20",
            b"/%20a",
            b"/a+",
            b"/a%20/",
            b"/a%2fb",
            b"/a%2Fb",
            b"/a%5cb",
            b"/a\\b",
            b"/a;b",
            b"/a%3bb",
            b"/%2e%2e/a",
            b"/a%2E",
            b"/%61",
            b"/a%252fb",
            b"/a%",
            b"/a%2",
            b"/a%zz",
            b"/a%00",
            b"/a#b",
            b"/a%23b",
            b"/a.",
            b"/a./b",
            b"/a../b",
            b"/%c0%ae%c0%ae/b",
            b"/a%ff",
            b"/%C3/%A9",
            b"/%E2%80%A5/b",
            b"/%EF%BC%8E%EF%BC%8E/b",
            b"/a%EF%BC%8Fb",
            b"/%EF%BD%81",
            b"/a%E2%88%95b",
            b"/a%CC%81",
            b"/a%E2%80%8B",
            b"/a%C2%A0",
            b"/a%3Fb",
            b"/a b",
            b"/\xff",
            b"/a\x7f",
        ];
        for path in plain {
            assert!(is_plain_path(path.as_bytes()), "{path}");
        }
        for path in not_plain {
            assert!(!is_plain_path(path), "{}", String::from_utf8_lossy(path));
        }
    }
}
