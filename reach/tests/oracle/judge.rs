//! Judges one packet on the raw objects, sentence by sentence of the API reference; nothing is prepared or shared.

use std::net::IpAddr;

use serde_json::Value;

use crate::random::{Pod, World};

/// Who sends or receives.
#[derive(Debug, PartialEq)]
pub enum Party {
    Pod(usize),
    Address(IpAddr),
}

/// The first packet of a connection.
pub struct Packet<'a> {
    pub source: &'a Party,
    pub destination: &'a Party,
    pub protocol: &'a str,
    pub port: u16,
}

/// "For a connection from a source pod to a destination pod to be allowed, both the egress policy on the source pod and
/// the ingress policy on the destination pod need to allow the connection."
pub fn delivered(world: &World, packet: &Packet<'_>) -> bool {
    leaves(world, packet) && enters(world, packet)
}

fn leaves(world: &World, packet: &Packet<'_>) -> bool {
    let Party::Pod(at) = packet.source else { return true };
    gate(world, &world.pods[*at], packet, packet.destination, "Egress", "egress", "to")
}

fn enters(world: &World, packet: &Packet<'_>) -> bool {
    let Party::Pod(at) = packet.destination else { return true };
    gate(world, &world.pods[*at], packet, packet.source, "Ingress", "ingress", "from")
}

fn gate(world: &World, own: &Pod, packet: &Packet<'_>, other: &Party, kind: &str, list: &str, peers: &str) -> bool {
    if own.on_node {
        return true; // "NetworkPolicy does not apply to hostNetwork pods"
    }
    let admin = |kind_of_policy: &str| first_admin(world, own, packet, other, (list, peers), kind_of_policy);
    match admin("AdminNetworkPolicy").as_deref() {
        Some("Allow") => return true,
        Some("Deny") => return false,
        _ => {}
    }
    let mut isolated = false;
    for policy in &world.policies {
        if policy["metadata"]["namespace"] != own.namespace.as_str() {
            continue;
        }
        let spec = &policy["spec"];
        if !selected(&spec["podSelector"], &own.labels) || !types(spec).contains(&kind) {
            continue;
        }
        isolated = true;
        for rule in spec[list].as_array().into_iter().flatten() {
            if peer_fits(world, &own.namespace, &rule[peers], other) && port_fits(world, &rule["ports"], packet) {
                return true; // "isolated ... allowed by the union of what the policies allow"
            }
        }
    }
    if isolated {
        return false;
    }
    admin("BaselineAdminNetworkPolicy").as_deref() != Some("Deny")
}

/// "The relative order of rules within a single object matters; policies with lower priority values are asked first."
/// The action of the first rule that matches.
fn first_admin(
    world: &World,
    own: &Pod,
    packet: &Packet<'_>,
    other: &Party,
    (list, peers): (&str, &str),
    kind: &str,
) -> Option<String> {
    let mut policies: Vec<&Value> = world.admin.iter().filter(|policy| policy["kind"] == kind).collect();
    policies.sort_by_key(|policy| policy["spec"]["priority"].as_i64());
    for policy in policies {
        if !in_scope(world, &policy["spec"]["subject"], own) {
            continue;
        }
        for rule in policy["spec"][list].as_array().unwrap() {
            let named = rule[peers].as_array().unwrap().iter().any(|peer| admin_peer(world, peer, other));
            let ports = rule
                .get("ports")
                .is_none_or(|ports| ports.as_array().unwrap().iter().any(|p| admin_port(world, p, packet)));
            if named && ports {
                return Some(rule["action"].as_str().unwrap().to_owned());
            }
        }
    }
    None
}

fn in_scope(world: &World, subject: &Value, pod: &Pod) -> bool {
    let namespace = world.namespace_labels(&pod.namespace);
    !pod.on_node
        && match subject.get("namespaces") {
            Some(selector) => selected(selector, &namespace),
            None => {
                selected(&subject["pods"]["namespaceSelector"], &namespace)
                    && selected(&subject["pods"]["podSelector"], &pod.labels)
            }
        }
}

fn admin_peer(world: &World, peer: &Value, other: &Party) -> bool {
    if let Some(networks) = peer.get("networks") {
        let address = match other {
            Party::Address(address) => *address,
            Party::Pod(at) => world.pods[*at].address,
        };
        return networks.as_array().unwrap().iter().any(|cidr| in_block(cidr.as_str().unwrap(), address));
    }
    matches!(other, Party::Pod(at) if in_scope(world, peer, &world.pods[*at]))
}

