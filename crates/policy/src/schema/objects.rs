//! Every map of the policy file and every key in it.

use super::{
    DETECT, Key, Kind, Object,
    cluster::{
        ADDRESSES, CLIENT, CLUSTER, ENVIRONMENT, NAMESPACE, OWN_PORT, PLACE, PODS, PORTS, PROTOCOL, SERVICE, STORE,
    },
};

use crate::version::NAMES;

pub(super) const fn required(name: &'static str, kind: Kind, summary: &'static str) -> Key {
    Key { name, kind, required: true, default: "", summary }
}

pub(super) const fn optional(name: &'static str, kind: Kind, default: &'static str, summary: &'static str) -> Key {
    Key { name, kind, required: false, default, summary }
}

/// The document.
pub static POLICY: Object = Object {
    id: "policy",
    what: "a policy",
    summary: "One document per workload that holds sensitive data. It can stand alone or among manifests.",
    keys: &[
        required("apiVersion", Kind::Word(NAMES), "The version of this format ([versions](../versions.md))."),
        required("kind", Kind::Const("MaskingPolicy"), "What the document is."),
        required("metadata", Kind::Object(&METADATA), "Name and namespace."),
        required("spec", Kind::Object(&SPEC), "What is protected, and from whom."),
        optional("status", Kind::Unread, "", "Not read."),
    ],
    any_of: &[],
};

/// `metadata`.
pub static METADATA: Object = Object {
    id: "metadata",
    what: "`metadata`",
    summary: "Generated objects get this name and namespace.",
    keys: &[
        required("name", Kind::Name, "Name of the policy."),
        required("namespace", Kind::Name, "Namespace of the workload."),
        optional("labels", Kind::Free, "", "Not read."),
        optional("annotations", Kind::Free, "", "Not read."),
        optional("creationTimestamp", Kind::Unread, "", "Not read: of the API server."),
        optional("deletionTimestamp", Kind::Unread, "", "Not read: of the API server."),
        optional("deletionGracePeriodSeconds", Kind::Unread, "", "Not read: of the API server."),
        optional("finalizers", Kind::Unread, "", "Not read: of the API server."),
        optional("generateName", Kind::Unread, "", "Not read: of the API server."),
        optional("generation", Kind::Unread, "", "Not read: of the API server."),
        optional("managedFields", Kind::Unread, "", "Not read: of the API server."),
        optional("ownerReferences", Kind::Unread, "", "Not read: of the API server."),
        optional("resourceVersion", Kind::Unread, "", "Not read: of the API server."),
        optional("selfLink", Kind::Unread, "", "Not read: of the API server."),
        optional("uid", Kind::Unread, "", "Not read: of the API server."),
    ],
    any_of: &[],
};

