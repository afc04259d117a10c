//! Whether free text that arrives beside what is masked looks like something sensitive: cookies, redirects and challenges in
//! headers; comments, names and ids of events.
//!
//! A value is looked at as it is, with its percent escapes undone, and with the base64 in it decoded, each split at every
//! byte that no identifier holds. It is a net, not a proof: a name or a note looks like
//! nothing.

use crate::{Detector, find};

/// Looks that are sure enough to leave a text out. A token stands for what it says, and is looked into.
const SURE: [Detector; 5] = [Detector::Card, Detector::Iban, Detector::Ssn, Detector::Email, Detector::Phone];

/// Base64 shorter than this holds nothing that would be found.
const SHORTEST_BASE64: usize = 8;

/// Bytes of a value that are looked at; what is longer counts as sensitive.
const LONGEST: usize = 8192;

/// Escapes within escapes, and base64 within base64, that are undone.
const DEEPEST: usize = 3;

/// Whether a value looks like something sensitive, or cannot be looked at.
#[must_use]
pub fn looks_sensitive(value: &[u8]) -> bool {
    if value.len() > LONGEST {
        return true;
    }
    holds(value, DEEPEST)
}

fn holds(value: &[u8], depth: usize) -> bool {
    let text = String::from_utf8_lossy(value);
    if find(&text).any(|found| SURE.contains(&found.detector)) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    let unescaped = unescaped(value);
    if unescaped.as_deref().is_some_and(|plain| holds(plain, depth)) {
        return true;
    }
    base64_parts(value).any(|part| decoded(part).is_some_and(|plain| holds(&plain, depth)))
}

/// The value with its percent escapes undone, and `+` as a blank; `None` when it has none.
fn unescaped(value: &[u8]) -> Option<Vec<u8>> {
    if !value.contains(&b'%') {
        return None;
    }
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, after @ ..] = rest {
        rest = after;
        let escape = match (first, after) {
            (b'%', [high, low, tail @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, tail)),
            _ => None,
        };
        match escape {
            Some((byte, tail)) => {
                plain.push(byte);
                rest = tail;
            }
            None => plain.push(*first),
        }
    }
    Some(plain)
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

fn base64_parts(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    value.split(move |byte| !is_base64(byte)).filter(|part| part.len() >= SHORTEST_BASE64)
}

/// What base64 (either alphabet, RFC 4648) stands for, where it is text.
fn decoded(part: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(part.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0u32, 0u32);
    for &byte in part {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            plain.push(u8::try_from(bits >> held & 0xff).unwrap_or_default());
        }
    }
    std::str::from_utf8(&plain)
        .is_ok_and(|text| !text.contains(|letter: char| letter.is_control() && letter != '\n'))
        .then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_every_dress() {
        for value in [
            "who=anna.smith@example.com",
            "who=anna.smith%40example.com; Path=/",
            "who=anna.smith%2540example.com",
            "/c/123-45-6789?email=anna.smith@example.com",
            "/c/123-45-6789",
            "/c/123-45-6789/orders",
            "</c?after=DE02120300000000202051>; rel=next",
            "/pay/4111111111111111",
            "/pay/4111-1111-1111-1111?x=1",
            "/pay/4111%201111%201111%201111",
            "/call/%2B1%20202%20555%200143",
            "session=eyJlbWFpbCI6ImFubmEuc21pdGhAZXhhbXBsZS5jb20ifQ.Zx1.sig",
            "user=YW5uYS5zbWl0aEBleGFtcGxlLmNvbQ==",
            "user=MTIzLTQ1LTY3ODk=; HttpOnly",
            "Basic realm=\"anna.smith@example.com\"",
            "customer_123-45-6789",
        ] {
            assert!(looks_sensitive(value.as_bytes()), "{value}");
        }
        assert!(looks_sensitive(&[b'a'; LONGEST + 1]));
    }

    #[test]
    fn ordinary_values_arrive() {
        for value in [
            "/login",
            "/login?next=%2Fcustomers%2Fc-1001",
            "https://shop.example.com/customers/c-1001",
            "https://id.example.com/authorize?client_id=shop&response_type=code&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&redirect_uri=https%3A%2F%2Fshop.example.com%2Fcb",
            "https://shop.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz",
            "sessionid=38afes7a8d1e4c9bb0c1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Path=/; SameSite=Lax",
            "csrftoken=IJ3kT0pqZ6e8hQ2yFqXrE5d3mN7wB1vC; Max-Age=31449600; Path=/; Secure",
            "JSESSIONID=0000kUa9kqvGEtJwb1Yl7bQ9YxZ:-1; Path=/",
            "connect.sid=s%3A0bF4cUEJ3zq1W0k9h0.2pK1c; Path=/; HttpOnly",
            "/orders/2026-11-30/10045",
            "/v1/items/3fa85f64-5717-4562-b3fc-2c963f66afa6",
            "Bearer realm=\"shop\", error=\"invalid_token\"",
            "lang=en-US; Domain=.example.com",
            "Digest realm=\"testrealm@host\", qop=\"auth\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
        ] {
            assert!(!looks_sensitive(value.as_bytes()), "{value}");
        }
    }
}
