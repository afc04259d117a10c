//! Addresses of mail and of machines.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Endings of files, which no domain has.
const FILES: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "mjs", "ts", "tsx", "jsx", "json", "yaml", "yml",
    "xml", "html", "htm", "txt", "csv", "pdf", "map", "gz", "tgz", "tar", "exe", "dll", "jar", "whl", "lock", "log",
    "conf", "service", "socket", "mount", "target", "timer", "slice", "scope", "dart", "java", "cpp", "rb", "php",
    "go", "rs",
];

/// The address round an `@`: its beginning and its end.
pub(super) fn email_range(text: &str, at: usize) -> Option<(usize, usize)> {
    let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
    let is_local = |letter: char| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter);
    // What else may stand round an address in a text is not taken for part of it.
    let is_usual = |letter: char| letter.is_alphanumeric() || "+-_.".contains(letter);
    let longest = before.char_indices().rev().take(65).take_while(|(_, letter)| is_local(*letter)).last();
    let usual = before.char_indices().rev().take(65).take_while(|(_, letter)| is_usual(*letter)).last();
    let start = match (longest, usual) {
        // `email=ann@...` is a parameter.
        (Some((0, _)), _) if !before.contains(['=', '/', '?', '&']) => 0,
        (_, Some((start, _))) => start,
        _ => return None,
    };
    let local = text.get(start..at)?.trim_start_matches(['.', '-', '_']);
    let is_domain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.');
    let domain = after.get(
        ..after.char_indices().take(254).find(|(_, letter)| !is_domain(*letter)).map_or(after.len(), |(end, _)| end),
    )?;
    let domain = domain.trim_end_matches(['.', '-']);
    let behind = after.get(domain.len()..)?;
    let labels: Vec<&str> = domain.split('.').collect();
    let last = labels.last()?;
    let is_label = |label: &&str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let is_top = last.chars().count() >= 2
        && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"))
        && !FILES.iter().any(|known| last.eq_ignore_ascii_case(known));
    // `git@host:path` and `image@sha256...` name no mailbox; a password stands before the `@` of a URL.
    let is_chain = before.get(..start).is_some_and(|front| front.ends_with('@')) || behind.starts_with('@');
    let is_remote = is_chain || local == "git" && behind.starts_with(':') || labels.first() == Some(&"sha256");
    let is_mail =
        (1..=64).contains(&local.len()) && labels.len() > 1 && labels.iter().all(is_label) && is_top && !is_remote;
    is_mail.then(|| (at - local.len(), at + 1 + domain.len()))
}

/// The end of an IPv4 address that begins a text, which is one of a machine: no mask, no network, no loopback.
pub(super) fn ipv4_end(text: &[u8]) -> Option<usize> {
    let run = text.iter().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let part = core::str::from_utf8(text.get(..run)?).ok()?;
    let part = part.strip_suffix('.').unwrap_or(part);
    let address: Ipv4Addr = part.parse().ok()?;
    let octets = address.octets();
    let is_mask =
        u32::from(address).leading_ones() + u32::from(address).trailing_zeros() == 32 && octets.first() == Some(&255);
    let is_machine = !address.is_unspecified() && !address.is_loopback() && !address.is_broadcast() && !is_mask;
    // A network, or a version.
    let is_network = octets.last() == Some(&0)
        || text.get(part.len()) == Some(&b'/') && text.get(part.len() + 1).is_some_and(u8::is_ascii_digit);
    (is_machine && !is_network).then_some(part.len())
}

/// The end of an IPv6 address that begins a text.
pub(super) fn ipv6_end(text: &[u8]) -> Option<usize> {
    let run = text.iter().take(46).take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')).count();
    let part = core::str::from_utf8(text.get(..run)?).ok()?;
    let part = part.trim_end_matches('.');
    let part = part.strip_suffix(':').filter(|part| !part.ends_with(':')).unwrap_or(part);
    if part.bytes().filter(|byte| *byte == b':').count() < 2 {
        return None;
    }
    let address: Ipv6Addr = part.parse().ok()?;
    let groups = address.segments().iter().filter(|segment| **segment != 0).count();
    // `abc::def` is a path in some languages.
    let is_sure = part.bytes().any(|byte| byte.is_ascii_digit()) && groups > 1;
    let is_network = text.get(part.len()) == Some(&b'/') && text.get(part.len() + 1).is_some_and(u8::is_ascii_digit);
    (is_sure && !address.is_unspecified() && !address.is_loopback() && !is_network).then_some(part.len())
}

/// The end of a hardware address: six pairs of hexadecimal digits, or three groups of four.
pub(super) fn mac_end(text: &[u8]) -> Option<usize> {
    let grouped = |width: usize, separator: u8, count: usize| {
        let end = count * (width + 1) - 1;
        let part = text.get(..end)?;
        let fits = part.iter().enumerate().all(|(at, byte)| match at % (width + 1) {
            place if place == width => *byte == separator,
            _ => byte.is_ascii_hexdigit(),
        });
        let goes_on = text.get(end) == Some(&separator) && text.get(end + 1).is_some_and(u8::is_ascii_hexdigit);
        let digits = || part.iter().filter(|byte| byte.is_ascii_hexdigit());
        let is_nothing = digits().all(|byte| *byte == b'0') || digits().all(|byte| byte.eq_ignore_ascii_case(&b'f'));
        (fits && !goes_on && !is_nothing).then_some(end)
    };
    grouped(2, b':', 6).or_else(|| grouped(2, b'-', 6)).or_else(|| grouped(4, b'.', 3))
}
