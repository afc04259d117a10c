//! Evidence of who is calling, read from the proxy.

use meshveil_plan::Evidence;

use crate::host::{Headers, Host};

/// Where Envoy's `jwt_authn` filter keeps verified payloads.
const JWT_METADATA: [&str; 3] = ["metadata", "filter_metadata", "envoy.filters.http.jwt_authn"];

/// Evidence about the request at hand. Each property is a host call, made only when the plan asks.
pub struct RequestEvidence<'a, H> {
    /// The proxy.
    pub host: &'a H,
    /// The request headers.
    pub request: &'a Headers,
}

impl<H: Host> Evidence for RequestEvidence<'_, H> {
    /// The SPIFFE id of the peer: from its client certificate, or, where the peer of the connection is a tunnel, from
    /// Istio's filter state. `None` when the two differ.
    fn principal(&self) -> Option<String> {
        let certificate = self
            .host
            .property(&["connection", "uri_san_peer_certificate"])
            .filter(|_| self.host.property(&["connection", "mtls"]).as_deref() == Some(&[1]));
        let tunnel = self.host.property(&["filter_state", "io.istio.peer_principal"]);
        let principal = match (certificate, tunnel) {
            (Some(certificate), Some(tunnel)) => (certificate == tunnel).then_some(tunnel),
            (certificate, tunnel) => certificate.or(tunnel),
        };
        String::from_utf8(principal?).ok()
    }

    fn claim(&self, payload: &str, name: &str) -> Vec<String> {
        let [metadata, filters, jwt] = JWT_METADATA;
        let Some(value) = self.host.property(&[metadata, filters, jwt, payload, name]) else {
            return Vec::new();
        };
        strings(value)
    }

    fn header(&self, name: &str) -> Option<String> {
        let value = self.request.only(name)?;
        std::str::from_utf8(value).ok().map(str::to_owned)
    }
}

/// The strings of a claim. Envoy gives a string as its bytes and a list as a serialised map whose names are the
/// items and whose values are empty; a number or boolean comes as its memory and equals no text of a plan.
fn strings(value: Vec<u8>) -> Vec<String> {
    if let Some(list) = Headers::from_serialized(value.clone())
        && list.lines().all(|(_, empty)| empty.is_empty())
    {
        let items = list.lines().filter_map(|(item, _)| std::str::from_utf8(item).ok());
        return items.map(str::to_owned).collect();
    }
    String::from_utf8(value).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::Fake;

    fn principal(properties: &[(&str, &[u8])]) -> Option<String> {
        let host = Fake::default();
        for (path, value) in properties {
            host.put_property(path, value);
        }
        RequestEvidence { host: &host, request: &Headers::default() }.principal()
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
    fn claim_is_a_string_or_a_list_of_strings() {
        let none: &[u8] = b"";
        let list = Headers::from_lines([(&b"dev"[..], none), (&b"support"[..], none)].into_iter());
        let map = Headers::from_lines([(&b"support"[..], &b"x"[..])].into_iter());
        assert_eq!(strings(b"support".to_vec()), ["support"]);
        assert_eq!(strings(list.serialized().to_vec()), ["dev", "support"]);
        assert!(!strings(map.serialized().to_vec()).contains(&"support".to_owned()));
        assert!(strings(b"\xff\xfe".to_vec()).is_empty());
    }

    #[test]
    fn header_with_two_lines_is_no_evidence() {
        let host = Fake::default();
        let twice = Headers::from_lines([(&b"x-who"[..], &b"a"[..]), (&b"x-who"[..], &b"a"[..])].into_iter());
        assert_eq!(RequestEvidence { host: &host, request: &twice }.header("x-who"), None);
        let once = Headers::from_lines([(&b"x-who"[..], &b"a"[..])].into_iter());
        assert_eq!(RequestEvidence { host: &host, request: &once }.header("x-who"), Some("a".to_owned()));
    }
}