/// `spec`.
pub static SPEC: Object = Object {
    id: "spec",
    what: "`spec`",
    summary: "One list of callers drives the network rules, the authorisation rules and the masking.",
    keys: &[
        optional(
            "stage",
            Kind::Word(&["observe", "mask", "enforce"]),
            "\"enforce\"",
            "How far it is [rolled out](../roll-out.md): `observe` counts what would become of responses and changes none, so that \
             every field counts as clear; `mask` has the filter mask and refuse; `enforce` has network, mesh, guard and \
             admission enforce, too.",
        ),
        optional("until", Kind::Date, "", "The last day of a stage before `enforce`; `check` fails afterwards."),
        required("workload", Kind::Object(&WORKLOAD), "Who serves the data."),
        required("fields", Kind::List(&Kind::Object(&FIELD)), "What is sensitive, and what stands in for it."),
        optional("callers", Kind::List(&Kind::Object(&CALLER)), "[]", "Who may connect, and what they see in clear."),
        optional(
            "others",
            Kind::Word(&["deny", "masked"]),
            "\"masked\"",
            "What a caller who is not listed gets: nothing, or the strictest view. `masked` also leaves the network open to \
             every pod of the cluster.",
        ),
        optional(
            "trustedHops",
            Kind::List(&Kind::AccountOr(&HOP)),
            "[]",
            "Workloads that pass on requests of others, such as a gateway: they may connect, and their identity headers are \
             believed.",
        ),
        optional(
            "routes",
            Kind::List(&Kind::Object(&ROUTE)),
            "[]",
            "Exceptions for some requests; the first that matches counts.",
        ),
        optional(
            "stores",
            Kind::List(&Kind::Object(&STORE)),
            "[]",
            "Where the workload keeps the data. Whoever else reaches a store gets round the filter.",
        ),
        optional(
            "egress",
            Kind::List(&Kind::Object(&PEER)),
            "[]",
            "Where else the workload may connect to. DNS and the mesh's control plane need not be listed; nothing else is \
             open.",
        ),
        optional("metrics", Kind::Object(&METRICS), "", "Who may read the metrics of the sidecar."),
        optional(
            "probes",
            Kind::List(&Kind::Cidr),
            "[]",
            "Addresses of the nodes, for clusters whose network plug-in does not let the kubelet's probes through by itself.",
        ),
        optional(
            "passes",
            Kind::List(&Kind::MediaRange),
            "[]",
            "Media types that pass unread, on every route. Nothing passes that is not listed: what cannot be read is refused.",
        ),
        optional(
            "reads",
            Kind::ReadingByType,
            "{}",
            "How bodies are read whose type does not say it, or says something else, as one document (`json`), lines (NDJSON), \
             documents one after the other, server-sent events, or a JSON text sequence.",
        ),
        optional(
            "badLines",
            Kind::Word(&["refuse", "drop"]),
            "\"refuse\"",
            "What happens to a line, an event or a record of a sequence that is not valid JSON: the response is refused, or the \
             record is left out, counted. With `drop` each is held until it is complete, up to `limits.held`, and a document \
             cannot span lines.",
        ),
        optional(
            "headers",
            Kind::ArrivalByHeader,
            "{}",
            "Response headers that arrive where a view masks, beside those that always do: `screen` unless the value looks like \
             something sensitive, `pass` unread. Digests, lengths and entity tags of the clear body never fit. A header that \
             holds a value is a [field](#field).",
        ),
        optional(
            "writes",
            Kind::Word(&["pass", "refuse-masked"]),
            "\"pass\"",
            "What happens to request bodies of callers that see masks. `refuse-masked` reads them and refuses those that carry a mask \
             back (`****6789`), at places of masked fields and in any text, and those that cannot be read: \
             [what is refused](plan.md#what-may-be-written).",
        ),
        optional(
            "unlisted",
            Kind::Word(&["show", "mask", "refuse"]),
            "\"show\"",
            "What happens to scalars that no path of `shows` selects and no field masks, and to names of members that no path \
             mentions. `mask` and `refuse` also hold what gets a name that nobody foresaw. Who sees `all` sees it.",
        ),
        optional(
            "shows",
            Kind::List(&Kind::Query),
            "[]",
            "What goes on as it is where what is not listed does not: each path shows the scalars that it selects. An object or \
             array shows nothing of what is in it; `$.meta..*` shows all below `meta`. `*` selects members of objects, too, `[0:]` only \
             elements.",
        ),
        optional("detect", Kind::Object(&DETECT), "", "What is masked wherever it stands, beside the fields."),
        optional(
            "onError",
            Kind::Word(&["block", "pass"]),
            "\"block\"",
            "What happens to a response that cannot be masked. `pass` lets it through, counted.",
        ),
        optional(
            "delivery",
            Kind::Word(&["standard", "strict"]),
            "\"standard\"",
            "`strict` holds the headers until the first bytes of the body are read, so that a broken one is a clean 502 \
             (Envoy 1.35 or newer).",
        ),
        optional("key", Kind::Object(&KEY), "", "Where the key of keyed masks is."),
        optional("limits", Kind::Object(&LIMITS), "", "Bounds of memory and time per response."),
        optional("trustDomain", Kind::Text, "\"cluster.local\"", "The trust domain of SPIFFE ids."),
        optional(
            "passthrough",
            Kind::List(&Kind::Object(&CLIENT)),
            "[]",
            "Who passes connections on to the workload without an identity of its own in them, such as the east-west gateway of \
             another cluster's callers. It opens the network only: who is calling is still known by certificate.",
        ),
        optional("cluster", Kind::Object(&CLUSTER), "", "Where the parts of the mesh are."),
        optional(
            "environments",
            Kind::List(&Kind::Object(&ENVIRONMENT)),
            "[]",
            "Where else the policy applies: `generate` writes an overlay for each. `--environment` of the command line takes their place.",
        ),
    ],
    any_of: &[],
};

