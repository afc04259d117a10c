//! The rules of ValidatingAdmissionPolicies, compiled and run on pods: an expression that does not compile refuses every pod
//! or, worse, the whole policy; one that is too weak admits a pod whose traffic bypasses the proxy.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::{Context, Env, Program, extensions};
use serde_json::{Value, json};

use crate::documents::everything;

/// The rules of one policy.
struct Rules {
    environment: Arc<Env>,
    /// Whether a change is looked at.
    conditions: Vec<Program>,
    /// Each with what is said where it does not hold.
    programs: Vec<(Program, String)>,
}

impl Rules {
    fn compile(spec: &Value) -> Self {
        let mut environment = Env::stdlib();
        // Kubernetes has these, too: `split`, `trim`, `upperAscii`, `replace`.
        environment.add_extension(extensions::strings).unwrap();
        let items = |key: &str| spec[key].as_array().cloned().unwrap_or_default();
        let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
        // Each variable is made of those before it; what it stands for is put in its place.
        let mut variables: Vec<(String, String)> = Vec::new();
        let whole = |variables: &[(String, String)], expression: String| {
            variables
                .iter()
                .fold(expression, |all, (name, value)| all.replace(&format!("variables.{name}"), &format!("({value})")))
        };
        for item in items("variables") {
            let value = whole(&variables, text(&item, "expression"));
            variables.push((text(&item, "name"), value));
        }
        let program = |item: &Value| {
            let expression = whole(&variables, text(item, "expression"));
            assert!(!expression.contains("variables."), "{expression}");
            // A list of containers and one of init containers are of different types for the API server.
            assert!(!expression.contains("object.spec.containers +"), "{expression}");
            environment.compile(&expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
        };
        let conditions = items("matchConditions").iter().map(program).collect();
        let programs = items("validations").iter().map(|item| (program(item), text(item, "message"))).collect();
        Self { conditions, programs, environment: Arc::new(environment) }
    }

    /// The rules that refuse an object in place of an older one, by place. A rule that fails to run refuses it, too, but is
    /// a fault of ours.
    fn broken(&self, old: Option<&Value>, object: &Value) -> Vec<usize> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        context.add_variable("object", cel::to_value(object).unwrap()).unwrap();
        context.add_variable("oldObject", cel::to_value(old.unwrap_or(&Value::Null)).unwrap()).unwrap();
        let holds = |program: &Program| match program.execute(&context) {
            Ok(cel::Value::Bool(holds)) => holds,
            other => panic!("neither true nor false: {other:?}"),
        };
        if !self.conditions.iter().all(holds) {
            return Vec::new();
        }
        let refuses = |place: &usize| !holds(&self.programs[*place].0);
        (0..self.programs.len()).filter(refuses).collect()
    }

    /// What is said against a new pod.
    fn refusals(&self, pod: &Value) -> Vec<&str> {
        self.refusals_of_change(None, pod)
    }

    /// What is said against a change.
    fn refusals_of_change(&self, old: Option<&Value>, object: &Value) -> Vec<&str> {
        self.broken(old, object).into_iter().map(|place| self.programs[place].1.as_str()).collect()
    }
}

/// The image of Istio's proxies.
const PROXY: &str = "docker.io/istio/proxyv2:1.29.0";

/// Arguments of the init container, as the injector of Istio 1.31 writes them (injection-template.yaml), with some behind.
fn redirect(more: &[&str]) -> Value {
    let fixed = "istio-iptables -p 15001 -z 15006 -u 1337 -m REDIRECT -i * -x  -b * -d 15090,15021,15020";
    let all = fixed.split(' ').chain(["--log_output_level=default:info"]).chain(more.iter().copied());
    all.collect::<Vec<_>>().into()
}

