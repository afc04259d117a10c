//! Where a cluster of a proxy leads: to the protected workload, elsewhere, or it cannot be told.

use meshveil_policy::Policy;

use crate::{
    Options, Proxy,
    dump::{Endpoint, Role, text},
};

/// Where requests go that a route sends to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lead {
    /// To a protected port.
    Workload,
    /// Elsewhere.
    Elsewhere,
    /// Perhaps to a protected port: why it cannot be told.
    Unknown(String),
}

/// A policy and the proxy that is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) proxy: &'a Proxy<'a>,
    pub(crate) policy: &'a Policy,
    pub(crate) options: &'a Options,
}

impl Question<'_> {
    /// Whether the policy protects this port.
    pub(crate) fn is_protected(&self, port: u64) -> bool {
        let ports = &self.policy.workload.ports;
        ports.is_empty() || ports.iter().any(|own| u64::from(own.port.value) == port)
    }

    /// Whether a host of the network is the workload by its name.
    fn is_workload(&self, host: &str) -> bool {
        let mut parts = host.trim_end_matches('.').split('.');
        let service = self.policy.workload.service.as_ref().map(|service| service.name.value.as_str());
        let name = parts.next().unwrap_or_default();
        let is_named = name == self.policy.name.value || service == Some(name);
        // `customers`, `customers.shop`, `customers.shop.svc`, `customers.shop.svc.cluster.local`.
        is_named && parts.next().is_none_or(|namespace| namespace == self.policy.namespace.value)
    }

    /// Where a cluster leads; `chain` is the port that the filter chain is for, where it names one.
    pub(crate) fn lead(&self, name: &str, chain: Option<u64>) -> Lead {
        if self.options.elsewhere.iter().any(|other| other == name) {
            return Lead::Elsewhere;
        }
        if self.options.clusters.iter().any(|other| other == name) {
            return Lead::Workload;
        }
        let port = |text: &str| text.parse::<u64>().ok();
        let mut parts = name.split('|');
        // Istio: BuildSubsetKey and BuildInboundSubsetKey in pilot/pkg/model/push_context.go.
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("inbound"), Some(own), _, _) => {
                if port(own).is_none_or(|own| self.is_protected(own)) {
                    return Lead::Workload;
                }
                // Another port of the pod, unless a Sidecar resource leads it to a protected one.
                return match self.by_endpoints(name) {
                    Some(Lead::Workload) => Lead::Workload,
                    _ => Lead::Elsewhere,
                };
            }
            (Some("inbound-vip" | "outbound"), Some(_), _, Some(host)) => {
                return if self.is_workload(host) { Lead::Workload } else { Lead::Elsewhere };
            }
            _ => {}
        }
        if name.strip_prefix("workload-").and_then(port).is_some_and(|own| self.is_protected(own)) {
            return Lead::Workload;
        }
        let Some(cluster) = self.proxy.clusters.get(name) else {
            return Lead::Unknown("the dump does not hold it".to_owned());
        };
        let kind = text(cluster, "type").unwrap_or(if cluster.get("cluster_type").is_some() {
            "of its own"
        } else {
            "STATIC"
        });
        if kind == "ORIGINAL_DST" {
            return match chain {
                Some(port) if !self.is_protected(port) => Lead::Elsewhere,
                Some(_) => Lead::Workload,
                None => Lead::Unknown("it leads to whatever the client asked for".to_owned()),
            };
        }
        self.by_endpoints(name).unwrap_or_else(|| {
            Lead::Unknown(match kind {
                "EDS" => "the dump does not hold its endpoints: dump with `?include_eds`".to_owned(),
                kind => format!("the dump does not say where a cluster of type `{kind}` leads"),
            })
        })
    }

    /// Where the endpoints of a cluster are; `None` where the dump does not say.
    fn by_endpoints(&self, name: &str) -> Option<Lead> {
        let endpoints = self.proxy.endpoints(name)?;
        let mut lead = Lead::Elsewhere;
        for endpoint in endpoints {
            match endpoint {
                Endpoint::Socket(_, port) if !self.is_protected(*port) => {}
                Endpoint::Socket(host, _) if self.is_workload(host) => return Some(Lead::Workload),
                Endpoint::Socket(host, _) if is_loopback(host) && self.proxy.role != Role::Plain => {
                    return Some(Lead::Workload);
                }
                Endpoint::Socket(host, port) => {
                    let host = crate::dump::shown(host);
                    lead = Lead::Unknown(format!(
                        "port {port} of `{host}` may be the workload: `--cluster NAME` or `--elsewhere NAME` says which"
                    ));
                }
                // Another listener of the proxy, which is looked at itself.
                Endpoint::Internal => {}
                Endpoint::Pipe => lead = Lead::Unknown("a socket of the system may be the workload".to_owned()),
            }
        }
        Some(lead)
    }
}

/// Whether an address is one of the own machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}
