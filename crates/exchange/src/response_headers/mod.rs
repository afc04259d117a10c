//! The response headers of a masked view: those that arrive, and what is made of them.
//!
//! [`kept`] lists them; free text of the application is looked into. Beside that, no shared cache may serve one caller's answer to
//! another.

mod fields;
mod kept;

use meshveil_detect::looks_sensitive;
use meshveil_json::Search;
use meshveil_plan::{Arrival, ListedHeaders};

use crate::entity_tag::EntityTags;
use crate::host::{Headers, Host, HostError, Map, list_items};
pub use fields::{FieldsOfView, HeaderFields, Shown};
use kept::Treatment;

/// Headers by which an upstream speaks to shared caches past `Cache-Control` (RFC 9213 and older).
const FOR_SHARED_CACHES: &[&str] = &["cdn-cache-control", "surrogate-control", "x-accel-expires"];

/// Kept headers that speak of a body.
const OF_BODY: &[&str] = &["content-type", "content-language", "last-modified", "transfer-encoding"];

/// What the plan says of response headers in one view on one route.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfPlan<'a> {
    /// Headers that arrive beside those that always do.
    pub listed: ListedHeaders<'a>,
    /// Headers that are fields.
    pub fields: Option<&'a FieldsOfView>,
    /// What is looked for in what arrives.
    pub search: Option<&'a Search>,
    /// The longest value that a mask looks at, in bytes.
    pub longest: usize,
}

/// What is known where response headers are fitted to a masked view.
#[derive(Debug, Clone, Copy)]
pub struct MaskedResponse<'a> {
    /// What the plan says of headers.
    pub of_plan: OfPlan<'a>,
    /// The status code.
    pub status: u32,
    /// The number of the view in the plan.
    pub view: usize,
    /// The entity tags of the plan; `None` without a key.
    pub tags: Option<&'a EntityTags>,
    /// Whether the upstream's own tag may go on: it answers a condition that holds this very tag.
    pub own_tag: bool,
}

impl MaskedResponse<'_> {
    /// Makes the headers fit a masked body: what is not known to be harmless goes, and so does what describes the clear
    /// bytes.
    ///
    /// # Errors
    /// [`HostError`] when the proxy does not take a change.
    pub fn fit<H: Host>(&self, host: &H, headers: &Headers) -> Result<(), HostError> {
        let kept: &[&str] = if self.own_tag { &["etag"] } else { &[] };
        self.of_plan.fit(host, Map::Response, headers, self.status, kept)?;
        if let Some(tag) = headers.only("etag").filter(|_| !self.own_tag)
            && let Some(sealed) = self.tags.and_then(|tags| tags.seal(self.view, tag))
        {
            host.set_header(Map::Response, "etag", &sealed)?;
        }
        keep_from_shared_caches(host, headers)
    }

    /// As [`MaskedResponse::fit`], for a response that loses its body.
    ///
    /// # Errors
    /// [`HostError`]
    pub fn fit_without_body<H: Host>(&self, host: &H, headers: &Headers) -> Result<(), HostError> {
        Self { tags: None, ..*self }.fit(host, headers)?;
        remove_present(host, Map::Response, headers, OF_BODY)?;
        host.set_header(Map::Response, "content-length", b"0")
    }
}

