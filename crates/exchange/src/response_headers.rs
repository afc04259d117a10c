//! Response headers that would tell something of the unmasked body, or let one caller's answer reach another.

use crate::host::{Headers, Host, HostError, Map};

/// Headers that describe the unmasked bytes: their length, their coding, which is undone, their hash, their parts. An `ETag` is removed and not made
/// weak, because many servers make it by hashing the body without a key.
const OF_UNMASKED_BODY: &[&str] = &[
    "content-length",
    "content-encoding",
    "etag",
    "accept-ranges",
    "content-md5",
    "digest",
    "content-digest",
    "repr-digest",
    "x-goog-hash",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-ms-content-crc64",
    "x-ms-blob-content-md5",
];

/// Headers by which an upstream speaks to shared caches past `Cache-Control` (RFC 9213 and older).
const FOR_SHARED_CACHES: &[&str] = &["cdn-cache-control", "surrogate-control", "x-accel-expires"];

/// Makes the headers fit a masked body.
///
/// # Errors
/// [`HostError`] when the proxy does not take a change.
pub fn fit_masked<H: Host>(host: &H, headers: &Headers) -> Result<(), HostError> {
    remove_present(host, Map::Response, headers, OF_UNMASKED_BODY)?;
    keep_from_shared_caches(host, headers)
}

/// Removes from trailers what describes the unmasked bytes.
///
/// # Errors
/// [`HostError`]
pub fn fit_trailers<H: Host>(host: &H) -> Result<(), HostError> {
    let trailers = host.headers(Map::ResponseTrailers)?;
    remove_present(host, Map::ResponseTrailers, &trailers, OF_UNMASKED_BODY)
}

/// Marks a response that depends on the caller so that no shared cache serves it to another (RFC 9111, section
/// 5.2.2.7). `Vary` cannot say it: a client certificate is not a header.
///
/// # Errors
/// [`HostError`]
pub fn keep_from_shared_caches<H: Host>(host: &H, headers: &Headers) -> Result<(), HostError> {
    remove_present(host, Map::Response, headers, FOR_SHARED_CACHES)?;
    match private(headers.all("cache-control")) {
        Some(value) => host.set_header(Map::Response, "cache-control", &value),
        None => Ok(()),
    }
}

fn remove_present<H: Host>(host: &H, map: Map, headers: &Headers, names: &[&str]) -> Result<(), HostError> {
    for (present, _) in headers.lines() {
        // Lines of one header may repeat; removing twice does no harm.
        if let Some(name) = names.iter().find(|name| present.eq_ignore_ascii_case(name.as_bytes())) {
            host.remove_header(map, name)?;
        }
    }
    Ok(())
}

/// The new value of `Cache-Control`; `None` when the old one keeps shared caches out.
fn private<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let (mut safe, mut changed) = (false, false);
    for directive in lines.flat_map(directives) {
        let name = directive.split(|&byte| byte == b'=').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
        match name.as_slice() {
            b"" => {}
            // Only without arguments does `private` cover the whole response.
            b"private" if directive.len() == name.len() => safe = true,
            b"private" | b"public" | b"s-maxage" => changed = true,
            b"no-store" => {
                safe = true;
                kept.push(directive);
            }
            _ => kept.push(directive),
        }
    }
    if safe && !changed {
        return None;
    }
    kept.push(b"private");
    Some(kept.join(&b", "[..]))
}

/// Splits at commas outside quoted strings.
fn directives(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |&byte| {
        let split = byte == b',' && !quoted;
        if escaped {
            escaped = false;
        } else if byte == b'\\' && quoted {
            escaped = true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
        split
    })
    .map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shared_cache_may_keep_a_response() {
        let cases: &[(&[&str], Option<&str>)] = &[
            (&[], Some("private")),
            (&["no-store"], None),
            (&["private"], None),
            (&["Private, max-age=5"], None),
            (&["max-age=5"], Some("max-age=5, private")),
            (&["public, max-age=5"], Some("max-age=5, private")),
            (&["private, s-maxage=9"], Some("private")),
            (&["max-age=5", "PUBLIC"], Some("max-age=5, private")),
            (&["private=\"set-cookie, x\", max-age=1"], Some("max-age=1, private")),
            (&["no-transform"], Some("no-transform, private")),
            (&["x=\"a, public\""], Some("x=\"a, public\", private")),
        ];
        for (lines, expected) in cases {
            let value = private(lines.iter().map(|line| line.as_bytes()));
            assert_eq!(value.as_deref(), expected.map(str::as_bytes), "{lines:?}");
        }
    }
}
