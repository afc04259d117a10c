//! What proves an identity: keys and tokens by how their issuers begin them, private keys, hashes of passwords.

/// How a key begins, and of what and how long the rest is.
#[derive(Debug)]
struct Key {
    begins: &'static str,
    rest: Rest,
    least: usize,
}

#[derive(Debug, Clone, Copy)]
enum Rest {
    /// Capitals and digits.
    Upper,
    /// Hexadecimal digits.
    Hex,
    /// Letters and digits.
    Alnum,
    /// Letters, digits, `-` and `_`.
    Url,
    /// The same, and `.`, `/`, `+`, `=`.
    Any,
}

impl Rest {
    const fn has(self, byte: u8) -> bool {
        match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Any => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+' | b'='),
        }
    }
}

const fn key(begins: &'static str, rest: Rest, least: usize) -> Key {
    Key { begins, rest, least }
}

/// Keys and tokens, as their issuers document them.
const KEYS: &[Key] = &[
    key("AKIA", Rest::Upper, 16),
    key("ASIA", Rest::Upper, 16),
    key("ABIA", Rest::Upper, 16),
    key("AIza", Rest::Url, 35),
    key("GOCSPX-", Rest::Url, 20),
    key("ya29.", Rest::Any, 20),
    key("ghp_", Rest::Alnum, 36),
    key("gho_", Rest::Alnum, 36),
    key("ghu_", Rest::Alnum, 36),
    key("ghs_", Rest::Alnum, 36),
    key("ghr_", Rest::Alnum, 36),
    key("github_pat_", Rest::Url, 22),
    key("glpat-", Rest::Url, 20),
    key("gldt-", Rest::Url, 20),
    key("glrt-", Rest::Url, 20),
    key("xoxb-", Rest::Url, 10),
    key("xoxp-", Rest::Url, 10),
    key("xoxa-", Rest::Url, 10),
    key("xoxr-", Rest::Url, 10),
    key("xoxs-", Rest::Url, 10),
    key("xapp-", Rest::Url, 10),
    key("hooks.slack.com/services/", Rest::Any, 20),
    key("sk_live_", Rest::Alnum, 16),
    key("rk_live_", Rest::Alnum, 16),
    key("sk_test_", Rest::Alnum, 16),
    key("rk_test_", Rest::Alnum, 16),
    key("whsec_", Rest::Any, 20),
    key("sk-ant-", Rest::Url, 20),
    key("sk-proj-", Rest::Url, 20),
    key("sk-svcacct-", Rest::Url, 20),
    key("sk-", Rest::Alnum, 40),
    key("npm_", Rest::Alnum, 36),
    key("pypi-", Rest::Url, 50),
    key("SG.", Rest::Any, 60),
    key("shpat_", Rest::Hex, 32),
    key("shpss_", Rest::Hex, 32),
    key("shpca_", Rest::Hex, 32),
    key("dop_v1_", Rest::Hex, 64),
    key("hvs.", Rest::Url, 24),
    key("hvb.", Rest::Url, 24),
    key("hf_", Rest::Alnum, 30),
    key("dckr_pat_", Rest::Url, 20),
    key("dapi", Rest::Hex, 32),
    key("xkeysib-", Rest::Url, 60),
    key("sq0atp-", Rest::Url, 22),
    key("sq0csp-", Rest::Url, 40),
    key("EAAA", Rest::Url, 60),
    key("PMAK-", Rest::Url, 50),
    key("NRAK-", Rest::Alnum, 27),
    key("ATATT3", Rest::Any, 100),
    key("lin_api_", Rest::Alnum, 40),
    key("figd_", Rest::Url, 40),
    key("rubygems_", Rest::Hex, 48),
    key("sntrys_", Rest::Any, 50),
    key("pul-", Rest::Hex, 40),
    key("AGE-SECRET-KEY-1", Rest::Upper, 58),
    key("AccountKey=", Rest::Any, 40),
    key("SharedAccessKey=", Rest::Any, 40),
    key("$2a$", Rest::Any, 40),
    key("$2b$", Rest::Any, 40),
    key("$2y$", Rest::Any, 40),
];

/// How hashes of passwords begin (crypt, PHC and what frameworks write); what follows is a run without blanks.
const HASHES: &[&str] = &[
    "$2a$",
    "$2b$",
    "$2y$",
    "$argon2",
    "$1$",
    "$5$",
    "$6$",
    "$y$",
    "$7$",
    "$scrypt$",
    "$pbkdf2",
    "pbkdf2_sha",
    "{SSHA",
    "{SHA512}",
    "{PBKDF2",
];

/// The end of a key or token that begins a text.
pub(super) fn key_end(text: &[u8]) -> Option<usize> {
    let key = KEYS.iter().find(|key| {
        let rest = text.strip_prefix(key.begins.as_bytes());
        rest.is_some_and(|rest| rest.iter().take_while(|byte| key.rest.has(**byte)).count() >= key.least)
    })?;
    let rest = text.get(key.begins.len()..)?.iter().take_while(|byte| key.rest.has(**byte)).count();
    Some(key.begins.len() + rest)
}