/// `spec.workload`.
pub static WORKLOAD: Object = Object {
    id: "workload",
    what: "`workload`",
    summary: "The pods that serve the data.",
    keys: &[
        required("selector", Kind::Labels, "Labels of the pods."),
        optional(
            "serviceAccount",
            Kind::Name,
            "",
            "The ServiceAccount the pods run as, in the namespace of the policy; no other workload should.",
        ),
        required("ports", Kind::List(&Kind::Object(&PORT)), "Container ports that serve HTTP."),
        optional(
            "peers",
            Kind::List(&Kind::Object(&OWN_PORT)),
            "[]",
            "Ports on which its replicas talk to each other, such as those of a cache or of a cluster. Nothing is masked there, \
             and no other workload connects. They need `serviceAccount`.",
        ),
        optional(
            "service",
            Kind::Object(&SERVICE),
            "",
            "The Service in front of the pods, for Envoy Gateway's route and for the label of ambient mode. Without it a \
             Service is written for the route, and in ambient mode the Service is called as the policy.",
        ),
    ],
    any_of: &[],
};

/// An entry of `spec.workload.ports`.
pub static PORT: Object = Object {
    id: "port",
    what: "a port",
    summary: "A container port, not the port of a Service.",
    keys: &[
        required("port", Kind::Port, "Its number."),
        optional("name", Kind::Name, "", "Its name, `http` or `http-…`."),
    ],
    any_of: &[],
};

/// An entry of `spec.fields`.
pub static FIELD: Object = Object {
    id: "field",
    what: "a field",
    summary: "Something sensitive, in bodies, in headers, or in both.",
    keys: &[
        required("name", Kind::Name, "Name that `sees`, routes and metrics use."),
        optional(
            "paths",
            Kind::List(&Kind::Query),
            "[]",
            "Where it stands in bodies of responses: [queries](queries.md) (RFC 9535).",
        ),
        optional(
            "headers",
            Kind::List(&Kind::HeaderName),
            "[]",
            "Response headers and trailers whose whole value it is, such as `location`, `link`, `content-disposition` or \
             `set-cookie`: each line is masked as one text, and arrives in clear where the field does. A mask that writes `null` \
             or nothing removes the header.",
        ),
        required("mask", Kind::Mask, "What stands in for it: one of the [masks](masks.md)."),
        optional(
            "names",
            Kind::Word(&["exact", "anyCase"]),
            "\"exact\"",
            "How names in the paths are compared. `anyCase`: `$..password` also means `passWord` and `PASSWORD`, and \
             `$..['*token']` every name that ends in `token`. Names in filters stay exact.",
        ),
        optional(
            "keys",
            Kind::Word(&["keep", "mask"]),
            "\"keep\"",
            "`mask`: the names of the members that the paths select are masked, as in a map by e-mail address, and their values \
             are not. A filter in such a path counts as selecting every member.",
        ),
        optional(
            "inside",
            Kind::Word(&["json", "base64-json", "jwt", "query"]),
            "",
            "The texts hold documents, in which all fields are masked as in the response (`$` is the document in the text), at most four \
             deep; they are written as they were encoded. `mask` stands in for what holds no object or array. Of a token whose payload \
             changes the signature goes, as it would confirm guesses. `query` is parameters (`a=1&b=2`), alone or behind the `?` or `#` of a link, \
             each of them an object of one member (`$.a`); with a `;` in them the whole text is masked, as readers differ.",
        ),
    ],
    any_of: &["paths", "headers"],
};

/// An entry of `spec.callers`.
pub static CALLER: Object = Object {
    id: "caller",
    what: "a caller",
    summary: "Identified by `serviceAccount`, `jwt` or `header`; where several are given, any one is enough. Where a request is \
              several callers, the one that sees least counts; where none of them does, the request is nobody's.",
    keys: &[
        required("name", Kind::Name, "Name for reports and metrics."),
        optional("serviceAccount", Kind::ServiceAccount, "", "The ServiceAccount its pods run as: `namespace/name`."),
        optional(
            "pods",
            Kind::Labels,
            "",
            "Labels of its pods. They narrow the network rules and do not identify the caller.",
        ),
        optional("jwt", Kind::Object(&JWT), "", "A claim of a token that Envoy's `jwt_authn` has verified."),
        optional("header", Kind::Object(&HEADER), "", "A header that a trusted hop sets."),
        optional("sees", Kind::Sees, "[]", "What it sees in clear: `all`, or fields by name."),
    ],
    any_of: &["serviceAccount", "jwt", "header"],
};

