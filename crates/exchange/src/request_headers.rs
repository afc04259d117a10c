//! What a request asks its upstream for, where the response is masked: a whole representation that can be read.

use meshveil_body::Coding;
use meshveil_plan::{MediaRange, Passes, Reads};

use crate::accept;
use crate::eligibility::codings;
use crate::entity_tag::{self, EntityTags, UNKNOWN};
use crate::host::{Headers, Host, HostError, Map};

/// Headers that ask for a part of a representation.
const PARTS: [&str; 2] = ["range", "if-range"];

/// Conditions by entity tags.
const BY_TAG: [&str; 2] = ["if-none-match", "if-match"];

/// Conditions by dates.
const BY_DATE: [&str; 2] = ["if-modified-since", "if-unmodified-since"];

/// A request whose response is masked.
#[derive(Debug, Clone, Copy)]
pub struct MaskedRequest<'a> {
    /// The number of its view in the plan.
    pub view: usize,
    /// How bodies are read on its route.
    pub reads: Reads<'a>,
    /// What passes unread on its route.
    pub passes: Passes<'a>,
    /// Whether what the view shows depends on the key.
    pub keyed: bool,
    /// The entity tags of its plan; `None` without a key.
    pub tags: Option<&'a EntityTags>,
}

impl MaskedRequest<'_> {
    /// Changes the request headers. Whether a condition was translated: then a tag in the response is of this view.
    ///
    /// Where a type passes unread, parts, conditions and codings go on as they came, but for codings that could not be
    /// undone: which type will come is not known yet.
    ///
    /// # Errors
    /// [`HostError`] when the proxy does not take a change.
    pub fn ask<H: Host>(&self, host: &H, headers: &Headers) -> Result<bool, HostError> {
        let is_mixed = !self.passes.is_empty();
        if headers.has("accept-encoding") {
            let codings = if is_mixed { readable_codings(headers) } else { b"identity".to_vec() };
            host.set_header(Map::Request, "accept-encoding", &codings)?;
        }
        self.narrow_accept(host, headers)?;
        for name in PARTS.iter().filter(|name| !is_mixed && headers.has(name)) {
            host.remove_header(Map::Request, name)?;
        }
        let reads = headers.only(":method").is_some_and(|method| matches!(method, b"GET" | b"HEAD"));
        // 304 or 412 would tell whether a date is right, and a client that shares a cache with others that another caller's
        // copy is still good. For other methods they guard against lost updates.
        for name in BY_DATE.iter().filter(|name| reads && !is_mixed && headers.has(name)) {
            host.remove_header(Map::Request, name)?;
        }
        let mut translated = false;
        for name in BY_TAG.iter().filter(|name| headers.has(name)) {
            translated |= self.translate(host, headers, name, reads)?;
        }
        Ok(translated)
    }

    fn narrow_accept<H: Host>(&self, host: &H, headers: &Headers) -> Result<(), HostError> {
        let sent = headers.only("accept");
        let is_anything = sent.map_or_else(|| !headers.has("accept"), |sent| sent == b"*/*");
        if is_anything && self.passes.is_empty() && self.reads.types().next().is_none() {
            return host.set_header(Map::Request, "accept", accept::ANYTHING.as_bytes());
        }
        let read: Vec<MediaRange> = self.reads.types().map(|essence| MediaRange(essence.to_owned())).collect();
        let listed: Vec<_> = read.iter().chain(self.passes.ranges()).collect();
        let arrives = |essence: &str| self.reads.of(essence).is_some() || self.passes.contain(essence);
        let accept = accept::narrowed(headers.all("accept"), &listed, arrives);
        if sent == Some(accept.as_bytes()) {
            Ok(())
        } else {
            host.set_header(Map::Request, "accept", accept.as_bytes())
        }
    }

    /// Puts the upstream's tags in place of those that this view gave out. A tag that it did not give out could be a guess
    /// of a hash of the clear body.
    fn translate<H: Host>(&self, host: &H, headers: &Headers, name: &str, reads: bool) -> Result<bool, HostError> {
        let is_mixed = !self.passes.is_empty();
        let Some(tags) = self.tags else {
            // Without a key no view has tags, and only those of other methods go on.
            return if reads && !is_mixed { host.remove_header(Map::Request, name).map(|()| false) } else { Ok(false) };
        };
        let (mut sent, mut translated) = (Vec::new(), false);
        // Under another key the pseudonyms are others: what a client has stored is no longer what it would get.
        let reads_previous = !(reads && self.keyed && name == "if-none-match");
        for item in entity_tag::items(headers.all(name)) {
            let previous = || tags.open_previous(self.view, item).filter(|_| reads_previous);
            match tags.open(self.view, item).or_else(previous) {
                Some(tag) => {
                    translated = true;
                    sent.push(tag);
                }
                // `If-None-Match: *` of a GET asks for nothing where there is something.
                None if is_mixed || (item == b"*" && !(reads && name == "if-none-match")) => sent.push(item.to_vec()),
                None => {}
            }
        }
        if sent.is_empty() {
            if name == "if-none-match" && reads {
                return host.remove_header(Map::Request, name).map(|()| false);
            }
            sent.push(UNKNOWN.to_vec());
        }
        host.set_header(Map::Request, name, &sent.join(&b", "[..])).map(|()| translated)
    }
}

/// The codings that a client takes and that can be undone here; `identity` where there is none.
fn readable_codings(headers: &Headers) -> Vec<u8> {
    let readable = codings(headers, "accept-encoding").filter(|item| {
        let name = item.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        Coding::named(name).is_some()
    });
    let readable: Vec<&[u8]> = readable.collect();
    if readable.is_empty() { b"identity".to_vec() } else { readable.join(&b", "[..]) }
}