/// The end of a password's hash that begins a text.
pub(super) fn hash_end(text: &[u8]) -> Option<usize> {
    HASHES.iter().find(|begins| text.starts_with(begins.as_bytes()))?;
    let is_hash = |byte: &&u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'<' | b'>');
    let end = text.iter().take(256).take_while(is_hash).count();
    (end >= 24).then_some(end)
}

/// The end of a JSON web token that begins a text: the first of three parts is a JSON object.
pub(super) fn jwt_end(text: &[u8]) -> Option<usize> {
    // `{"` is `eyJ` in base64.
    text.strip_prefix(b"eyJ")?;
    let part =
        |from: usize| text.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| Rest::Url.has(**byte)).count());
    let header = part(0);
    let dot = |at: usize| text.get(at) == Some(&b'.');
    let payload = part(header + 1);
    let end = header + 1 + payload;
    (header > 10 && dot(header) && payload > 8 && dot(end)).then(|| end + 1 + part(end + 1))
}

/// The end of a private key (RFC 7468, OpenSSH, PGP) that begins a text.
pub(super) fn private_key_end(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"-----BEGIN ")?;
    let label = rest.iter().take(48).position(|byte| *byte == b'-')?;
    let is_private = rest.get(..label)?.windows(11).any(|window| window == b"PRIVATE KEY");
    is_private.then_some(text.len())
}

/// The place of a password in a URL, `://user:pass@`, behind the scheme: its beginning and its end.
pub(super) fn url_password(text: &[u8], after_scheme: usize) -> Option<(usize, usize)> {
    let rest = text.get(after_scheme..)?;
    let end = rest.iter().take(256).position(|byte| matches!(byte, b'@' | b'/' | b' ' | b'"' | b'<'))?;
    if rest.get(end) != Some(&b'@') {
        return None;
    }
    let colon = rest.get(..end)?.iter().position(|byte| *byte == b':')?;
    let password = rest.get(colon + 1..end)?;
    // A place for one, as documentation writes it.
    let is_made_up = password.is_empty()
        || matches!(password.first(), Some(b'$' | b'{' | b'*'))
        || password.iter().all(|byte| *byte == b'x');
    (!is_made_up).then(|| (after_scheme + colon + 1, after_scheme + end))
}

/// The end of an address of a wallet that begins a text: Bitcoin (Base58Check and Bech32 by form), Ethereum.
pub(super) fn wallet_end(text: &[u8]) -> Option<usize> {
    if let Some(rest) = text.strip_prefix(b"0x") {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let is_mixed = rest.iter().take(40).any(|byte| *byte != b'0');
        return (digits == 40 && is_mixed).then_some(42);
    }
    if text.starts_with(b"bc1") {
        let run = text.iter().take(91).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let part = text.get(..run)?;
        return (matches!(run, 42 | 62) && bech32(part)).then_some(run);
    }
    None
}

/// Whether the checksum of Bech32 or Bech32m is right (BIP 173, BIP 350).
fn bech32(text: &[u8]) -> bool {
    const LETTERS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const TURNS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let values = text.iter().skip(3).map(|byte| {
        let at = LETTERS.iter().position(|letter| *letter == byte.to_ascii_lowercase());
        at.and_then(|at| u32::try_from(at).ok())
    });
    // `bc`, expanded.
    let all = [Some(3), Some(3), Some(0), Some(2), Some(3)].into_iter().chain(values);
    let mut sum: u32 = 1;
    for value in all {
        let Some(value) = value else { return false };
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ value;
        for (bit, turn) in TURNS.iter().enumerate() {
            if top >> bit & 1 == 1 {
                sum ^= turn;
            }
        }
    }
    matches!(sum, 1 | 0x2bc8_30a3)
}

/// The end of a machine-readable line of a travel document (ICAO 9303) that begins a text.
pub(super) fn travel_document_end(text: &[u8]) -> Option<usize> {
    let run = text
        .iter()
        .take(90)
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'<')
        .count();
    let part = text.get(..run)?;
    let fills = part.iter().filter(|byte| **byte == b'<').count();
    (matches!(run, 30 | 36 | 44 | 72 | 88 | 90) && fills > 2 && part.windows(2).any(|pair| pair == b"<<"))
        .then_some(run)
}

/// The end of a vehicle identification number with a right check digit (49 CFR 565) that begins a text.
pub(super) fn vin_end(text: &[u8]) -> Option<usize> {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let part = text.get(..17)?;
    let value = |byte: u8| match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'H' => Some(u32::from(byte - b'A') + 1),
        b'J'..=b'N' => Some(u32::from(byte - b'J') + 1),
        b'P' => Some(7),
        b'R' => Some(9),
        b'S'..=b'Z' => Some(u32::from(byte - b'S') + 2),
        _ => None,
    };
    let mut sum = 0;
    for (byte, weight) in part.iter().zip(WEIGHTS) {
        sum += value(*byte)? * weight;
    }
    let check = match sum % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).ok()?,
    };
    let letters = part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let ends_in_digits = part.get(13..)?.iter().all(u8::is_ascii_digit);
    ((3..15).contains(&letters) && ends_in_digits && part.get(8) == Some(&check)).then_some(17)
}