/// A pod as Istio's injector leaves it.
fn injected() -> Value {
    json!({
        "metadata": {
            "labels": { "app": "customers", "security.istio.io/tlsMode": "istio" },
            "annotations": { "sidecar.istio.io/interceptionMode": "REDIRECT", "traffic.sidecar.istio.io/includeInboundPorts": "*",
                "traffic.sidecar.istio.io/excludeInboundPorts": "15090,15021" }
        },
        "spec": {
            "initContainers": [{ "name": "istio-init", "image": PROXY, "args": redirect(&[]), "securityContext": {
                "runAsUser": 0, "runAsGroup": 0, "privileged": false, "capabilities": { "add": ["NET_ADMIN", "NET_RAW"] } } }],
            "containers": [
                { "name": "customers", "image": "registry.example.com/customers:1", "ports": [{ "containerPort": 8080 }],
                    "securityContext": { "runAsUser": 1000 } },
                { "name": "istio-proxy", "image": PROXY, "args": ["proxy", "sidecar", "--domain", "shop.svc.cluster.local"],
                    "env": [{ "name": "ISTIO_META_CLUSTER_ID", "value": "Kubernetes" }],
                    "securityContext": { "runAsUser": 1337, "runAsGroup": 1337, "privileged": false } },
            ],
        },
    })
}

/// A pod whose sidecar is an init container that goes on.
fn native() -> Value {
    let mut pod = injected();
    let proxy = pod["spec"]["containers"].as_array_mut().unwrap().pop().unwrap();
    pod["spec"]["initContainers"].as_array_mut().unwrap().push(proxy);
    pod
}

/// A pod whose traffic Istio's network plugin redirects.
fn of_the_plugin() -> Value {
    let mut pod = injected();
    pod["spec"]["initContainers"] = json!([{ "name": "istio-validation", "image": PROXY,
        "args": redirect(&["--run-validation", "--skip-rule-apply"]),
        "securityContext": { "runAsUser": 1337, "runAsGroup": 1337 } }]);
    pod
}

/// A pod of OpenShift, whose proxy has a user of the namespace's own.
fn of_openshift() -> Value {
    let mut pod = of_the_plugin();
    pod["spec"]["initContainers"][0]["args"][6] = json!("1000629999");
    pod["spec"]["containers"][1]["securityContext"] =
        json!({ "runAsUser": 1_000_629_999, "runAsGroup": 1_000_629_999 });
    pod["spec"]["containers"][0]["securityContext"]["runAsUser"] = json!(1_000_620_000);
    pod
}

/// The pod after a change: the value at a place, whose last part may be new.
fn changed(place: &str, value: Value) -> Value {
    let mut pod = injected();
    let (parent, key) = place.rsplit_once('/').unwrap();
    // A key of an annotation holds `/` itself, written `~1` (RFC 6901).
    pod.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
    pod
}

/// The rules for pods of workloads with sidecars, and for all others: each different one once.
fn policies() -> (Vec<Rules>, Vec<Rules>) {
    let all = everything().into_iter().map(|object| object.value);
    let policies = all.filter(|object| object["kind"] == "ValidatingAdmissionPolicy");
    let of_pods = |policy: &Value| policy["metadata"]["name"].as_str().unwrap().ends_with("-pods");
    // Some policies select other pods.
    let same = |policy: &Value| {
        policy.pointer("/spec/matchConstraints/objectSelector/matchLabels") == Some(&json!({ "app": "customers" }))
    };
    let policies = policies.filter(|policy| of_pods(policy) && same(policy));
    let texts: BTreeSet<String> = policies.map(|policy| policy["spec"].to_string()).collect();
    let rules = |text: &String| Rules::compile(&serde_json::from_str(text).unwrap());
    let (sidecar, others): (Vec<_>, Vec<_>) = texts.iter().partition(|text| text.contains("nativeProxies"));
    assert!(!sidecar.is_empty() && !others.is_empty());
    (sidecar.into_iter().map(rules).collect(), others.into_iter().map(rules).collect())
}

