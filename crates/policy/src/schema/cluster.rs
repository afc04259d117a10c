//! What a policy says of the cluster around its workload: Services, stores, and the parts of the mesh.

use super::{
    Key, Kind, Object,
    objects::{optional, required},
};

// Which pods, or which addresses, and how they are reached: the same wherever a policy names others.
pub(super) const NAMESPACE: Key =
    optional("namespace", Kind::Name, "", "Namespace of the pods; that of the policy where it is not given.");
pub(super) const PODS: Key =
    optional("pods", Kind::Labels, "", "Labels of the pods; all of the namespace where they are not given.");
pub(super) const ADDRESSES: Key =
    optional("cidr", Kind::Cidr, "", "Addresses outside the cluster, such as `10.20.0.0/16`.");
pub(super) const PORTS: Key = required("ports", Kind::List(&Kind::Port), "Ports of the pods or addresses.");
pub(super) const PROTOCOL: Key = optional("protocol", Kind::Word(&["TCP", "UDP"]), "\"TCP\"", "What the ports speak.");

/// `spec.workload.service`.
pub static SERVICE: Object = Object {
    id: "service",
    what: "`service`",
    summary: "A Service in the namespace of the policy.",
    keys: &[
        required("name", Kind::Name, "Its name."),
        optional("port", Kind::Port, "", "Its own port, not that of the container."),
    ],
    any_of: &[],
};

/// An entry of `spec.stores`.
pub static STORE: Object = Object {
    id: "store",
    what: "a store",
    summary: "A peer that keeps the data. Where it is pods by their labels, no other workload connects to it.",
    keys: &[
        required("name", Kind::Name, "Name for reports."),
        NAMESPACE,
        PODS,
        ADDRESSES,
        PORTS,
        PROTOCOL,
        optional(
            "peers",
            Kind::List(&Kind::Object(&OWN_PORT)),
            "[]",
            "Ports on which its pods talk to each other: replication, elections.",
        ),
        optional(
            "clients",
            Kind::List(&Kind::Object(&CLIENT)),
            "[]",
            "Who else connects to it: its operator, its exporter of metrics, backups. They get round the filter.",
        ),
    ],
    any_of: &["namespace", "pods", "cidr"],
};

/// An entry of `workload.peers` and `stores.peers`.
pub static OWN_PORT: Object = Object {
    id: "ownPort",
    what: "a port",
    summary: "A port on which pods of one kind talk to each other.",
    keys: &[
        required("port", Kind::Port, "Its number."),
        optional("protocol", Kind::Word(&["TCP", "UDP"]), "\"TCP\"", "What it speaks."),
    ],
    any_of: &[],
};

/// An entry of `stores.clients` and `spec.passthrough`.
pub static CLIENT: Object = Object {
    id: "client",
    what: "a client",
    summary: "Pods, by `namespace` and `pods`, or addresses, by `cidr`, that may open connections.",
    keys: &[
        required("name", Kind::Name, "Name for reports."),
        NAMESPACE,
        PODS,
        ADDRESSES,
        optional("ports", Kind::List(&Kind::Port), "", "Ports; those of the store or workload where none is given."),
    ],
    any_of: &["namespace", "pods", "cidr"],
};

/// `spec.cluster`.
pub static CLUSTER: Object = Object {
    id: "cluster",
    what: "`cluster`",
    summary: "What the generated rules need to know of the cluster. Everything has a default.",
    keys: &[
        optional(
            "platform",
            Kind::Word(&["kubernetes", "kind", "gke", "eks", "aks", "openshift"]),
            "\"kubernetes\"",
            "What kind of cluster it is. Names are looked up in `kube-system`, at port 53, and on the node at 169.254.20.10; on `gke` at \
             the metadata server, too, on `aks` at 169.254.10.10 and 169.254.10.11, on `openshift` in `openshift-dns`, at port 5353.",
        ),
        optional("dns", Kind::List(&Kind::Object(&PLACE)), "", "DNS servers, in place of those of the platform."),
        optional(
            "istiod",
            Kind::Object(&PLACE),
            "",
            "Istio's control plane; every pod of `istio-system`, port 15012, where it is not given.",
        ),
        optional(
            "registry",
            Kind::List(&Kind::Object(&PLACE)),
            "[]",
            "Where proxies fetch the module (port 443 where none is given). NetworkPolicies know no names of hosts: give its addresses, \
             or those of a mirror in the cluster. Without it the network has to let proxies through by another rule.",
        ),
        optional(
            "envoyGateway",
            Kind::Name,
            "\"envoy-gateway-system\"",
            "The namespace in which Envoy Gateway runs its proxies.",
        ),
        optional(
            "hbone",
            Kind::Word(&["on", "off"]),
            "\"off\"",
            "Whether sidecars take connections in tunnels, as in meshes of Istio's ambient profile (`ISTIO_META_ENABLE_HBONE`): port 15008 is \
             opened, too.",
        ),
        optional(
            "proxyImage",
            Kind::Text,
            "",
            "The image of Istio's proxies, without tag, such as `docker.io/istio/proxyv2`: no other image may call itself one. Without \
             it any image with the name `proxyv2` counts.",
        ),
    ],
    any_of: &[],
};

/// An entry of `spec.environments`.
pub static ENVIRONMENT: Object = Object {
    id: "environment",
    what: "an environment",
    summary: "The same policy in another namespace. What is not given is as in the policy.",
    keys: &[
        required("name", Kind::Name, "Its name, and that of the overlay."),
        required("namespace", Kind::Name, "The namespace that takes the place of the policy's."),
        optional("trustDomain", Kind::Text, "", "The trust domain of SPIFFE ids."),
        optional("keyId", Kind::Text, "", "`key.id` there."),
        optional("url", Kind::Text, "", "Where its proxies get the module, such as a mirror."),
        optional("sha256", Kind::Text, "", "The digest that they check."),
        optional(
            "cluster",
            Kind::Object(&CLUSTER),
            "",
            "Where the parts of its mesh are, in place of all of `spec.cluster`.",
        ),
    ],
    any_of: &[],
};

/// A place of `spec.cluster`.
pub static PLACE: Object = Object {
    id: "place",
    what: "a place",
    summary: "Pods, by `namespace` and `pods`, or addresses, by `cidr`.",
    keys: &[
        NAMESPACE,
        PODS,
        optional("cidr", Kind::Cidr, "", "Addresses, such as `169.254.20.10/32`."),
        optional(
            "ports",
            Kind::List(&Kind::Port),
            "",
            "Ports of the pods or addresses; the usual ones where none is given.",
        ),
    ],
    any_of: &["namespace", "pods", "cidr"],
};
