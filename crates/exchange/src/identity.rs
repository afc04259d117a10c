//! Evidence of who is calling, read from the proxy.

use std::cell::OnceCell;

use meshveil_plan::Evidence;

use crate::host::{Headers, Host};
use crate::metadata;

/// The filter under whose name Envoy keeps verified payloads in the request's metadata.
const JWT: &str = "envoy.filters.http.jwt_authn";

/// The header in which a connection manager that is told to tells of the client's certificate (Envoy, "HTTP header
/// manipulation").
const CLIENT_CERTIFICATE: &str = "x-forwarded-client-cert";

/// Evidence about the request at hand. Each property is a host call, made only when the plan asks.
pub struct RequestEvidence<'a, H> {
    host: &'a H,
    request: &'a Headers,
    /// The request's metadata, once it was asked for.
    metadata: OnceCell<Vec<u8>>,
}

impl<'a, H: Host> RequestEvidence<'a, H> {
    /// Evidence of a request with these headers.
    #[must_use]
    pub const fn new(host: &'a H, request: &'a Headers) -> Self {
        Self { host, request, metadata: OnceCell::new() }
    }

    /// The URI name of the client certificate. A proxy gives the first of several; where its header tells of more, or of another
    /// certificate, there is none: an SVID has exactly one (SPIFFE X509-SVID, section 2).
    fn certificate(&self) -> Certificate {
        let Some(name) = self.host.property(&["connection", "uri_san_peer_certificate"]) else {
            return Certificate::Missing;
        };
        if self.host.property(&["connection", "mtls"]).as_deref() != Some(&[1]) {
            return Certificate::Missing;
        }
        match self.request.all(CLIENT_CERTIFICATE).last() {
            Some(line) if !tells_of_one_name(line, &name) => Certificate::OfSeveral,
            Some(_) | None => Certificate::Of(name),
        }
    }
}

/// The client certificate of a connection.
enum Certificate {
    /// There is none, or it was not verified.
    Missing,
    /// It has this URI name.
    Of(Vec<u8>),
    /// It has others, too, or it cannot be told.
    OfSeveral,
}

/// Whether the last element of the header, which is of the connection at hand, has this URI name and no other, or names
/// none because the connection manager was not told to.
fn tells_of_one_name(line: &[u8], name: &[u8]) -> bool {
    let element = Parts { rest: Some(line), separator: b',' }.last().unwrap_or_default();
    let mut has_hash = false;
    let mut names = Vec::new();
    for pair in (Parts { rest: Some(element), separator: b';' }) {
        let mut pair = pair.splitn(2, |&byte| byte == b'=');
        let key = pair.next().unwrap_or_default().trim_ascii();
        let value = pair.next().unwrap_or_default();
        has_hash |= key.eq_ignore_ascii_case(b"hash");
        if key.eq_ignore_ascii_case(b"uri") {
            names.push(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value));
        }
    }
    // Every element has a hash: without it a name with a comma was taken apart.
    has_hash && names.iter().all(|known| *known == name) && names.len() < 2
}

/// The parts of a text between separators that stand outside quotes.
struct Parts<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = rest.iter().position(|&byte| {
            let is_plain = !std::mem::take(&mut escaped);
            quoted ^= is_plain && byte == b'"';
            escaped = is_plain && quoted && byte == b'\\';
            !quoted && byte == self.separator
        });
        let (part, after) = match end {
            Some(end) => rest.split_at(end),
            None => (rest, &[][..]),
        };
        self.rest = end.and_then(|_| after.split_first()).map(|(_, after)| after);
        Some(part)
    }
}

