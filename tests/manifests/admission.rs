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
    /// Values that the rules ask for, by name, each made of those before it.
    variables: Vec<(String, Program)>,
    /// Each with what is said where it does not hold.
    programs: Vec<(Program, String)>,
}

impl Rules {
    fn compile(spec: &Value) -> Self {
        let mut environment = Env::stdlib();
        // Kubernetes has these, too: `split`, `trim`, `upperAscii`, `replace`.
        environment.add_extension(extensions::strings).unwrap();
        let program = |item: &Value| {
            let expression = item["expression"].as_str().unwrap();
            // A list of containers and one of init containers are of different types for the API server.
            assert!(!expression.contains("object.spec.containers +"), "{expression}");
            environment.compile(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
        };
        let items = |key: &str| spec[key].as_array().cloned().unwrap_or_default();
        let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
        let conditions = items("matchConditions").iter().map(program).collect();
        let variables = items("variables").iter().map(|item| (text(item, "name"), program(item))).collect();
        let programs = items("validations").iter().map(|item| (program(item), text(item, "message"))).collect();
        Self { conditions, variables, programs, environment: Arc::new(environment) }
    }

    /// The rules that refuse an object in place of an older one, by place. A rule that fails to run refuses it, too, but is
    /// a fault of ours.
    fn broken(&self, old: Option<&Value>, object: &Value) -> Vec<usize> {
        let mut context = Context::with_env(Arc::clone(&self.environment));
        context.add_variable("object", cel::to_value(object).unwrap()).unwrap();
        context.add_variable("oldObject", cel::to_value(old.unwrap_or(&Value::Null)).unwrap()).unwrap();
        let holds = |context: &Context<'_>, program: &Program| match program.execute(context) {
            Ok(cel::Value::Bool(holds)) => holds,
            other => panic!("neither true nor false: {other:?}"),
        };
        if !self.conditions.iter().all(|condition| holds(&context, condition)) {
            return Vec::new();
        }
        let mut variables = serde_json::Map::new();
        context.add_variable("variables", cel::to_value(&variables).unwrap()).unwrap();
        for (name, program) in &self.variables {
            let value = program.execute(&context).unwrap_or_else(|error| panic!("{name}: {error}"));
            variables.insert(name.clone(), value.json().unwrap());
            context.add_variable("variables", cel::to_value(&variables).unwrap()).unwrap();
        }
        let refuses = |place: &usize| !holds(&context, &self.programs[*place].0);
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
    pod["spec"]["containers"][1]["securityContext"] = json!({ "runAsUser": 1_000_629_999, "runAsGroup": 1_000_629_999 });
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

/// The rules for pods of workloads with sidecars, and for all others: each different list of rules once.
fn policies() -> (Vec<Rules>, Vec<Rules>) {
    let all = everything().into_iter().map(|object| object.value);
    let policies = all.filter(|object| object["kind"] == "ValidatingAdmissionPolicy");
    let of_pods = |policy: &Value| policy["metadata"]["name"].as_str().unwrap().ends_with("-pods");
    // Some policies select other pods.
    let same = |policy: &Value| policy.pointer("/spec/matchConstraints/objectSelector/matchLabels") == Some(&json!({ "app": "customers" }));
    let policies = policies.filter(|policy| of_pods(policy) && same(policy));
    let texts: BTreeSet<String> = policies.map(|policy| policy["spec"].to_string()).collect();
    let rules = |text: &String| Rules::compile(&serde_json::from_str(text).unwrap());
    let (sidecar, others): (Vec<_>, Vec<_>) = texts.iter().partition(|text| text.contains("nativeProxies"));
    assert!(!sidecar.is_empty() && !others.is_empty());
    (sidecar.into_iter().map(rules).collect(), others.into_iter().map(rules).collect())
}

/// Pods with one bypass each, and a part of the message that must name it.
fn bad() -> Vec<(Value, &'static str)> {
    let annotation =
        |key: &str, value: &str| changed(&format!("/metadata/annotations/{}", key.replace('/', "~1")), json!(value));
    let own = |key: &str, value: Value| changed(&format!("/spec/containers/0/securityContext/{key}"), value);
    vec![
        (changed("/spec/hostNetwork", json!(true)), "hostNetwork"),
        (changed("/spec/containers/0/ports", json!([{ "containerPort": 8080, "hostPort": 80 }])), "hostPort"),
        (own("privileged", json!(true)), "privileged"),
        (own("capabilities", json!({ "add": ["CHOWN", "NET_ADMIN"] })), "privileged"),
        (own("capabilities", json!({ "add": ["ALL"] })), "privileged"),
        (own("runAsUser", json!(1337)), "1337"),
        (own("runAsGroup", json!(1337)), "1337"),
        (changed("/spec/securityContext", json!({ "runAsUser": 1337 })), "1337"),
        (annotation("traffic.sidecar.istio.io/excludeInboundPorts", "15020, 8080"), "inbound port"),
        (annotation("traffic.sidecar.istio.io/excludeInboundPorts", "*"), "inbound port"),
        (annotation("traffic.sidecar.istio.io/includeInboundPorts", ""), "inbound port"),
        (annotation("traffic.sidecar.istio.io/includeInboundPorts", "9090"), "inbound port"),
        (annotation("sidecar.istio.io/interceptionMode", "NONE"), "redirected"),
        (annotation("traffic.sidecar.istio.io/excludeInterfaces", "eth1"), "annotation"),
        (annotation("sidecar.istio.io/bootstrapOverride", "mine"), "annotation"),
        (annotation("sidecar.istio.io/proxyImage", "mine"), "annotation"),
        (changed("/spec/containers", json!([{ "name": "customers" }])), "without a sidecar"),
    ]
}

#[test]
fn a_pod_as_the_injector_leaves_it_is_admitted() {
    let (sidecar, others) = policies();
    let mut native = injected();
    // The sidecar as an init container that goes on.
    let proxy = native["spec"]["containers"].as_array_mut().unwrap().pop().unwrap();
    native["spec"]["initContainers"].as_array_mut().unwrap().push(proxy);
    for policy in sidecar.iter().chain(&others) {
        assert_eq!(policy.refusals(&injected()), Vec::<&str>::new());
        assert_eq!(policy.refusals(&native), Vec::<&str>::new());
    }
    let plain = json!({ "metadata": {}, "spec": { "containers": [{ "name": "customers" }] } });
    for policy in &others {
        assert_eq!(policy.refusals(&plain), Vec::<&str>::new());
    }
}

#[test]
fn each_pod_that_traffic_could_go_past_is_refused_for_its_own_reason() {
    let (sidecar, others) = policies();
    for policy in &sidecar {
        for (pod, reason) in bad() {
            let said = policy.refusals(&pod);
            assert!(matches!(said.as_slice(), [said] if said.contains(reason)), "{reason}: {said:?}");
        }
    }
    for policy in &others {
        for (pod, reason) in bad().into_iter().take(5) {
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
        let broken: BTreeSet<usize> = bad.iter().flat_map(|(pod, _)| policy.broken(pod)).collect();
        assert_eq!(broken, (0..policy.programs.len()).collect());
    }
}
