//! Response headers that a plan lists: how they arrive where a view masks, and which names cannot be listed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a listed response header arrives where a view masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Arrival {
    /// It arrives unless its value looks like something sensitive, as `Set-Cookie` and `Location` do without being listed.
    Screen,
    /// It arrives unread: any field can stand in it.
    Pass,
}

impl Arrival {
    /// Every way by its name in policies and plans.
    pub const NAMED: [(&'static str, Self); 2] = [("screen", Self::Screen), ("pass", Self::Pass)];
}

/// How a plan, or one of its routes, lists headers: by name, in lower case.
pub type HeadersByName = BTreeMap<String, Arrival>;

/// The headers listed on one route: what the route says of a name goes before what the plan says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListedHeaders<'a> {
    of_plan: Option<&'a HeadersByName>,
    of_route: Option<&'a HeadersByName>,
    /// The route cannot be told: nothing arrives unread.
    is_unclear: bool,
}

impl<'a> ListedHeaders<'a> {
    /// What a plan lists, and what one of its routes lists.
    #[must_use]
    pub const fn new(of_plan: &'a HeadersByName, of_route: Option<&'a HeadersByName>) -> Self {
        Self { of_plan: Some(of_plan), of_route, is_unclear: false }
    }

    /// What a plan lists, where the route cannot be told.
    #[must_use]
    pub const fn unclear(of_plan: &'a HeadersByName) -> Self {
        Self { of_plan: Some(of_plan), of_route: None, is_unclear: true }
    }

    /// How a header (lower case) arrives; `None` where it is not listed.
    #[must_use]
    pub fn of(self, name: &str) -> Option<Arrival> {
        let listed = |headers: Option<&HeadersByName>| headers.and_then(|headers| headers.get(name)).copied();
        let arrival = listed(self.of_route).or_else(|| listed(self.of_plan))?;
        Some(if self.is_unclear { Arrival::Screen } else { arrival })
    }

    /// A header that arrives unread, and whether the route lists it; `None` where none does.
    #[must_use]
    pub fn first_unread(self) -> Option<(&'a str, bool)> {
        let unread = |headers: Option<&'a HeadersByName>| {
            headers
                .into_iter()
                .flatten()
                .filter(|(_, arrival)| **arrival == Arrival::Pass)
                .map(|(name, _)| name.as_str())
        };
        let of_route = unread(self.of_route).map(|name| (name, true));
        let of_plan = unread(self.of_plan).map(|name| (name, false));
        of_route.chain(of_plan).find(|(name, _)| self.of(name) == Some(Arrival::Pass))
    }
}

/// Why a header can be neither listed nor be a place of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// It is not a header name in lower case (RFC 9110, section 5.6.2).
    #[error("must be a header name in lower case")]
    Name,
    /// It begins with `:` (RFC 9113, section 8.3).
    #[error("is a pseudo-header")]
    Pseudo,
    /// It is about one connection and ends at the proxy (RFC 9110, section 7.6.1).
    #[error("is about a connection and never goes on")]
    HopByHop,
    /// The filter and the proxy write it: it says how the body is sent.
    #[error("says how the body is sent, and the filter decides that")]
    OfFilter,
}

/// Headers about one connection.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// Headers that the filter reads or writes itself.
const OF_FILTER: &[&str] =
    &["cache-control", "content-encoding", "content-length", "content-range", "content-type", "etag", "accept-ranges"];

/// Words of header names that tell of the bytes of a body.
const OF_BYTES: &[&str] = &[
    "checksum",
    "crc",
    "crc32",
    "crc32c",
    "crc64",
    "digest",
    "etag",
    "fingerprint",
    "hash",
    "hmac",
    "length",
    "md5",
    "sha",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "sig",
    "signature",
    "size",
];

/// Whether a header can be listed or be a place of a field.
///
/// # Errors
/// [`HeaderFault`]
pub fn check_header(name: &str) -> Result<(), HeaderFault> {
    if name.starts_with(':') {
        return Err(HeaderFault::Pseudo);
    }
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(HeaderFault::Name);
    }
    if HOP_BY_HOP.contains(&name) {
        return Err(HeaderFault::HopByHop);
    }
    if OF_FILTER.contains(&name) { Err(HeaderFault::OfFilter) } else { Ok(()) }
}

/// Whether a header's name says that its value is computed from the bytes of the clear body: by it guesses of a value can be
/// tested.
#[must_use]
pub fn describes_body(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|word| OF_BYTES.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_says_of_a_header_goes_before_the_plan() {
        let list = |items: &[(&str, Arrival)]| items.iter().map(|(name, how)| ((*name).to_owned(), *how)).collect();
        let plan: HeadersByName = list(&[("link", Arrival::Pass), ("x-a", Arrival::Screen)]);
        let route: HeadersByName = list(&[("link", Arrival::Screen), ("x-b", Arrival::Pass)]);
        let both = ListedHeaders::new(&plan, Some(&route));
        assert_eq!(
            ["link", "x-a", "x-b", "x-c"].map(|name| both.of(name)),
            [Some(Arrival::Screen), Some(Arrival::Screen), Some(Arrival::Pass), None]
        );
        assert_eq!(both.first_unread(), Some(("x-b", true)));
        assert_eq!(ListedHeaders::new(&plan, None).first_unread(), Some(("link", false)));
        let screened = list(&[("link", Arrival::Screen)]);
        assert_eq!(ListedHeaders::new(&plan, Some(&screened)).first_unread(), None);
        assert_eq!(ListedHeaders::default().first_unread(), None);
        assert_eq!(ListedHeaders::unclear(&plan).first_unread(), None);
        assert_eq!(ListedHeaders::unclear(&plan).of("link"), Some(Arrival::Screen));
    }

    #[test]
    fn what_cannot_be_listed() {
        for (name, fault) in [
            ("", HeaderFault::Name),
            ("Link", HeaderFault::Name),
            ("x y", HeaderFault::Name),
            (":status", HeaderFault::Pseudo),
            ("transfer-encoding", HeaderFault::HopByHop),
            ("content-length", HeaderFault::OfFilter),
            ("etag", HeaderFault::OfFilter),
        ] {
            assert_eq!(check_header(name), Err(fault), "{name}");
        }
        for name in ["link", "location", "set-cookie", "content-disposition", "x-customer_id"] {
            assert_eq!(check_header(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn headers_computed_from_the_body_are_told_by_their_words() {
        for name in
            ["digest", "repr-digest", "content-md5", "x-amz-meta-md5", "oc-checksum", "x-goog-hash", "x-body-sha256"]
        {
            assert!(describes_body(name), "{name}");
        }
        for name in ["link", "x-customer-id", "x-shape", "x-design"] {
            assert!(!describes_body(name), "{name}");
        }
    }
}
