//! Rules for pods with sidecars: what the injector makes of a pod (Istio, injection-template.yaml of the chart
//! istio-discovery), by its init container, its proxy and their image.

use meshveil_objects::well_known::{INIT_CONTAINER, NEEDS_PROXY, PROXY_CONTAINER, VALIDATION_CONTAINER, annotation};

use super::{Validation, every, texts};
use crate::Source;

/// Whether the container `c` bears a name of Istio's. A name is for the taking: another rule has them all run Istio's image,
/// with Istio's arguments.
pub(super) const IS_ISTIOS: &str = "c.name in ['istio-proxy', 'istio-init', 'istio-validation']";

/// What the arguments of the init container begin with: each a value, or what must hold for `c.args[N]`.
const ARGUMENTS: [&str; 17] = [
    "== 'istio-iptables'",
    "== '-p'",
    "",
    "== '-z'",
    "== '15006'",
    "== '-u'",
    "",
    "== '-m'",
    "in ['REDIRECT', 'TPROXY']",
    "== '-i'",
    "",
    "== '-x'",
    "",
    "== '-b'",
    "== '*'",
    "== '-d'",
    ".split(',').all(p, p.trim() in ['', '15020', '15021', '15090'])",
];

/// Options that stand behind them at most: none of them takes an inbound port or an interface out.
const OPTIONS: [&str; 6] = ["-q", "-o", "--log_as_json", "--force-apply", "--native-nftables", "--run-validation"];

/// What stands for an option in the environment (istio-iptables, cmd/root.go) and makes the init container do nothing, or less.
const QUIET: [&str; 10] = [
    "CLEANUP_ONLY",
    "CNI_MODE",
    "DRY_RUN",
    "FORCE_IPTABLES_BINARY",
    "INBOUND_TUNNEL_PORT",
    "ISTIO_EXCLUDE_INTERFACES",
    "ISTIO_INBOUND_TPROXY_MARK",
    "KUBE_VIRT_INTERFACES",
    "NETWORK_NAMESPACE",
    "SKIP_RULE_APPLY",
];

/// What makes a proxy of another kind of it.
const OTHER_PROXY: [&str; 3] = ["DISABLE_ENVOY", "ISTIO_BOOTSTRAP", "ISTIO_BOOTSTRAP_OVERRIDE"];

pub(super) fn variables() -> Vec<(&'static str, String)> {
    let own = |list: &str| format!("{list}.filter(c, c.name == '{PROXY_CONTAINER}')");
    vec![
        ("redirects", format!("variables.inits.filter(c, c.name in ['{INIT_CONTAINER}', '{VALIDATION_CONTAINER}'])")),
        ("proxies", own("object.spec.containers")),
        ("nativeProxies", own("variables.inits")),
        // The one image of Istio's containers.
        (
            "image",
            "variables.redirects.size() == 1 && has(variables.redirects[0].image) ? variables.redirects[0].image : ''"
                .to_owned(),
        ),
        // Its name, without registry, tag and digest.
        (
            "proxyName",
            "variables.image.split('@')[0].split('/')[variables.image.split('@')[0].split('/').size() - 1].split(':')[0]".to_owned(),
        ),
    ]
}

/// Names of images of Istio's proxies, upstream, of clouds, and of OpenShift Service Mesh.
const NAMES: [&str; 6] =
    ["proxyv2", "istio-proxyv2", "proxyv2-rhel8", "proxyv2-rhel9", "istio-proxyv2-rhel8", "istio-proxyv2-rhel9"];

/// Whether the image is Istio's: in the platform's own place where the policy names it, else by its name.
fn is_istios_image(source: &Source<'_>) -> String {
    match source.policy.cluster.proxy_image.as_ref() {
        Some(image) => {
            let image = super::text(&image.value);
            format!("(variables.image.startsWith({image} + ':') || variables.image.startsWith({image} + '@'))")
        }
        None => format!("variables.proxyName in {}", texts(NAMES)),
    }
}

/// The init container does what Istio's does, for every port of the application.
fn redirects() -> String {
    let fixed = ARGUMENTS.iter().enumerate().filter(|(_, holds)| !holds.is_empty());
    let fixed: Vec<String> = fixed
        .map(|(at, holds)| {
            let dot = if holds.starts_with('.') { "" } else { " " };
            format!("c.args[{at}]{dot}{holds}")
        })
        .collect();
    let size = ARGUMENTS.len();
    let once = "['-p', '-z', '-u', '-m', '-i', '-x', '-b', '-d'].all(o, c.args.filter(a, a == o).size() == 1)";
    let known = texts(OPTIONS);
    // The validation of Istio's network plugin leaves the rules to the plugin, and fails where they are not there.
    let options = format!(
        "c.args.all(a, !a.startsWith('-') || a in ['-p', '-z', '-u', '-m', '-i', '-x', '-b', '-d'] || a in {known} || a.startsWith('--log_output_level=') || (a == '--skip-rule-apply' && '--run-validation' in c.args))"
    );
    let environment = format!("(!has(c.env) || c.env.all(e, !(e.name.upperAscii() in {})))", texts(QUIET));
    format!(
        "variables.redirects.size() != 1 || variables.redirects.all(c, !has(c.command) && has(c.args) && c.args.size() >= {size} && {} && {once} && {options} && {environment})",
        fixed.join(" && ")
    )
}

