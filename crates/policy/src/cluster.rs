//! What a policy says of the cluster around its workload: where the parts of the mesh are.

use meshveil_text::Span;

use crate::{PeerTo, Protocol, Spanned};

/// What kind of cluster it is. It decides the defaults: see [`Platform::dns`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Platform {
    /// `kubernetes`: any cluster, kind and other local ones included.
    #[default]
    Kubernetes,
    /// `gke`
    Gke,
    /// `eks`
    Eks,
    /// `aks`
    Aks,
    /// `openshift`
    OpenShift,
}

impl Platform {
    /// Every platform by its name in the policy.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("kubernetes", Self::Kubernetes),
        ("kind", Self::Kubernetes),
        ("gke", Self::Gke),
        ("eks", Self::Eks),
        ("aks", Self::Aks),
        ("openshift", Self::OpenShift),
    ];

    /// The namespace of the cluster's DNS servers, and the port of their pods, which is what a NetworkPolicy sees.
    #[must_use]
    pub const fn dns(self) -> (&'static str, u16) {
        match self {
            // OpenShift's servers listen on 5353, their Service on 53 (the operator for DNS).
            Self::OpenShift => ("openshift-dns", 5353),
            _ => ("kube-system", 53),
        }
    }

    /// Addresses at which a node answers for DNS. NodeLocal DNSCache: 169.254.20.10 (Kubernetes, "Using NodeLocal
    /// DNSCache"); Cloud DNS for GKE: the metadata server; LocalDNS of AKS: 169.254.10.10 and 169.254.10.11.
    #[must_use]
    pub const fn node_dns(self) -> &'static [&'static str] {
        match self {
            Self::Gke => &["169.254.20.10/32", "169.254.169.254/32"],
            Self::Aks => &["169.254.20.10/32", "169.254.10.10/31"],
            _ => &["169.254.20.10/32"],
        }
    }
}

/// `spec.cluster`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterSettings {
    /// What kind of cluster it is.
    pub platform: Platform,
    /// DNS servers, in place of those of the platform.
    pub dns: Vec<Place>,
    /// istiod, in place of the pods of `istio-system`.
    pub istiod: Option<Place>,
    /// Where proxies fetch the module.
    pub registry: Vec<Place>,
    /// The namespace of Envoy Gateway and its proxies; none for `envoy-gateway-system`.
    pub envoy_gateway: Option<Spanned<String>>,
    /// Whether sidecars take connections in tunnels, too (`ISTIO_META_ENABLE_HBONE`, which Istio's ambient profile sets).
    pub hbone: bool,
    /// The image of Istio's proxies without tag, such as `docker.io/istio/proxyv2`.
    pub proxy_image: Option<Spanned<String>>,
}

/// Some pods or addresses, and ports of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Who it is.
    pub to: PeerTo,
    /// Ports; empty for the usual ones.
    pub ports: Vec<Spanned<u16>>,
    /// Where the policy says so.
    pub span: Span,
}

/// A port beside those with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPort {
    /// Number, 1 to 65535.
    pub port: Spanned<u16>,
    /// What it speaks.
    pub protocol: Protocol,
}

/// Who else connects to a store, or who passes connections on to the workload without taking part in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Name for reports.
    pub name: Spanned<String>,
    /// Who it is.
    pub from: PeerTo,
    /// Ports; empty for those of the store or the workload.
    pub ports: Vec<Spanned<u16>>,
}

/// Another place where the same policy applies, and what differs there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSettings {
    /// Its name.
    pub name: Spanned<String>,
    /// The namespace that takes the place of the policy's.
    pub namespace: Spanned<String>,
    /// Its trust domain; that of the policy where there is none.
    pub trust_domain: Option<String>,
    /// The id of its key.
    pub key_id: Option<String>,
    /// Where its proxies get the module.
    pub url: Option<String>,
    /// The digest of the module, in hexadecimal digits.
    pub sha256: Option<String>,
    /// Where the parts of its mesh are.
    pub cluster: Option<ClusterSettings>,
}