/// `jwt` of a caller.
pub static JWT: Object = Object {
    id: "jwt",
    what: "`jwt`",
    summary: "The token travels in requests of listed callers and trusted hops; it opens no connection.",
    keys: &[
        required("claim", Kind::Text, "Name of a claim at the top level of the payload."),
        required(
            "value",
            Kind::Text,
            "Its value, a text; for a claim that is a list of texts, one item. Nothing else matches.",
        ),
        optional(
            "issuer",
            Kind::Text,
            "",
            "Who signed the token: the claim `iss` of the same payload. Without it a token of every issuer counts that \
             `jwt_authn` accepts for this payload.",
        ),
        optional("payload", Kind::Text, "\"payload\"", "Where `jwt_authn` puts the payload (`payload_in_metadata`)."),
    ],
    any_of: &[],
};

/// `header` of a caller.
pub static HEADER: Object = Object {
    id: "header",
    what: "`header`",
    summary: "Believed only when a trusted hop sends it, and only when there is exactly one line of it.",
    keys: &[required("name", Kind::Text, "Name of the header."), required("value", Kind::Text, "Its exact value.")],
    any_of: &[],
};

/// An entry of `spec.trustedHops`.
pub static HOP: Object = Object {
    id: "trustedHop",
    what: "a trusted hop",
    summary: "`namespace/name` alone is enough; with `pods` the network rules are narrower.",
    keys: &[
        required("serviceAccount", Kind::ServiceAccount, "The ServiceAccount its pods run as: `namespace/name`."),
        optional("pods", Kind::Labels, "", "Labels of its pods."),
    ],
    any_of: &[],
};

/// An entry of `spec.routes`.
pub static ROUTE: Object = Object {
    id: "route",
    what: "a route",
    summary: "Chosen by `match`, or by the route metadata `meshveil.route` with its name. A route can switch masking off or choose \
              stricter masks; weaker ones change nothing. Where a request can be read as one of another route, by its path or by a \
              header that may replace path, method or host (`x-forwarded-host` or `x-forwarded-prefix` of a gateway are such), \
              the strictest masks hold and nothing passes: [what leaves a route unclear](plan.md#which-route).",
    keys: &[
        required("name", Kind::Name, "Name, and value of the route metadata."),
        optional("match", Kind::Object(&MATCH), "", "Conditions, all of which must hold."),
        optional("masking", Kind::Word(&["on", "off"]), "\"on\"", "`off`: every response passes, for every caller."),
        optional(
            "stage",
            Kind::Word(&["observe", "mask", "enforce"]),
            "",
            "How far this route is rolled out, in place of `spec.stage`; the filter alone knows routes.",
        ),
        optional("until", Kind::Date, "", "The last day of the route's stage."),
        optional("fields", Kind::MaskByField, "{}", "Other masks, by field."),
        optional(
            "except",
            Kind::QueriesByField,
            "{}",
            "Values that a field selects and does not mask here, for any caller: members that are named like the field and hold \
             something else, such as messages of errors or the properties of a schema. The field counts as clear. The paths \
             have no filters and do not count from the end; what lies inside a masked object stays masked.",
        ),
        optional(
            "passes",
            Kind::List(&Kind::MediaRange),
            "[]",
            "Media types that pass unread on this route, beside those of `spec.passes`.",
        ),
        optional(
            "reads",
            Kind::ReadingByType,
            "{}",
            "How bodies are read on this route. What it says of a type goes before `spec.reads`.",
        ),
        optional(
            "badLines",
            Kind::Word(&["refuse", "drop"]),
            "",
            "What counts on this route in place of `spec.badLines`.",
        ),
        optional(
            "writes",
            Kind::Word(&["pass", "refuse-masked"]),
            "",
            "What counts on this route in place of `spec.writes`.",
        ),
        optional(
            "headers",
            Kind::ArrivalByHeader,
            "{}",
            "Response headers that arrive on this route. What it says of a header goes before `spec.headers`.",
        ),
        optional(
            "unlisted",
            Kind::Word(&["show", "mask", "refuse"]),
            "",
            "What counts on this route in place of `spec.unlisted`.",
        ),
        optional("shows", Kind::List(&Kind::Query), "[]", "What goes on as it is on this route, beside `spec.shows`."),
        optional(
            "detect",
            Kind::Object(&DETECT),
            "",
            "What counts on this route in place of `spec.detect`; `{}` looks for nothing.",
        ),
    ],
    any_of: &[],
};