/// Pods with one bypass each, and a part of the message that must name it. The first nine are bypasses without a mesh, too.
fn bad() -> Vec<(Value, &'static str)> {
    let annotation =
        |key: &str, value: &str| changed(&format!("/metadata/annotations/{}", key.replace('/', "~1")), json!(value));
    let own = |key: &str, value: Value| changed(&format!("/spec/containers/0/securityContext/{key}"), value);
    let adds = |capability: &str| own("capabilities", json!({ "add": ["CHOWN", capability] }));
    let init = |key: &str, value: Value| changed(&format!("/spec/initContainers/0/{key}"), value);
    let argument = |at: usize, value: &str| {
        let mut pod = injected();
        pod["spec"]["initContainers"][0]["args"][at] = json!(value);
        pod
    };
    let more = |arguments: &[&str]| init("args", redirect(arguments));
    let proxy = |key: &str, value: Value| changed(&format!("/spec/containers/1/{key}"), value);
    let variable = |name: &str| json!([{ "name": name, "value": "true" }]);
    let second = |list: &str, container: Value| {
        let mut pod = injected();
        pod["spec"][list].as_array_mut().unwrap().push(container);
        pod
    };
    let mut all = vec![
        (changed("/spec/hostNetwork", json!(true)), "hostNetwork"),
        (changed("/spec/hostPID", json!(true)), "hostPID"),
        (changed("/spec/hostIPC", json!(true)), "hostIPC"),
        (
            changed(
                "/spec/volumes",
                json!([{ "name": "a", "emptyDir": {} }, { "name": "b", "hostPath": { "path": "/proc" } }]),
            ),
            "hostPath",
        ),
        (changed("/spec/containers/0/ports", json!([{ "containerPort": 8080, "hostPort": 80 }])), "hostPort"),
        (own("privileged", json!(true)), "privileged"),
        (own("procMount", json!("Unmasked")), "privileged"),
        (changed("/spec/ephemeralContainers", json!([{ "name": "debugger", "image": "i" }])), "ephemeral"),
        (changed("/metadata/labels", json!({ "app": "other" })), "labels"),
    ];
    all.extend(
        ["NET_ADMIN", "ALL", "net_raw", "CAP_SYS_ADMIN", "cap_sys_ptrace", "Bpf"]
            .map(|name| (adds(name), "privileged")),
    );
    assert_eq!(all.len(), WITHOUT_MESH);
    all.extend([
        (own("runAsUser", json!(1337)), "1337"),
        (own("runAsGroup", json!(1337)), "1337"),
        (changed("/spec/securityContext", json!({ "runAsUser": 1337 })), "1337"),
        (annotation("traffic.sidecar.istio.io/excludeInboundPorts", "15020, 8080"), "inbound port"),
        (annotation("traffic.sidecar.istio.io/excludeInboundPorts", "*"), "inbound port"),
        (annotation("traffic.sidecar.istio.io/includeInboundPorts", ""), "inbound port"),
        (annotation("traffic.sidecar.istio.io/includeInboundPorts", "9090"), "inbound port"),
        (annotation("sidecar.istio.io/interceptionMode", "NONE"), "redirected"),
        (annotation("traffic.sidecar.istio.io/excludeInterfaces", "eth1"), "annotation"),
        (annotation("traffic.sidecar.istio.io/kubevirtInterfaces", "eth0"), "annotation"),
        (annotation("istio.io/reroute-virtual-interfaces", "eth0"), "annotation"),
        (annotation("sidecar.istio.io/bootstrapOverride", "mine"), "annotation"),
        (annotation("sidecar.istio.io/proxyImage", "mine"), "annotation"),
        (changed("/spec/containers", json!([{ "name": "customers" }])), "without a sidecar"),
        (
            second("containers", json!({ "name": "istio-proxy", "image": PROXY, "args": ["proxy", "sidecar"] })),
            "just one",
        ),
        // `interceptionMode: NONE`, however it was asked for, and templates without a redirection.
        (changed("/spec/initContainers", json!([])), "without an init container"),
        (
            second("initContainers", json!({ "name": "istio-validation", "image": PROXY, "args": redirect(&[]) })),
            "just one",
        ),
        // An init container of one's own under Istio's name.
        (init("image", json!("busybox")), "own image"),
        (init("image", json!("registry.example.com/proxyv2-not/busybox:1")), "own image"),
        (init("command", json!(["true"])), "init container does not redirect"),
        (init("args", json!([])), "init container does not redirect"),
        // A port of the application left out, by an annotation, by the mesh, or by the status port.
        (argument(16, "15090,15021,8080"), "init container does not redirect"),
        (argument(14, "9090"), "init container does not redirect"),
        (argument(14, ""), "init container does not redirect"),
        (argument(8, "NONE"), "init container does not redirect"),
        (more(&["-d", "8080"]), "init container does not redirect"),
        (more(&["-c", "eth0"]), "init container does not redirect"),
        (more(&["-k", "eth0"]), "init container does not redirect"),
        (more(&["--istio-local-exclude-ports", "8080"]), "init container does not redirect"),
        (more(&["--istio-local-exclude-ports=8080"]), "init container does not redirect"),
        (more(&["--skip-rule-apply"]), "init container does not redirect"),
        (more(&["--dry-run"]), "init container does not redirect"),
        (more(&["--cleanup-only"]), "init container does not redirect"),
        (init("env", variable("DRY_RUN")), "init container does not redirect"),
        (init("env", variable("ISTIO_EXCLUDE_INTERFACES")), "init container does not redirect"),
        // A proxy that is none, or another one.
        (proxy("image", json!("registry.example.com/mine:1")), "own image"),
        (proxy("image", json!("docker.io/istio/proxyv2:1.28.0")), "own image"),
        (proxy("command", json!(["sleep", "inf"])), "istio-proxy is not"),
        (proxy("args", json!(["proxy", "router"])), "istio-proxy is not"),
        (proxy("args", json!(["proxy", "sidecar", "--templateFile=/mine"])), "istio-proxy is not"),
        (proxy("env", variable("DISABLE_ENVOY")), "istio-proxy is not"),
        (proxy("env", variable("ISTIO_BOOTSTRAP_OVERRIDE")), "istio-proxy is not"),
    ]);
    all
}