/// The proxy is the one of the template `sidecar`.
fn proxy() -> String {
    let condition = format!(
        "!has(c.command) && (!has(c.args) || c.args.size() > 1 && c.args[0] == 'proxy' && c.args[1] == 'sidecar' && c.args.all(a, !a.startsWith('--templateFile'))) && (!has(c.env) || c.env.all(e, !(e.name in {})))",
        texts(OTHER_PROXY)
    );
    format!("variables.proxies.all(c, {condition}) && variables.nativeProxies.all(c, {condition})")
}

pub(super) fn validations(source: &Source<'_>) -> Vec<Validation> {
    let rule = |expression: String, message: &str| (expression, message.to_owned());
    let has = |key: &str| format!("has(object.metadata.annotations) && '{key}' in object.metadata.annotations");
    let value = |key: &str| format!("object.metadata.annotations['{key}']");
    let unless = |key: &str, holds: &str| format!("!({}) || {}{holds}", has(key), value(key));
    let names = format!("['{PROXY_CONTAINER}', '{INIT_CONTAINER}', '{VALIDATION_CONTAINER}']");
    let image = format!("!(c.name in {names}) || has(c.image) && c.image == variables.image");
    let old = "oldObject.spec.containers.exists(o, o.name == c.name && o.image == c.image) || has(oldObject.spec.initContainers) && oldObject.spec.initContainers.exists(o, o.name == c.name && o.image == c.image)";
    let is_proxys = |context: &str, field: &str| {
        let id = format!("{context}.{field}");
        format!("(!has({id}) || {id} != 1337 && variables.redirects.all(r, !has(r.args) || !(string({id}) in r.args)))")
    };
    let ids = |context: &str| format!("{} && {}", is_proxys(context, "runAsUser"), is_proxys(context, "runAsGroup"));
    let forbidden = texts([
        annotation::EXCLUDE_INTERFACES,
        annotation::KUBEVIRT_INTERFACES,
        annotation::REROUTE_INTERFACES,
        annotation::BOOTSTRAP_OVERRIDE,
        annotation::PROXY_IMAGE,
    ]);
    vec![
        rule(NEEDS_PROXY.to_owned(), "without a sidecar, just one, nothing would be masked"),
        rule(
            "variables.redirects.size() == 1".to_owned(),
            "without an init container of Istio, just one, traffic is not redirected to the proxy",
        ),
        rule(
            redirects(),
            "the init container does not redirect every inbound port of the application as Istio's own does",
        ),
        rule(proxy(), "the container istio-proxy is not the sidecar that Istio injects"),
        rule(
            format!("variables.redirects.size() != 1 || {} && {}", is_istios_image(source), every(&image)),
            "the containers of Istio have to run Istio's own image, all of them the same",
        ),
        rule(
            format!("oldObject == null || {}", every(&format!("!(c.name in {names}) || {old}"))),
            "the image of a running proxy stays as it is: delete the pod to change it",
        ),
        rule(
            format!(
                "(!has(object.spec.securityContext) || {}) && {}",
                ids("object.spec.securityContext"),
                every(&format!("{IS_ISTIOS} || !has(c.securityContext) || {}", ids("c.securityContext")))
            ),
            "traffic of the proxy's own user and group, mostly 1337, is not redirected",
        ),
        // Where Istio's network plugin is used, it reads these; the injector writes them itself.
        rule(
            unless(
                annotation::EXCLUDE_INBOUND_PORTS,
                ".split(',').all(p, p.trim() in ['', '15020', '15021', '15090'])",
            ),
            "every inbound port of the application goes through the proxy",
        ),
        rule(
            unless(annotation::INCLUDE_INBOUND_PORTS, " == '*'"),
            "every inbound port of the application goes through the proxy",
        ),
        rule(
            unless(annotation::INTERCEPTION_MODE, " in ['REDIRECT', 'TPROXY']"),
            "traffic that is not redirected is not masked",
        ),
        rule(
            format!("!has(object.metadata.annotations) || {forbidden}.all(key, !(key in object.metadata.annotations))"),
            "this annotation changes the proxy or moves traffic past it",
        ),
    ]
}
