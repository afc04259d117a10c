//! Findings about policies.

codes! {
    UNKNOWN_KEY = {
        id: "MV-P01",
        severity: Error,
        title: "unknown key",
        explanation: "An unknown key would be ignored, and with it what it was meant to say. The nearest known key is suggested.",
        base: Policy,
        underlined: "other",
    }

    MISSING_KEY = {
        id: "MV-P02",
        severity: Error,
        title: "missing key",
        explanation: "Required keys have no default: what a policy cannot do without is never guessed.",
        base: Policy,
        underlined: "{ name: ssn, paths: [\"$..ssn\"] }",
    }

    WRONG_TYPE = {
        id: "MV-P03",
        severity: Error,
        title: "value of the wrong type",
        explanation: "A list where a string belongs, text where a number belongs, and so on.",
        base: Policy,
        underlined: "\"$..ssn\"",
    }

    BAD_VALUE = {
        id: "MV-P04",
        severity: Error,
        title: "value that is not allowed",
        explanation: "Words such as `deny` and `masked` are compared exactly.",
        base: Policy,
        underlined: "block",
    }

    BAD_NAME = {
        id: "MV-P05",
        severity: Error,
        title: "invalid name",
        explanation: "\
            Names become parts of metrics, route metadata and Kubernetes objects: at most 63 letters, digits, `-`, `_` \
            and `.`, beginning with a letter or digit.",
        base: Policy,
        underlined: "\"social security\"",
    }

    DUPLICATE_NAME = {
        id: "MV-P06",
        severity: Error,
        title: "duplicate name",
        explanation: "`sees`, routes and metrics refer to fields, callers and routes by name.",
        base: Policy,
        underlined: "ssn",
    }

    BAD_QUERY = {
        id: "MV-P07",
        severity: Error,
        title: "invalid JSONPath query",
        explanation: "Paths are RFC 9535 queries. docs/reference/queries.md lists what is refused, and why.",
        base: Policy,
        underlined: "s",
    }

    BAD_MASK = {
        id: "MV-P08",
        severity: Error,
        title: "unknown mask, or invalid mask parameters",
        explanation: "docs/reference/masks.md lists every mask and its parameters.",
        base: Policy,
        underlined: "redcat",
    }

    UNKNOWN_FIELD = {
        id: "MV-P09",
        severity: Error,
        title: "unknown field",
        explanation: "\
            Callers and routes refer to the names under `fields`. A name that is not there means nothing, and was \
            probably meant to be another.",
        base: Policy,
        underlined: "emial",
    }

    BAD_SERVICE_ACCOUNT = {
        id: "MV-P10",
        severity: Error,
        title: "invalid ServiceAccount",
        explanation: "\
            ServiceAccounts are written `namespace/name`. The namespace is part of the identity: the same name in \
            another namespace is another identity.",
        base: Policy,
        underlined: "support",
    }

    NOT_IDENTIFIED = {
        id: "MV-P11",
        severity: Error,
        title: "caller without an identity",
        explanation: "\
            A caller is a ServiceAccount, a verified JWT claim, or a header that a trusted hop sets. Pod labels do not \
            identify: every user who may create pods chooses them. They only narrow the network rules.",
        base: Policy,
        underlined: "support",
    }

    NO_TRUSTED_HOP = {
        id: "MV-P12",
        severity: Error,
        title: "header caller without a trusted hop",
        explanation: "Every client can send a header. It is believed only from the hops that `trustedHops` lists.",
        base: Policy,
        underlined: "{ name: x-user-group, value: support }",
    }

    NO_KEY = {
        id: "MV-P13",
        severity: Error,
        title: "keyed mask without a key",
        explanation: "\
            `pseudonym` without a key could be undone by trying all values. The key comes from an environment variable \
            of the sidecar, never from the policy.",
        base: Policy,
        underlined: "pseudonym",
    }

    REFUSED_PLAN = {
        id: "MV-P14",
        severity: Error,
        title: "policy that the filter refuses",
        explanation: "The filter validates its configuration again; what it would refuse is an error here.",
        base: Policy,
        underlined: "export",
    }

    BAD_CIDR = {
        id: "MV-P15",
        severity: Error,
        title: "invalid address block",
        explanation: "\
            An address block is an address and a prefix length: `10.20.0.0/16`, or `/32` for one address. Host names \
            are not resolved: network rules hold addresses.",
        base: Policy,
        underlined: "payments.example.com",
    }

    SHARED_IDENTITY = {
        id: "MV-P20",
        severity: Error,
        title: "two callers with one identity",
        explanation: "\
            The filter cannot tell them apart: a request counts as the caller whose fields the other sees too, and as \
            an unlisted caller where neither sees all that the other sees.",
        base: Policy,
        underlined: "shop/tools",
    }

    DEFAULT_SERVICE_ACCOUNT = {
        id: "MV-P21",
        severity: Warning,
        title: "the `default` ServiceAccount as a caller",
        explanation: "Every pod of the namespace that names no ServiceAccount runs as `default`, and is this caller.",
        base: Policy,
        underlined: "shop/default",
    }

    SAME_PATH = {
        id: "MV-P22",
        severity: Warning,
        title: "one path in two fields",
        explanation: "\
            Both masks apply and the stricter one wins; a caller sees the value in clear only when it sees both \
            fields.",
        base: Policy,
        underlined: "\"$..ssn\"",
    }

    SHOWS_MUCH = {
        id: "MV-P23",
        severity: Warning,
        title: "partial mask that hides few characters",
        explanation: "Fewer than four hidden characters can be guessed: three digits are 1,000 attempts.",
        base: Policy,
        underlined: "{ partial: { keepLast: 4, minHidden: 2 } }",
    }

    MASKING_OFF = {
        id: "MV-P24",
        severity: Warning,
        title: "route without masking that may serve sensitive fields",
        explanation: "\
            Every response of the route passes unmasked, for every caller, so that every field counts as `clear` in \
            `simulate`. JSON without sensitive fields passes unchanged where masking is on, too; what cannot be \
            masked, such as the text of a health check, is let through by an exact path.",
        base: Policy,
        underlined: "off",
    }

    COSTS_MEMORY = {
        id: "MV-P25",
        severity: Warning,
        title: "path that looks ahead",
        explanation: "\
            A filter or an index from the end is decided only when the whole element or array has been read: up to \
            `limits.held` bytes are held per response, and larger responses are refused.",
        base: Policy,
        underlined: "\"$.cards[-1].number\"",
    }

    WEAKER_ROUTE = {
        id: "MV-P26",
        severity: Warning,
        title: "route mask without effect",
        explanation: "\
            The stricter of the route's mask and the field's mask wins, so that a weaker or equal mask on a route has \
            no effect.",
        base: Policy,
        underlined: "email",
    }

    NEVER_REACHED = {
        id: "MV-P27",
        severity: Warning,
        title: "route that is never reached",
        explanation: "The first route that matches a request wins, and an earlier one matches every request of this one.",
        base: Policy,
        underlined: "{ prefix: /api/admin }",
    }

    SAME_WORKLOAD = {
        id: "MV-P28",
        severity: Error,
        title: "two policies for one workload",
        explanation: "\
            Two filters would run one after the other, and each would refuse the other's callers. Merge them into one \
            policy.",
        base: Alone,
        underlined: "{ app: customers }",
    }

    NEVER_MATCHES = {
        id: "MV-P29",
        severity: Warning,
        title: "path that never selects anything",
        explanation: "\
            An empty slice, a step of 0, a filter that is always false, or children of scalars. The field it was meant \
            for is not masked.",
        base: Policy,
        underlined: "\"$.cards[2:1].number\"",
    }

    OVERLAP = {
        id: "MV-P30",
        severity: Note,
        title: "two fields that disagree about one value",
        explanation: "\
            The stricter mask wins, never the narrower path: an exception can hide more and never show more. A caller \
            sees the value in clear only when it sees both fields. Nothing to do where that is intended. Where paths \
            look ahead (filters, indices from the end) it depends on the response. Where thousands of paths meet in \
            very many ways some pairs may be missing, and a note at the policy's name says so.",
        base: Policy,
        underlined: "\"$..ssn\"",
    }

    SHADOWED = {
        id: "MV-P31",
        severity: Warning,
        title: "path without effect",
        explanation: "\
            All that it selects is also selected by, or lies inside, a field whose mask is at least as strict, for \
            every caller and on every route. Masks are compared by how much they hide (docs/reference/masks.md); a \
            weaker mask for a part of a stricter field shows nothing more.",
        base: Policy,
        underlined: "\"$.customer.ssn\"",
    }

    SEEN_IN_VAIN = {
        id: "MV-P32",
        severity: Warning,
        title: "`sees` without effect for a field",
        explanation: "\
            The value also belongs to, or lies inside, a field that is masked for this caller, and the mask wins: a \
            narrower path is not an exception.",
        base: Policy,
        underlined: "ssn",
    }

    TWO_CALLERS = {
        id: "MV-P33",
        severity: Note,
        title: "a request can be two callers, and neither sees all that the other sees",
        explanation: "\
            A pod with its own ServiceAccount can present another client's token, and a claim can be a list. Where one \
            caller sees all that the other sees, the one that sees less counts; where neither does, the request counts \
            as an unlisted caller.",
        base: Policy,
        underlined: "{ issuer: \"https://login.example.com\", claim: groups, value: audit }",
    }

    NEVER_RECOGNISED = {
        id: "MV-P34",
        severity: Warning,
        title: "caller that can never be recognised",
        explanation: "\
            Claims and headers come with a connection, and with `others: deny` only listed ServiceAccounts and trusted \
            hops may connect. Of a ServiceAccount and a claim the caller that sees less counts, so that a gateway \
            among `callers` that sees nothing hides everything from the clients behind it.",
        base: Policy,
        underlined: "{ issuer: \"https://login.example.com\", claim: group, value: support }",
    }

    FEW_VALUES = {
        id: "MV-P35",
        severity: Warning,
        title: "partial mask or pseudonym on a field with few possible values",
        explanation: "\
            A pseudonym hides a value, but not that two values are the same: there are so few dates of birth, genders \
            or PINs that counting tells which is which. A partial mask leaves as little to guess. Judged by names.",
        base: Policy,
        underlined: "pseudonym",
    }

    LOOKS_REAL = {
        id: "MV-P36",
        severity: Warning,
        title: "constant that looks like a real value",
        explanation: "\
            A number that passes the checks of a card, a social security number or an IBAN, or an e-mail address of a \
            domain that may exist, is taken for data: by readers, by scanners, and by systems that then use it.",
        base: Policy,
        underlined: "{ redact: { with: \"4111 1111 1111 1111\" } }",
    }

    LISTED_TWICE = {
        id: "MV-P37",
        severity: Warning,
        title: "duplicate item in a list",
        explanation: "Harmless by itself, but one of the two was probably meant to be another.",
        base: Policy,
        underlined: "email",
    }

    ERRORS_PASS = {
        id: "MV-P38",
        severity: Warning,
        title: "responses that cannot be masked pass",
        explanation: "\
            With `onError: pass` a client that makes the service answer in another encoding or with malformed JSON \
            gets the data unmasked.",
        base: Policy,
        underlined: "pass",
    }

    CUT_OFF = {
        id: "MV-P39",
        severity: Warning,
        title: "caller whose own policy does not let it connect",
        explanation: "\
            A workload with a policy of its own connects only to what that policy lists under `stores` and `egress`; a \
            caller that is such a workload must list this workload there.",
        base: Alone,
        underlined: "shop/customers",
    }

    PASSES = {
        id: "MV-P40",
        severity: Warning,
        title: "media type that passes unread",
        explanation: "\
            Bodies of a listed type reach every caller as they are, with any field in them: a client that sends \
            `Accept: text/html` may get the same data as a page. So every field counts as `clear` in `simulate`. List \
            exact types, on the routes that need them.",
        base: Policy,
        underlined: "text/html",
    }

    BAD_MEDIA_TYPE = {
        id: "MV-P41",
        severity: Error,
        title: "invalid media type, or one that cannot pass",
        explanation: "\
            Under `passes` stand media types such as `text/html`, or all of a top-level type, such as `image/*`, without \
            parameters; under `reads`, single types. What is read as JSON, by itself or because `reads` says so, is \
            masked and never passes.",
        base: Policy,
        underlined: "html",
    }

    NO_ISSUER = {
        id: "MV-P45",
        severity: Warning,
        title: "claim without an issuer",
        explanation: "\
            `jwt_authn` can accept tokens of several issuers and write all of them to the same payload. A sender whom one of them \
            lets choose its groups or roles is then this caller. With `issuer` only tokens with this `iss` count.",
        base: Policy,
        underlined: "{ claim: groups, value: support }",
    }

    WRITES_BACK = {
        id: "MV-P46",
        severity: Note,
        title: "callers that see codes and may write",
        explanation: "\
            Requests are not masked. A client that reads a record and writes it back stores the mask in place of the \
            value, such as `****6789`. And where the mask is a code that is the same for the same value, such as \
            `pseudonym`, a caller that can store a value of its choice sees by its code whether another record holds the \
            same one: it can test guesses. Let callers that see masks only read, or have the service take changes of single \
            fields, with `If-Match`.",
        base: Policy,
        underlined: "support",
    }

    BAD_HEADER = {
        id: "MV-P47",
        severity: Error,
        title: "response header that can be neither listed nor masked",
        explanation: "\
            Pseudo-headers, headers about one connection, and those that say how a body is sent (`content-length`, \
            `content-type`, `content-encoding`, `etag` and others) belong to the proxy and to the filter: they tell of the \
            bytes that arrive, which are those of the masked body.",
        base: Policy,
        underlined: "content-length",
    }

    HEADER_OF_BODY = {
        id: "MV-P48",
        severity: Warning,
        title: "listed header that describes the clear body",
        explanation: "\
            A digest, a checksum, a signature or a length that the service computes of its body is one of the clear body: it \
            does not fit the masked one, and a reader who guesses a value tests the guess by it. Judged by the words of the \
            name.",
        base: Policy,
        underlined: "content-md5",
    }

    HEADER_PASSES = {
        id: "MV-P49",
        severity: Warning,
        title: "response header that arrives unread",
        explanation: "\
            With `pass` a header reaches every caller as it is, with any field in it, so that every field counts as `clear` in \
            `simulate`. With `screen` a value that looks like something sensitive does not arrive; a header that holds a field \
            belongs under `headers` of this field, and is masked like it.",
        base: Policy,
        underlined: "x-report",
    }

    BAD_EXCEPTION = {
        id: "MV-P50",
        severity: Error,
        title: "exception with a path that looks ahead",
        explanation: "\
            Where it cannot be decided whether a filter selects a value (duplicate names, numbers beyond double precision), it \
            does, so that the value is masked. For an exception this would be the wrong way round: its paths name members \
            and elements only.",
        base: Policy,
        underlined: "\"$.errors[?@.public].ssn\"",
    }

    EXCEPTS = {
        id: "MV-P51",
        severity: Note,
        title: "route that excepts values of a field",
        explanation: "\
            What stands at these places arrives as it is for every caller, so that the field counts as `clear` in `simulate`. \
            An exception that no path of the field meets never holds.",
        base: Policy,
        underlined: "\"$.errors.ssn\"",
    }

    WRITES_MASKED = {
        id: "MV-P52",
        severity: Note,
        title: "route where masks may be written back",
        explanation: "\
            A client that reads a record, changes a part and writes all of it back stores `****6789` in place of the value. With \
            `writes: refuse-masked` such a request is answered with 422. Said of routes whose `methods` name PUT, PATCH or \
            POST.",
        base: Policy,
        underlined: "edit",
    }

    OBSERVES = {
        id: "MV-P53",
        severity: Note,
        title: "policy or route that only observes",
        explanation: "\
            With `stage: observe` responses arrive as they came, for every caller, and what would become of them is counted. So \
            every field counts as `clear` in `simulate`, in expectations and in exit codes.",
        base: Policy,
        underlined: "observe",
    }

    STAGE_ENDS = {
        id: "MV-P54",
        severity: Warning,
        title: "stage without an end, or past its end",
        explanation: "\
            Stages before `enforce` are for a time: left alone they are a policy that looks in force and is not. `until` names \
            the last day; afterwards this is an error.",
        base: Policy,
        underlined: "mask",
    }

    NAME_BELOW_NAME = {
        id: "MV-P60",
        severity: Note,
        title: "name directly below a name",
        explanation: "\
            `$..card.number` selects a `number` directly in a `card`. Where the same service answers a list of cards, or a card \
            that is a text, nothing is selected and it arrives in clear. `$..card..number` also finds it below a list, and `$..card` \
            masks a card whatever it is.",
        base: Policy,
        underlined: "\"$..card.number\"",
    }

    CLIENT_NAMES = {
        id: "MV-P61",
        severity: Warning,
        title: "service whose clients choose names",
        explanation: "\
            In GraphQL a client gives a field another name (`x: ssn`), as it does with `$compute` and `$apply` of OData, with `select=x:ssn` of \
            PostgREST, and with SQL over HTTP, which also answers columns apart from their names. A path that names `ssn` does not see \
            `x`. With `unlisted: mask` what no path of `shows` selects is masked, whatever it is called. A name that is \
            shown must not be one that clients can give to something else: choose paths that GraphQL aliases cannot build, or refuse aliases.",
        base: Policy,
        underlined: "graphql",
    }

    SHOWS_NOTHING = {
        id: "MV-P62",
        severity: Warning,
        title: "list of what is shown without effect",
        explanation: "\
            `shows` says what goes on as it is where everything else does not. Without `unlisted: mask` or `unlisted: refuse`, in the policy \
            or on the route, everything goes on as it is that no field masks.",
        base: Policy,
        underlined: "\"$.id\"",
    }

    METRICS_PORT = {
        id: "MV-P70",
        severity: Error,
        title: "metrics on a port with data",
        explanation: "\
            Whoever scrapes the port of the workload reads everything on it, past the filter. Have the sidecar merge the metrics at port \
            15020 (annotations `prometheus.io/port` and `prometheus.io/path`), or serve them on a port of their own.",
        base: Policy,
        underlined: "8080",
    }

    OWN_METRICS_PORT = {
        id: "MV-P71",
        severity: Warning,
        title: "metrics on a port of the application",
        explanation: "\
            Mutual TLS is STRICT on every port of the application, and Prometheus mostly has no certificate of the mesh: it is refused. \
            The agent of the sidecar merges the application's metrics with its own at port 15020, where the pods say with \
            `prometheus.io/port` and `prometheus.io/path` where they are.",
        base: Policy,
        underlined: "9090",
    }

    REPLICAS_CUT_OFF = {
        id: "MV-P73",
        severity: Warning,
        title: "replicas that may be called and may not call",
        explanation: "\
            The workload is a caller of itself, and its `egress` does not let it connect to its own pods. On ports of their own, \
            replicas are `workload.peers`, which opens both ends.",
        base: Policy,
        underlined: "self",
    }

    UNKNOWN_DETECTOR = {
        id: "MV-P74",
        severity: Error,
        title: "unknown kind of value to detect",
        explanation: "\
            `detect` looks for kinds of values by their names, or for groups of them: `strong`, `payment`, `identity`, `contact`, `secret`, \
            `device`, and `named` for what counts beside a name only.",
        base: Policy,
        underlined: "emails",
    }

    BAD_PATTERN = {
        id: "MV-P75",
        severity: Error,
        title: "pattern that cannot be looked for",
        explanation: "\
            A pattern is a regular expression of the crate `regex-lite`, which takes time in proportion to the length of a text: without look-around and \
            back-references, at most 512 bytes, and not one that matches where nothing stands, as `a*` does.",
        base: Policy,
        underlined: "\"[0-9]*\"",
    }

    DETECTS_NOTHING = {
        id: "MV-P76",
        severity: Warning,
        title: "detectors without effect",
        explanation: "\
            `detect` names no kind and no pattern, or stands on a route without masking. On a route with masking an empty `detect` says that nothing is \
            looked for there.",
        base: Policy,
        underlined: "{}",
    }

    MANY_PATTERNS = {
        id: "MV-P77",
        severity: Note,
        title: "many patterns to detect",
        explanation: "\
            All kinds share one pass over a text that a caller gets and no field masks; each pattern is a pass of its own. Patterns that are joined with `|` \
            share one.",
        base: Policy,
        underlined: "{ patterns: { a: \"A-[0-9]+\", b: \"B-[0-9]+\", c: \"C-[0-9]+\", d: \"D-[0-9]+\", e: \"E-[0-9]+\" } }",
    }

    UNKNOWN_VERSION = {
        id: "MV-P90",
        severity: Error,
        title: "version of the policy format that is not read",
        explanation: "\
            A reader that skips what it does not know would mask less than the policy says. A version of a newer release \
            needs that release; one that this release no longer reads is written anew by `meshveil convert`.",
        base: Alone,
        underlined: "meshveil.dev/v7",
    }

    OLD_VERSION = {
        id: "MV-P91",
        severity: Note,
        title: "old version of the policy format",
        explanation: "\
            A version is read for two minor releases after the first that reports it. Until then it is reported only beside policies in the \
            newest version. `meshveil convert --write` changes `apiVersion` and nothing else.",
        base: Alone,
        underlined: "meshveil.dev/v1alpha1",
    }
}