impl<H: Host> Evidence for RequestEvidence<'_, H> {
    /// The SPIFFE id of the peer: from its client certificate, or, where the peer of the connection is a tunnel, from
    /// Istio's filter state. `None` when the two differ.
    fn principal(&self) -> Option<String> {
        let tunnel = self.host.property(&["filter_state", "io.istio.peer_principal"]);
        let principal = match (self.certificate(), tunnel) {
            (Certificate::Of(name), Some(tunnel)) => (name == tunnel).then_some(tunnel),
            (Certificate::Of(name), None) => Some(name),
            (Certificate::Missing, tunnel) => tunnel,
            (Certificate::OfSeveral, _) => None,
        };
        String::from_utf8(principal?).ok()
    }

    fn claim(&self, payload: &str, name: &str) -> Vec<String> {
        let metadata = self.metadata.get_or_init(|| self.host.property(&["metadata"]).unwrap_or_default());
        metadata::texts(metadata, [JWT, payload, name])
    }

    fn header(&self, name: &str) -> Option<String> {
        let value = self.request.only(name)?;
        std::str::from_utf8(value).ok().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::host::fake::Fake;

    fn principal(properties: &[(&str, &[u8])]) -> Option<String> {
        let host = Fake::default();
        for (path, value) in properties {
            host.put_property(path, value);
        }
        RequestEvidence::new(&host, &Headers::default()).principal()
    }

    #[test]
    fn principal_needs_a_certificate_and_no_contradiction() {
        const SAN: &str = "connection.uri_san_peer_certificate";
        const MTLS: &str = "connection.mtls";
        const STATE: &str = "filter_state.io/istio/peer_principal";
        let a: &[u8] = b"spiffe://t/a";
        let b: &[u8] = b"spiffe://t/b";
        let is_a = Some("spiffe://t/a".to_owned());
        assert_eq!(principal(&[]), None);
        assert_eq!(principal(&[(SAN, a)]), None);
        assert_eq!(principal(&[(SAN, a), (MTLS, &[0])]), None);
        assert_eq!(principal(&[(SAN, a), (MTLS, &[1])]), is_a);
        assert_eq!(principal(&[(STATE, a)]), is_a);
        assert_eq!(principal(&[(SAN, a), (MTLS, &[1]), (STATE, a)]), is_a);
        assert_eq!(principal(&[(SAN, a), (MTLS, &[1]), (STATE, b)]), None);
        assert_eq!(principal(&[(STATE, b"\xff")]), None);
    }

    #[test]
    fn certificate_with_two_uri_names_is_that_of_no_caller() {
        let of = |line: &str| {
            let host = Fake::default();
            host.put_property("connection.uri_san_peer_certificate", b"spiffe://t/a");
            host.put_property("connection.mtls", &[1]);
            let request = Headers::from_lines([(CLIENT_CERTIFICATE.as_bytes(), line.as_bytes())].into_iter());
            RequestEvidence::new(&host, &request).principal()
        };
        for line in [
            "Hash=0;URI=spiffe://t/a",
            "By=spiffe://t/s;Hash=0;Subject=\"CN=x,O=y;URI=z\";URI=spiffe://t/a;DNS=a",
            "Hash=1;URI=spiffe://t/b;URI=spiffe://t/c,Hash=0;Subject=\"\";URI=\"spiffe://t/a\"",
            "Hash=0;Subject=\"CN=x\"",
        ] {
            assert_eq!(of(line).as_deref(), Some("spiffe://t/a"), "{line}");
        }
        for line in [
            "Hash=0;URI=spiffe://t/a;URI=spiffe://t/b",
            "Hash=0;URI=spiffe://t/b;URI=spiffe://t/a",
            "Hash=0;URI=spiffe://t/a;URI=spiffe://t/a",
            "Hash=0;URI=spiffe://t/a;URI=x,URI=spiffe://t/a",
            "Hash=0;URI=spiffe://t/a,URI=spiffe://t/a",
            "Hash=0;URI=spiffe://t/b",
            "Hash=0;URI=spiffe://t/a,",
            "",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn claim_is_read_from_the_metadata_of_the_filter_that_verified_it() {
        let host = Fake::default();
        let payload = json!({ "groups": ["dev", "admin"], "role": "x" });
        let filters = json!({ (JWT): { "payload": payload }, "other": { "payload": { "team": "x" } } });
        host.put_property("metadata", &metadata::write::metadata(&filters));
        let request = Headers::default();
        let evidence = RequestEvidence::new(&host, &request);
        assert_eq!(evidence.claim("payload", "groups"), ["dev", "admin"]);
        assert_eq!(evidence.claim("payload", "role"), ["x"]);
        assert!(evidence.claim("payload", "team").is_empty());
        assert!(evidence.claim("other", "role").is_empty());
        assert_eq!(host.calls(), 1, "the metadata is asked for once");
    }

    #[test]
    fn header_with_two_lines_is_no_evidence() {
        let host = Fake::default();
        let twice = Headers::from_lines([(&b"x-who"[..], &b"a"[..]), (&b"x-who"[..], &b"a"[..])].into_iter());
        assert_eq!(RequestEvidence::new(&host, &twice).header("x-who"), None);
        let once = Headers::from_lines([(&b"x-who"[..], &b"a"[..])].into_iter());
        assert_eq!(RequestEvidence::new(&host, &once).header("x-who"), Some("a".to_owned()));
    }
}
