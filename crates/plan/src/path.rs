//! Which paths every server reads in the same way.

/// Whether every server reads this path (without query) in the same way. Not so: dot segments, empty segments,
/// back slashes, matrix parameters, fragments, bytes outside printable ASCII, and escapes of bytes that need none or
/// that change the structure (RFC 3986, section 6.2.2).
#[must_use]
pub fn is_plain_path(path: &[u8]) -> bool {
    if path.first() != Some(&b'/') {
        return false;
    }
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
                rest = after;
            }
            b'\\' | b';' | b'#' => return false,
            byte if !byte.is_ascii_graphic() => return false,
            _ => {}
        }
    }
    // A slash at the very end leaves one empty segment, which is plain.
    let inner = path.strip_prefix(b"/").unwrap_or(path);
    let inner = inner.strip_suffix(b"/").unwrap_or(inner);
    if inner.is_empty() {
        return path == b"/";
    }
    inner.split(|&byte| byte == b'/').all(|segment| !matches!(segment, b"" | b"." | b".."))
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
        let plain = ["/", "/a", "/a/", "/a/b%20c", "/a/%C3%A9", "/a:b@c,d=e!", "/a.b/c..d/~x", "/%3A"];
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