/// How many of [`bad`] are bypasses without a mesh, too.
const WITHOUT_MESH: usize = 15;

#[test]
fn a_pod_as_the_injector_leaves_it_is_admitted() {
    let (sidecar, others) = policies();
    let mut outbound = injected();
    outbound["spec"]["initContainers"][0]["args"] = redirect(&["-o", "5432", "-q", "443", "--log_as_json"]);
    outbound["spec"]["initContainers"][0]["args"][12] = json!("169.254.169.254/32");
    let mut tproxy = injected();
    tproxy["spec"]["initContainers"][0]["args"][8] = json!("TPROXY");
    tproxy["spec"]["containers"][1]["securityContext"] =
        json!({ "capabilities": { "add": ["NET_ADMIN"] }, "runAsGroup": 1337 });
    for policy in &sidecar {
        for pod in [injected(), native(), of_the_plugin(), of_openshift(), outbound.clone(), tproxy.clone()] {
            assert_eq!(policy.refusals(&pod), Vec::<&str>::new(), "{pod}");
        }
    }
    let plain = json!({ "metadata": { "labels": { "app": "customers" } }, "spec": { "containers": [{ "name": "customers" }] } });
    for policy in &others {
        assert_eq!(policy.refusals(&plain), Vec::<&str>::new());
    }
}

/// Pods as the injector of Istio 1.31 (27 August 2026) made them, one in each line, and whether their application is behind the
/// proxy. The API server of Kubernetes 1.36.1 says the same of each.
const INJECTED: &str = include_str!("injected-1.31.jsonl");

#[test]
fn pods_that_the_real_injector_made_are_told_apart() {
    let (sidecar, _) = policies();
    for line in INJECTED.lines() {
        // Some policies name the place of the image.
        let record: Value =
            serde_json::from_str(&line.replace("registry.istio.io/testing/proxyv2:latest", PROXY)).unwrap();
        for policy in &sidecar {
            let said = policy.refusals(&record["object"]);
            assert_eq!(said.is_empty(), record["admitted"] == true, "{}: {said:?}", record["pod"]);
        }
    }
    assert!(INJECTED.lines().count() > 25);
}