/// `match` of a route.
pub static MATCH: Object = Object {
    id: "match",
    what: "`match`",
    summary: "At least one condition; `path` or `prefix`, not both.",
    keys: &[
        optional("path", Kind::Text, "", "The whole path, without the query."),
        optional("prefix", Kind::Text, "", "The beginning of the path, up to a `/`."),
        optional("host", Kind::Text, "", "The host that is asked, without port."),
        optional("methods", Kind::List(&Kind::Text), "[]", "HTTP methods; all where none is given."),
        optional("routeName", Kind::Text, "", "Envoy's name of the route."),
    ],
    any_of: &["path", "prefix", "host", "methods", "routeName"],
};

/// An entry of `spec.egress`.
pub static PEER: Object = Object {
    id: "peer",
    what: "a peer",
    summary: "Pods, by `namespace` and `pods`, or addresses, by `cidr`.",
    keys: &[required("name", Kind::Name, "Name for reports."), NAMESPACE, PODS, ADDRESSES, PORTS, PROTOCOL],
    any_of: &["namespace", "pods", "cidr"],
};

/// `spec.metrics`.
pub static METRICS: Object = Object {
    id: "metrics",
    what: "`metrics`",
    summary: "Pods that scrape metrics, such as Prometheus.",
    keys: &[
        required("namespace", Kind::Name, "Namespace of the pods."),
        PODS,
        optional("ports", Kind::List(&Kind::Port), "[15020]", "Ports that serve metrics."),
    ],
    any_of: &[],
};

/// `spec.key`.
pub static KEY: Object = Object {
    id: "key",
    what: "`key`",
    summary: "An environment variable of the sidecar, never the key itself.",
    keys: &[
        required("env", Kind::Text, "Name of the variable."),
        optional("id", Kind::Text, "\"\"", "Changed with the key, so that sidecars notice."),
        optional(
            "previous",
            Kind::Object(&PREVIOUS_KEY),
            "",
            "The key before, while clients hold entity tags of it. Pseudonyms are of the current key at once.",
        ),
    ],
    any_of: &[],
};

/// `spec.key.previous`.
pub static PREVIOUS_KEY: Object = Object {
    id: "previousKey",
    what: "`previous`",
    summary: "What was under `key` before: [how to change the key](plan.md#how-to-change-the-key).",
    keys: &[required("env", Kind::Text, "Name of the variable."), required("id", Kind::Text, "Its `id`.")],
    any_of: &[],
};

/// `spec.limits`.
pub static LIMITS: Object = Object {
    id: "limits",
    what: "`limits`",
    summary: "A response that passes a limit is refused; a value that is longer than `value` is masked whole.",
    keys: &[
        optional("depth", Kind::Number(1, 100_000), "512", "Containers open in each other."),
        optional("key", Kind::Number(1, 64 << 20), "65536", "Bytes of one member name."),
        optional("value", Kind::Number(1, 64 << 20), "65536", "Bytes of one value whose mask must see it whole."),
        optional("held", Kind::Number(1, 64 << 20), "1048576", "Bytes held back for paths that look ahead."),
        optional("steps", Kind::Number(1, 1 << 40), "10000000", "Work on filters in paths."),
    ],
    any_of: &[],
};

/// Every object, in the order of the page.
pub static OBJECTS: &[&Object] = &[
    &POLICY,
    &METADATA,
    &SPEC,
    &WORKLOAD,
    &SERVICE,
    &PORT,
    &FIELD,
    &CALLER,
    &JWT,
    &HEADER,
    &HOP,
    &ROUTE,
    &MATCH,
    &PEER,
    &STORE,
    &OWN_PORT,
    &CLIENT,
    &METRICS,
    &KEY,
    &PREVIOUS_KEY,
    &LIMITS,
    &DETECT,
    &CLUSTER,
    &PLACE,
    &ENVIRONMENT,
];

