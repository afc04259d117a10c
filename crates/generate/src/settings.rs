//! What the generator is asked for, besides the policy.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use meshveil_text::Cidr;

use crate::{Environment, Error};

/// What the workloads run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Istio with a sidecar beside each workload.
    IstioSidecar,
    /// Istio without sidecars: ztunnel on the nodes, a waypoint in front of the workload.
    IstioAmbient,
    /// Envoy alone, with a docker-compose file.
    Envoy,
    /// Envoy Gateway in front of the workload.
    EnvoyGateway,
}

/// A release such as `1.29`; patch releases do not matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The number before the first dot.
    pub major: u16,
    /// The number after it.
    pub minor: u16,
}

impl Version {
    /// A version.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('.').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        });
        match (parts.next().flatten(), parts.next().flatten(), parts.next(), parts.next()) {
            (Some(major), Some(minor), None | Some(Some(_)), None) => Ok(Self { major, minor }),
            _ => Err("expected a release such as `1.29`".to_owned()),
        }
    }
}

/// What the generator is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the workloads run on.
    pub target: Target,
    /// The release of Istio.
    pub istio: Version,
    /// The release of Envoy, for Envoy alone. Elsewhere it is that of the mesh: see [`Settings::proxy`].
    pub envoy: Version,
    /// Where proxies get the module: `oci://…`, `https://…`, or a path for Envoy alone.
    pub url: String,
    /// SHA-256 in hexadecimal digits: for `oci://…` that of the image's manifest (Istio, pkg/wasm/cache.go; Envoy Gateway,
    /// `ImageWasmCodeSource`), else that of the module.
    pub sha256: Option<String>,
    /// Where else the policy applies.
    pub environments: Vec<Environment>,
}

impl Settings {
    /// The first release of Istio with TrafficExtension, which supersedes WasmPlugin.
    pub const TRAFFIC_EXTENSION: Version = Version::new(1, 30);
    /// The first release of Istio in which an EnvoyFilter reaches a waypoint.
    pub const WAYPOINT_FILTERS: Version = Version::new(1, 29);
    /// The first release of Envoy that loads a crashed module again (`FAIL_RELOAD`).
    pub const RELOADS: Version = Version::new(1, 33);
    /// The first release of Envoy in which response headers can wait for the body (`allow_on_headers_stop_iteration`).
    pub const STRICT: Version = Version::new(1, 35);

    /// The release of the Envoy that will run. Istio 1.x ships Envoy 1.(x + 8).
    #[must_use]
    pub const fn proxy(&self) -> Version {
        match self.target {
            Target::IstioSidecar | Target::IstioAmbient => Version::new(1, self.istio.minor.saturating_add(8)),
            Target::Envoy | Target::EnvoyGateway => self.envoy,
        }
    }

    /// The host of the module's address, with its port where one is written; none where no proxy fetches it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let (scheme, rest) = self.url.split_once("://")?;
        let host = rest.split('/').next().filter(|host| !host.is_empty())?;
        (scheme != "file" && self.target != Target::Envoy).then_some(host)
    }

    /// Where proxies fetch the module, where its address is one of a host and no name.
    pub(crate) fn address(&self) -> Option<(Cidr, u16)> {
        let host = self.host()?;
        let usual = if self.url.starts_with("http://") { 80 } else { 443 };
        let address = host.parse::<SocketAddr>().map(|address| (address.ip(), address.port())).ok();
        let bare = || host.trim_matches(['[', ']']).parse::<IpAddr>().ok().map(|address| (address, usual));
        let (address, port) = address.or_else(bare)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Some((format!("{address}/{bits}").parse().ok()?, port))
    }

    /// Fails on settings that nothing can be written for.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.target == Target::Envoy && !self.environments.is_empty() {
            return Err(Error::NoEnvironments);
        }
        let (mut names, mut namespaces) = (BTreeSet::new(), BTreeSet::new());
        for Environment { name, namespace, .. } in &self.environments {
            if !names.insert(name) {
                return Err(Error::SameEnvironment(name.clone()));
            }
            if !namespaces.insert(namespace) {
                return Err(Error::SameEnvironment(namespace.clone()));
            }
        }
        // Istio: WasmPlugin.url; Envoy Gateway: WasmCodeSource; docker-compose: the short syntax of volumes.
        let (schemes, expected): (&[&str], _) = match self.target {
            Target::IstioSidecar | Target::IstioAmbient => {
                (&["oci://", "https://", "http://", "file://"], "`oci://…`, `https://…`, `http://…` or `file://…`")
            }
            Target::EnvoyGateway => (&["oci://", "https://", "http://"], "`oci://…`, `https://…` or `http://…`"),
            Target::Envoy => (&["./", "../", "/"], "a path that begins with `/`, `./` or `../`, without `:`"),
        };
        let rest = schemes.iter().find_map(|scheme| self.url.strip_prefix(scheme)).unwrap_or_default();
        let is_fit = |letter: char| match self.target {
            Target::Envoy => !letter.is_control() && letter != ':',
            _ => !letter.is_control() && !letter.is_whitespace(),
        };
        if rest.is_empty() || !rest.chars().all(is_fit) {
            let url = self.url.chars().filter(|letter| !letter.is_control()).collect();
            return Err(Error::Url { url, expected });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_module_are_read_where_they_are_no_names() {
        let address = |url: &str| {
            let settings = Settings {
                target: Target::IstioSidecar,
                istio: Version::new(1, 29),
                envoy: Version::new(1, 40),
                url: url.to_owned(),
                sha256: None,
                environments: Vec::new(),
            };
            settings.address().map(|(cidr, port)| format!("{cidr} {port}"))
        };
        for (url, expected) in [
            ("oci://10.1.2.3:5000/meshveil:1", Some("10.1.2.3/32 5000")),
            ("https://10.1.2.3/f.wasm", Some("10.1.2.3/32 443")),
            ("http://[fd00::1]/f.wasm", Some("fd00::1/128 80")),
            ("http://[fd00::1]:8080/f.wasm", Some("fd00::1/128 8080")),
            ("oci://registry.example.com/meshveil:1", None),
            ("file:///10.1.2.3/f.wasm", None),
        ] {
            assert_eq!(address(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn versions_are_releases_with_or_without_a_patch() {
        assert_eq!("1.29".parse(), Ok(Version::new(1, 29)));
        assert_eq!("1.29.3".parse(), Ok(Version::new(1, 29)));
        for wrong in ["", "1", "1.", "1.x", "v1.29", "1.29.", "1.29.3.4", "1.+9", "1.99999"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