#[test]
fn each_pod_that_traffic_could_go_past_is_refused_for_its_own_reason() {
    let (sidecar, others) = policies();
    for policy in &sidecar {
        for (pod, reason) in bad() {
            let said = policy.refusals(&pod);
            assert!(matches!(said.as_slice(), [said] if said.contains(reason)), "{reason}: {said:?}: {pod}");
        }
    }
    for policy in &others {
        for (mut pod, reason) in bad().into_iter().take(WITHOUT_MESH) {
            pod["spec"]["containers"].as_array_mut().unwrap().truncate(1);
            pod["spec"]["initContainers"] = json!([]);
            let said = policy.refusals(&pod);
            assert!(matches!(said.as_slice(), [said] if said.contains(reason)), "{reason}: {said:?}");
        }
    }
}

#[test]
fn every_rule_refuses_some_pod() {
    let (sidecar, _) = policies();
    for policy in &sidecar {
        let bad = bad();
        let mut broken: BTreeSet<usize> = bad.iter().flat_map(|(pod, _)| policy.broken(None, pod)).collect();
        broken.extend(changes().iter().flat_map(|(old, new, _)| policy.broken(Some(old), new)));
        assert_eq!(broken, (0..policy.programs.len()).collect());
    }
}

/// Changes of a running pod that would take locks off, and a part of the message that must name each.
fn changes() -> Vec<(Value, Value, &'static str)> {
    let mut image = injected();
    for place in ["/spec/initContainers/0/image", "/spec/containers/1/image"] {
        *image.pointer_mut(place).unwrap() = json!("docker.io/istio/proxyv2:1.0.0");
    }
    let labelled = |labels: Value| changed("/metadata/labels", labels);
    vec![
        (injected(), image, "image of a running proxy"),
        (injected(), labelled(json!({ "app": "other" })), "labels"),
        (injected(), labelled(json!({})), "labels"),
        (labelled(json!({ "app": "other" })), injected(), "labels"),
        (injected(), changed("/spec/ephemeralContainers", json!([{ "name": "debugger", "image": "i" }])), "ephemeral"),
    ]
}

#[test]
fn changes_of_a_running_pod_are_looked_at_only_where_traffic_depends_on_them() {
    let (sidecar, others) = policies();
    for (old, new, reason) in changes() {
        for policy in &sidecar {
            let said = policy.refusals_of_change(Some(&old), &new);
            assert!(matches!(said.as_slice(), [said] if said.contains(reason)), "{reason}: {said:?}");
        }
    }
    // A pod from before the rules: its controllers go on changing it, and it goes away.
    let before = json!({ "metadata": { "labels": { "app": "customers" }, "finalizers": ["batch.kubernetes.io/job-tracking"] },
        "spec": { "hostNetwork": true, "containers": [{ "name": "customers" }] } });
    let mut after = before.clone();
    after["metadata"] = json!({ "labels": { "app": "customers" }, "annotations": { "example.com/seen": "1" } });
    let mut labelled = before.clone();
    labelled["metadata"]["labels"]["more"] = json!("1");
    for policy in sidecar.iter().chain(&others) {
        assert_eq!(policy.refusals_of_change(Some(&before), &after), Vec::<&str>::new());
        assert_ne!(policy.refusals_of_change(Some(&before), &labelled), Vec::<&str>::new());
    }
}