/// Everything a policy can say, in one.
pub const EXAMPLE: &str = r#"# yaml-language-server: $schema=meshveil.schema.json
apiVersion: meshveil.dev/v1alpha1
kind: MaskingPolicy
metadata: { name: customers, namespace: shop }
spec:
  stage: mask                     # or `observe`, `enforce`: how far it is rolled out
  until: "2027-12-31"             # when the stage should be over
  workload:                       # who serves the data
    selector: { app: customers }  # labels of its pods
    serviceAccount: customers     # what it runs as
    ports: [{ port: 8080, name: http }]
    peers: [{ port: 7800 }]       # where its replicas talk to each other
    service: { name: customers, port: 80 }
  fields:                         # what is sensitive, and what stands in for it
    - { name: ssn, paths: ["$..ssn"], mask: { partial: { keepLast: 4 } } }
    - { name: email, paths: ["$..email", "$.contact.mail"], mask: email }
    - { name: id, paths: ["$.id"], headers: [location], mask: pseudonym }
  callers:                        # who may connect, and what they see in clear
    - { name: billing, serviceAccount: shop/billing, pods: { app: billing }, sees: all }
    - { name: support, serviceAccount: shop/support, pods: { app: support }, sees: [email] }
    - { name: auditor, jwt: { issuer: "https://login.example.com", payload: payload, claim: role, value: auditor }, sees: [email] }
    - { name: partner, header: { name: x-partner, value: acme } }
  others: deny                    # or `masked`: anybody else gets nothing, or the strictest view
  trustedHops:                    # who passes on requests of others, and is believed about whose they are
    - { serviceAccount: ingress/gateway, pods: { app: gateway } }
  routes:                         # exceptions; the first that matches counts
    - { name: health, match: { path: /healthz, methods: [GET] }, masking: off }
    - { name: export, match: { prefix: /export, host: api.example.com }, fields: { email: redact } }
    - { name: internal, match: { routeName: internal }, fields: { ssn: drop } }
    - { name: schema, match: { path: /openapi.json }, except: { ssn: ["$..properties.ssn"] } }
    - { name: pages, match: { prefix: /pages }, passes: [text/html], headers: { content-disposition: screen } }
    - { name: watch, match: { prefix: /watch }, reads: { application/json: lines }, badLines: drop }
    - { name: import, match: { prefix: /import }, writes: pass, stage: observe, until: "2027-12-31" }
  stores:                         # where the data is kept
    - name: database
      pods: { app: postgres }
      ports: [5432]
      peers: [{ port: 8008 }]     # where its replicas talk to each other, and who else connects
      clients: [{ name: operator, namespace: postgres-operator }]
  egress:                         # where else the workload may connect to
    - { name: payments, cidr: 203.0.113.0/24, ports: [443] }
  metrics: { namespace: monitoring, pods: { app: prometheus }, ports: [15020] }
  probes: [10.0.0.0/16]           # addresses of the nodes
  passes: [image/png]             # media types that pass unread, on every route
  reads: { text/plain: lines }    # or `json`, `documents`, `events`, `sequence`: how bodies of a type are read
  badLines: refuse                # or `drop`: what happens to a line or an event that is not valid JSON
  headers: { link: screen }       # response headers that arrive, beside the usual; or `pass`: unread
  writes: refuse-masked           # or `pass`: what happens to a request body that carries masks back
  unlisted: mask                  # or `show`, `refuse`: what happens to what no path lists
  shows: ["$.items[*].id"]        # what goes on as it is where what is not listed does not
  detect:                         # what is masked wherever it stands, beside the fields
    { find: [strong, named], patterns: { ticket: "T-[0-9]{6}" }, with: "***", except: ["$..scan"] }
  onError: block                  # or `pass`: what happens to a response that cannot be masked
  delivery: standard              # or `strict`: headers wait, so that a broken body is a clean 502
  key:                            # where the key of keyed masks is; `id` changes with it
    { env: MESHVEIL_KEY, id: "2026-07", previous: { env: MESHVEIL_KEY_BEFORE, id: "2026-01" } }
  limits: { held: 1048576 }       # memory per response for paths that look ahead
  trustDomain: cluster.local      # of SPIFFE ids
  passthrough:                    # who passes connections on without an identity in them
    - { name: east-west, namespace: istio-system, pods: { istio: eastwestgateway } }
  cluster:                        # where the parts of the mesh are
    platform: eks                 # or kubernetes, kind, gke, aks, openshift
    dns: [{ namespace: kube-system, pods: { k8s-app: kube-dns } }, { cidr: 169.254.20.10/32 }]
    istiod: { namespace: istio-system, pods: { app: istiod } }
    registry: [{ cidr: 203.0.113.7/32, ports: [443] }]
    envoyGateway: envoy-gateway-system
    hbone: off                    # or `on`: sidecars take connections in tunnels, too
    proxyImage: docker.io/istio/proxyv2
  environments:                   # where else the policy applies, and what differs there
    - name: staging
      namespace: shop-staging
      trustDomain: staging.example.com
      keyId: "staging-01"
      url: oci://mirror.example.com/meshveil:1
      sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      cluster: { platform: kind }
"#;