impl OfPlan<'_> {
    /// Removes from trailers what is not known to be harmless, and says what they were.
    ///
    /// # Errors
    /// [`HostError`]
    pub fn fit_trailers<H: Host>(&self, host: &H) -> Result<Headers, HostError> {
        let trailers = host.headers(Map::ResponseTrailers)?;
        self.fit(host, Map::ResponseTrailers, &trailers, 0, &[])?;
        Ok(trailers)
    }

    /// The fields whose masks stand in for values of these lines, each with how many.
    #[must_use]
    pub fn masked_values(&self, lines: &Headers) -> Vec<(&str, u64)> {
        let mut counts: Vec<(&str, u64)> = Vec::new();
        let Some(fields) = self.fields else { return counts };
        for field in lines.lines().filter_map(|(name, _)| fields.masked(name)) {
            match counts.iter_mut().find(|(known, _)| *known == field) {
                Some((_, count)) => *count += 1,
                None => counts.push((field, 1)),
            }
        }
        counts
    }

    /// Removes every line that does not arrive, and masks values of fields. Of a header with several lines, such as
    /// `Set-Cookie`, the others stay.
    fn fit<H: Host>(&self, host: &H, map: Map, headers: &Headers, status: u32, kept: &[&str]) -> Result<(), HostError> {
        let mut changed: Vec<&[u8]> = Vec::new();
        for (name, value) in headers.lines() {
            if changed.contains(&name) || self.show(name, value, status, kept) == Shown::Clear {
                continue;
            }
            changed.push(name);
            let text = std::str::from_utf8(name).map_err(|_| HostError)?;
            host.remove_header(map, text)?;
            for value in headers.all(text) {
                match self.show(name, value, status, kept) {
                    Shown::Clear => host.add_header(map, text, value)?,
                    Shown::Instead(masked) => host.add_header(map, text, &masked)?,
                    Shown::Nothing => {}
                }
            }
        }
        Ok(())
    }

    /// What becomes of one line.
    fn show(&self, name: &[u8], value: &[u8], status: u32, kept: &[&str]) -> Shown {
        if let Some(shown) = self.fields.and_then(|fields| fields.show(name, value, self.longest)) {
            return shown;
        }
        let listed = std::str::from_utf8(name).ok().and_then(|name| self.listed.of(name));
        let arrives = match (listed, kept::treatment(name, status)) {
            (Some(Arrival::Pass), _) | (None | Some(Arrival::Screen), Treatment::Keep) => true,
            (Some(Arrival::Screen), _) | (None, Treatment::Screen) => !looks_sensitive(value),
            (None, Treatment::Remove) => kept.iter().any(|known| known.as_bytes() == name),
        };
        match self.search.filter(|_| listed != Some(Arrival::Pass)) {
            _ if !arrives => Shown::Nothing,
            Some(search) => searched(search, value, self.longest),
            None => Shown::Clear,
        }
    }
}

/// A value without what is looked for. One that cannot be looked through goes.
fn searched(search: &Search, value: &[u8], longest: usize) -> Shown {
    let Ok(text) = std::str::from_utf8(value) else { return Shown::Nothing };
    if text.len() > longest {
        return Shown::Nothing;
    }
    match search.replaced(text) {
        None => Shown::Clear,
        // A line break would begin another header (RFC 9110, section 5.5).
        Some(text) if text.contains(|letter: char| letter.is_control()) => Shown::Nothing,
        Some(text) => Shown::Instead(text.into_bytes()),
    }
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
    for directive in lines.flat_map(list_items) {
        // What follows an open quote, in this line or the next, would be a part of it.
        if !ends_outside_quotes(directive) {
            changed = true;
            continue;
        }
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

/// Whether every quoted string ends (RFC 9110, section 5.6.4).
fn ends_outside_quotes(text: &[u8]) -> bool {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for &byte in text {
        let is_plain = !std::mem::take(&mut is_escaped);
        is_quoted ^= is_plain && byte == b'"';
        is_escaped = is_plain && is_quoted && byte == b'\\';
    }
    !is_quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_goes_from_headers_that_arrive() {
        let net = meshveil_json::Net::new(["device"], [("ticket", "T-[0-9]{4}")]).unwrap();
        let search = Search { net: net.into(), with: "***".into(), except: vec![], except_names: vec![] };
        let passes = [("x-trace".to_owned(), Arrival::Pass)].into();
        let of_plan = OfPlan {
            listed: ListedHeaders::new(&passes, None),
            search: Some(&search),
            longest: 100,
            ..OfPlan::default()
        };
        let instead = |text: &str| Shown::Instead(text.as_bytes().to_vec());
        for (name, value, expected) in [
            ("location", &b"/t/T-1234?from=203.0.113.7"[..], instead("/t/***?from=***")),
            ("location", b"/t/1234", Shown::Clear),
            ("location", &[b'a'; 101], Shown::Nothing),
            ("location", b"/\xff", Shown::Nothing),
            ("content-type", b"application/json", Shown::Clear),
            // Listed as one that arrives unread.
            ("x-trace", b"T-1234", Shown::Clear),
            ("x-other", b"T-1234", Shown::Nothing),
        ] {
            assert_eq!(of_plan.show(name.as_bytes(), value, 302, &[]), expected, "{name}");
        }
    }

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
            (&["max-age=5, x=\"a"], Some("max-age=5, private")),
            (&["x=\"a\\\"", "no-store"], Some("no-store, private")),
            (&["x=\"a\\\"b\"", "no-store"], None),
        ];
        for (lines, expected) in cases {
            let value = private(lines.iter().map(|line| line.as_bytes()));
            assert_eq!(value.as_deref(), expected.map(str::as_bytes), "{lines:?}");
        }
    }
}