#[test]
fn a_pod_stays_in_ambient_mode() {
    let (_, others) = policies();
    let ambient: Vec<&Rules> =
        others.iter().filter(|rules| rules.programs.iter().any(|(_, said)| said.contains("ambient mode"))).collect();
    assert!(!ambient.is_empty());
    let pod = |labels: Value, annotations: Value| {
        let mut pod = json!({ "metadata": { "labels": labels, "annotations": annotations }, "spec": { "containers": [{ "name": "customers" }] } });
        pod["metadata"]["labels"]["app"] = json!("customers");
        pod
    };
    let (redirection, bypass) = ("ambient.istio.io/redirection", "ambient.istio.io/bypass-inbound-capture");
    let good = [
        pod(json!({}), json!({})),
        pod(json!({ "istio.io/dataplane-mode": "ambient" }), json!({ redirection: "enabled", bypass: "false" })),
    ];
    let mut sidecar = pod(json!({}), json!({}));
    sidecar["spec"]["initContainers"] = json!([{ "name": "istio-proxy" }]);
    let bad = [
        (pod(json!({ "istio.io/dataplane-mode": "none" }), json!({})), "dataplane-mode"),
        (pod(json!({}), json!({ redirection: "disabled" })), "redirection"),
        (pod(json!({}), json!({ bypass: "true" })), "bypass-inbound-capture"),
        (sidecar, "sidecar"),
    ];
    for policy in ambient {
        for pod in &good {
            assert_eq!(policy.refusals(pod), Vec::<&str>::new());
        }
        for (pod, reason) in &bad {
            for said in [policy.refusals(pod), policy.refusals_of_change(Some(&good[0]), pod)] {
                assert!(matches!(said.as_slice(), [said] if said.contains(reason)), "{reason}: {said:?}");
            }
        }
    }
}

#[test]
fn nothing_takes_the_place_of_what_masks_at_a_gateway() {
    let all = everything().into_iter().map(|object| object.value);
    let is = |policy: &Value, name: &str| {
        policy["kind"] == "ValidatingAdmissionPolicy" && policy["metadata"]["name"] == name
    };
    let found: Vec<Value> =
        all.filter(|policy| is(policy, "shop-customers-routes") || is(policy, "shop-customers-extensions")).collect();
    assert!(found.len() >= 4);
    let object =
        |kind: &str, name: &str, spec: Value| json!({ "kind": kind, "metadata": { "name": name }, "spec": spec });
    let parent =
        |kind: &str, name: &str, gateway: &str| object(kind, name, json!({ "parentRefs": [{ "name": gateway }] }));
    let target = |kind: &str, name: &str, of: &str, target: &str| {
        object(
            kind,
            name,
            json!({ "targetRefs": [{ "group": "gateway.networking.k8s.io", "kind": of, "name": target }] }),
        )
    };
    for policy in found {
        let of_routes = policy["metadata"]["name"] == "shop-customers-routes";
        let rules = Rules::compile(&policy["spec"]);
        let (good, bad) = if of_routes {
            (
                vec![
                    parent("HTTPRoute", "customers", "customers"),
                    parent("HTTPRoute", "other", "other"),
                    object("HTTPRoute", "mesh", json!({ "parentRefs": [{ "name": "customers", "kind": "Service" }] })),
                    object("HTTPRoute", "nowhere", json!({})),
                ],
                vec![
                    parent("HTTPRoute", "second", "customers"),
                    parent("GRPCRoute", "customers", "customers"),
                    parent("TCPRoute", "second", "customers"),
                ],
            )
        } else {
            (
                vec![
                    target("EnvoyExtensionPolicy", "customers", "Gateway", "customers"),
                    target("ClientTrafficPolicy", "customers", "Gateway", "customers"),
                    target("EnvoyExtensionPolicy", "other", "Gateway", "other"),
                    target("EnvoyExtensionPolicy", "other", "HTTPRoute", "other"),
                ],
                vec![
                    target("EnvoyExtensionPolicy", "second", "Gateway", "customers"),
                    target("EnvoyExtensionPolicy", "second", "HTTPRoute", "customers"),
                    target("ClientTrafficPolicy", "second", "Gateway", "customers"),
                    target("EnvoyPatchPolicy", "customers", "Gateway", "customers"),
                    object(
                        "EnvoyPatchPolicy",
                        "second",
                        json!({ "targetRef": { "kind": "Gateway", "name": "customers" } }),
                    ),
                    object("EnvoyExtensionPolicy", "second", json!({ "targetSelectors": [{ "kind": "HTTPRoute" }] })),
                ],
            )
        };
        for object in good {
            assert_eq!(rules.refusals(&object), Vec::<&str>::new(), "{object}");
        }
        for object in bad {
            assert_eq!(rules.refusals(&object).len(), 1, "{object}");
        }
    }
}