fn admin_port(world: &World, port: &Value, packet: &Packet<'_>) -> bool {
    let number = u64::from(packet.port);
    if let Some(name) = port.get("namedPort") {
        let Party::Pod(at) = packet.destination else { return false };
        return world.pods[*at].ports.iter().any(|(known, protocol, port)| {
            name == known.as_str() && protocol == packet.protocol && *port == packet.port
        });
    }
    let (form, first, last) = match port.get("portNumber") {
        Some(single) => (single, "port", "port"),
        None => (&port["portRange"], "start", "end"),
    };
    form["protocol"] == packet.protocol
        && form[first].as_u64().unwrap() <= number
        && number <= form[last].as_u64().unwrap()
}

/// "If no policyTypes are specified on a NetworkPolicy then by default Ingress will always be set and Egress will be set
/// if the NetworkPolicy has any egress rules."
fn types(spec: &Value) -> Vec<&str> {
    let written: Vec<&str> = spec["policyTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !written.is_empty() {
        return written;
    }
    match spec["egress"].as_array() {
        Some(rules) if !rules.is_empty() => vec!["Ingress", "Egress"],
        _ => vec!["Ingress"],
    }
}

/// "If this field is empty or missing, this rule matches all sources." Otherwise any item may match.
fn peer_fits(world: &World, own_namespace: &str, peers: &Value, other: &Party) -> bool {
    let items = peers.as_array().map(Vec::as_slice).unwrap_or_default();
    items.is_empty() || items.iter().any(|peer| one_peer_fits(world, own_namespace, peer, other))
}

fn one_peer_fits(world: &World, own_namespace: &str, peer: &Value, other: &Party) -> bool {
    if let Some(block) = peer.get("ipBlock") {
        let address = match other {
            Party::Address(address) => *address,
            Party::Pod(at) => world.pods[*at].address,
        };
        let out = block["except"].as_array().into_iter().flatten();
        return in_block(block["cidr"].as_str().unwrap(), address)
            && !out.into_iter().any(|except| in_block(except.as_str().unwrap(), address));
    }
    let Party::Pod(at) = other else { return false };
    let pod = &world.pods[*at];
    if pod.on_node {
        return false;
    }
    let in_namespace = match peer.get("namespaceSelector") {
        None => pod.namespace == own_namespace,
        Some(selector) => selected(selector, &world.namespace_labels(&pod.namespace)),
    };
    let has_labels = match peer.get("podSelector") {
        None => true,
        Some(selector) => selected(selector, &pod.labels),
    };
    in_namespace && has_labels
}

/// "If this field is empty or missing, this rule matches all ports." A missing port is every port of the protocol; a
/// missing protocol is TCP; a name is looked up on the pod that receives.
fn port_fits(world: &World, ports: &Value, packet: &Packet<'_>) -> bool {
    let items = ports.as_array().map(Vec::as_slice).unwrap_or_default();
    items.is_empty()
        || items.iter().any(|item| {
            if item["protocol"].as_str().unwrap_or("TCP") != packet.protocol {
                return false;
            }
            match (&item["port"], item["endPort"].as_u64()) {
                (Value::Null, _) => true,
                (Value::Number(number), None) => number.as_u64() == Some(u64::from(packet.port)),
                (Value::Number(number), Some(last)) => {
                    number.as_u64().unwrap() <= u64::from(packet.port) && u64::from(packet.port) <= last
                }
                (Value::String(name), _) => match packet.destination {
                    Party::Address(_) => false,
                    Party::Pod(at) => world.pods[*at].ports.iter().any(|(known, protocol, port)| {
                        known == name && protocol == packet.protocol && *port == packet.port
                    }),
                },
                other => panic!("{other:?}"),
            }
        })
}

/// "The requirements are ANDed"; `matchLabels` is short for `In` with one value.
fn selected(selector: &Value, labels: &[(String, String)]) -> bool {
    let value = |key: &str| labels.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let pairs = selector["matchLabels"].as_object().into_iter().flatten();
    for (key, wanted) in pairs {
        if value(key) != wanted.as_str() {
            return false;
        }
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let found = value(expression["key"].as_str().unwrap());
        let listed =
            expression["values"].as_array().into_iter().flatten().any(|v| v.as_str() == found && found.is_some());
        let holds = match expression["operator"].as_str().unwrap() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            other => panic!("{other}"),
        };
        if !holds {
            return false;
        }
    }
    true
}

/// Compares bit by bit.
fn in_block(cidr: &str, address: IpAddr) -> bool {
    let (base, length) = cidr.split_once('/').unwrap();
    let bits = |address: IpAddr| -> Vec<bool> {
        let bytes = match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
    };
    let (base, address, length) = (bits(base.parse().unwrap()), bits(address), length.parse().unwrap());
    base.len() == address.len() && base[..length] == address[..length]
}
