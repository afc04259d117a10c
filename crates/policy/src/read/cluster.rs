//! `spec.cluster`.

use meshveil_text::Node;

use super::{Reader, map::Map, network, scalar};
use crate::{
    ClusterSettings, EnvironmentSettings,
    cluster::{Place, Platform},
    codes, schema,
};

pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<ClusterSettings> {
    let map = Map::read(reader, node, &schema::CLUSTER)?;
    let platform = map.optional("platform").and_then(|node| scalar::word(reader, node, &Platform::NAMES));
    let mut places = |key| {
        let node = map.optional(key)?;
        Some(scalar::items(reader, node).iter().filter_map(|node| place(reader, node)).collect::<Vec<_>>())
    };
    let (dns, registry) = (places("dns").unwrap_or_default(), places("registry").unwrap_or_default());
    let istiod = map.optional("istiod").and_then(|node| place(reader, node));
    let envoy_gateway = map.optional("envoyGateway").and_then(|node| scalar::name(reader, node));
    let words = [("off", false), ("on", true)];
    let hbone = map.optional("hbone").and_then(|node| scalar::word(reader, node, &words)).unwrap_or_default();
    let proxy_image = map.optional("proxyImage").and_then(|node| {
        let image = scalar::text(reader, node)?;
        // A tag or a digest comes behind it.
        let name = image.value.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || image.value.contains(['@', '\'', '\\']) || name.contains(':') {
            reader.error(&codes::BAD_VALUE, node, "expected an image without tag and digest").help =
                Some("such as `docker.io/istio/proxyv2`".to_owned());
            return None;
        }
        Some(image)
    });
    Some(ClusterSettings {
        platform: platform.unwrap_or_default(),
        dns,
        istiod,
        registry,
        envoy_gateway,
        hbone,
        proxy_image,
    })
}

/// `spec.environments`.
pub(super) fn environments(reader: &mut Reader<'_>, node: &Node) -> Vec<EnvironmentSettings> {
    let mut environments = Vec::new();
    for node in scalar::items(reader, node) {
        let Some(map) = Map::read(reader, node, &schema::ENVIRONMENT) else { continue };
        let name = map.required(reader, "name").and_then(|node| scalar::name(reader, node));
        let namespace = map.required(reader, "namespace").and_then(|node| scalar::name(reader, node));
        let mut text = |key| map.optional(key).and_then(|node| scalar::text(reader, node)).map(|text| text.value);
        let (trust_domain, key_id, url) = (text("trustDomain"), text("keyId"), text("url"));
        let sha256 = map.optional("sha256").and_then(|node| {
            let digest = scalar::text(reader, node)?.value.to_ascii_lowercase();
            if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Some(digest);
            }
            reader.error(&codes::BAD_VALUE, node, "expected 64 hexadecimal digits");
            None
        });
        let cluster = map.optional("cluster").and_then(|node| read(reader, node));
        if let (Some(name), Some(namespace)) = (name, namespace) {
            environments.push(EnvironmentSettings { name, namespace, trust_domain, key_id, url, sha256, cluster });
        }
    }
    environments
}

fn place(reader: &mut Reader<'_>, node: &Node) -> Option<Place> {
    let map = Map::read(reader, node, &schema::PLACE)?;
    let ports = map.optional("ports").map(|node| network::ports(reader, node)).unwrap_or_default();
    let to = network::pods_or_addresses(reader, node, &map)?;
    Some(Place { to, ports, span: node.span })
}
