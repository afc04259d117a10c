//! Findings about policies.

codes! {
    UNKNOWN_KEY = {
        id: "MV-P01",
        severity: Error,
        title: "a key that a policy does not have",
        explanation: "A key that is not known would be ignored, and with it what it was meant to say. Unknown keys are errors; the nearest known one is suggested.",
        base: Policy,
        underlined: "path",
    }

    MISSING_KEY = {
        id: "MV-P02",
        severity: Error,
        title: "a key that is missing",
        explanation: "What a policy cannot do without is never guessed.",
        base: Policy,
        underlined: "{ name: ssn, paths: [\"$..ssn\"] }",
    }

    WRONG_TYPE = {
        id: "MV-P03",
        severity: Error,
        title: "a value of the wrong type",
        explanation: "A list where a string belongs, text where a number belongs, and so on.",
        base: Policy,
        underlined: "\"$..ssn\"",
    }

    BAD_VALUE = {
        id: "MV-P04",
        severity: Error,
        title: "a value that is not one of those allowed",
        explanation: "Words such as `deny` and `masked` are compared exactly.",
        base: Policy,
        underlined: "block",
    }

    BAD_NAME = {
        id: "MV-P05",
        severity: Error,
        title: "a name that cannot be used",
        explanation: "Names become parts of metrics, route metadata and Kubernetes objects: letters, digits, `-`, `_` and `.`, at most 63 of them, beginning with a letter or digit.",
        base: Policy,
        underlined: "\"social security\"",
    }

    DUPLICATE_NAME = {
        id: "MV-P06",
        severity: Error,
        title: "a name that is used twice",
        explanation: "`sees`, routes and metrics refer to fields, callers and routes by name.",
        base: Policy,
        underlined: "ssn",
    }

    BAD_QUERY = {
        id: "MV-P07",
        severity: Error,
        title: "a path that is no JSONPath query",
        explanation: "Paths are RFC 9535. What is refused, and why, is in docs/reference/queries.md.",
        base: Policy,
        underlined: "s",
    }

    BAD_MASK = {
        id: "MV-P08",
        severity: Error,
        title: "a mask that does not exist or has wrong parameters",
        explanation: "Every mask and its parameters are in docs/reference/masks.md.",
        base: Policy,
        underlined: "redcat",
    }

    UNKNOWN_FIELD = {
        id: "MV-P09",
        severity: Error,
        title: "a field that is not listed under `fields`",
        explanation: "A caller that sees, or a route that changes, a field that does not exist means another one.",
        base: Policy,
        underlined: "emial",
    }

    BAD_SERVICE_ACCOUNT = {
        id: "MV-P10",
        severity: Error,
        title: "a ServiceAccount that is not `namespace/name`",
        explanation: "The namespace is part of the identity: the same name in another namespace is somebody else.",
        base: Policy,
        underlined: "support",
    }

    NOT_IDENTIFIED = {
        id: "MV-P11",
        severity: Error,
        title: "a caller that nothing identifies",
        explanation: "A caller is a ServiceAccount, a verified JWT claim or a header that a trusted hop sets. Labels of pods can be chosen by whoever creates a pod: they narrow the network, they identify nobody.",
        base: Policy,
        underlined: "support",
    }

    NO_TRUSTED_HOP = {
        id: "MV-P12",
        severity: Error,
        title: "a header caller without a trusted hop",
        explanation: "Anybody can send a header. It is believed only from hops that `trustedHops` lists.",
        base: Policy,
        underlined: "{ name: x-user-group, value: support }",
    }

    NO_KEY = {
        id: "MV-P13",
        severity: Error,
        title: "a keyed mask without a key",
        explanation: "`pseudonym` without a key could be undone by trying all values. The key comes from an environment variable of the sidecar, never from the policy.",
        base: Policy,
        underlined: "pseudonym",
    }

    REFUSED_PLAN = {
        id: "MV-P14",
        severity: Error,
        title: "a policy that the filter would refuse",
        explanation: "The filter checks its configuration again; what it would refuse is an error here.",
        base: Policy,
        underlined: "health",
    }

    BAD_CIDR = {
        id: "MV-P15",
        severity: Error,
        title: "an address block that is none",
        explanation: "An address and the length of its prefix: `10.20.0.0/16`, or `/32` for one address. Names are not resolved: network rules hold addresses.",
        base: Policy,
        underlined: "payments.example.com",
    }

    SHARED_IDENTITY = {
        id: "MV-P20",
        severity: Error,
        title: "two callers with one identity",
        explanation: "The filter cannot tell them apart: whoever is both gets what both see.",
        base: Policy,
        underlined: "shop/tools",
    }

    DEFAULT_SERVICE_ACCOUNT = {
        id: "MV-P21",
        severity: Warning,
        title: "the `default` ServiceAccount as a caller",
        explanation: "Every pod of the namespace that names no ServiceAccount runs as `default`, and so is this caller.",
        base: Policy,
        underlined: "shop/default",
    }

    SAME_PATH = {
        id: "MV-P22",
        severity: Warning,
        title: "one path in two fields",
        explanation: "Both masks apply and the stricter one wins; a caller sees the value in clear only when it sees both fields.",
        base: Policy,
        underlined: "\"$..ssn\"",
    }

    SHOWS_MUCH = {
        id: "MV-P23",
        severity: Warning,
        title: "a partial mask that hides little",
        explanation: "Fewer than four hidden characters can be guessed: three digits are a thousand tries.",
        base: Policy,
        underlined: "{ partial: { keepLast: 4, minHidden: 2 } }",
    }

    MASKING_OFF = {
        id: "MV-P24",
        severity: Warning,
        title: "a route without masking that may serve sensitive fields",
        explanation: "Every response of the route passes untouched, for every caller. Right for health checks and static files; narrow it to exact paths.",
        base: Policy,
        underlined: "off",
    }

    COSTS_MEMORY = {
        id: "MV-P25",
        severity: Warning,
        title: "a path that has to look ahead",
        explanation: "A filter or an index from the end is known only when the whole element or array has been read: up to `limits.held` bytes are held per response, and beyond it the response is refused.",
        base: Policy,
        underlined: "\"$.cards[-1].number\"",
    }

    WEAKER_ROUTE = {
        id: "MV-P26",
        severity: Warning,
        title: "a route whose mask changes nothing",
        explanation: "The stricter of the route's mask and the field's wins, so that one that is weaker or the same changes nothing.",
        base: Policy,
        underlined: "email",
    }

    NEVER_REACHED = {
        id: "MV-P27",
        severity: Warning,
        title: "a route that an earlier one hides",
        explanation: "The first route that matches a request wins.",
        base: Policy,
        underlined: "{ prefix: /api/admin }",
    }

    SAME_WORKLOAD = {
        id: "MV-P28",
        severity: Error,
        title: "two policies for one workload",
        explanation: "Two filters would run one after the other, and each would refuse the other's callers. Put both into one policy.",
    }

    NEVER_MATCHES = {
        id: "MV-P29",
        severity: Warning,
        title: "a path that never selects anything",
        explanation: "An empty slice, a step of 0, a filter that is false whatever the value is, children of scalars. The field it was meant for is not masked.",
        base: Policy,
        underlined: "\"$.cards[2:1].number\"",
    }

    OVERLAP = {
        id: "MV-P30",
        severity: Note,
        title: "two fields that select one value and say different things about it",
        explanation: "The stricter mask wins, never the narrower path: an exception can hide more and never show more. A caller sees the value in clear only when it sees both fields. Nothing to do where that is meant; where paths look ahead (filters, indices from the end) it depends on the response. Where thousands of paths meet in very many ways some may be missing, and a note at the policy's name says so.",
        base: Policy,
        underlined: "\"$..ssn\"",
    }

    SHADOWED = {
        id: "MV-P31",
        severity: Warning,
        title: "a path that never decides anything",
        explanation: "All that it selects is also selected by, or lies inside, what another field masks at least as strictly, for every caller and on every route. Masks are compared by how much they hide (docs/reference/masks.md); a weaker mask for a part of a stricter field shows nothing more.",
        base: Policy,
        underlined: "\"$.customer.ssn\"",
    }

    SEEN_IN_VAIN = {
        id: "MV-P32",
        severity: Warning,
        title: "a field that a caller does not see although it is listed",
        explanation: "The value also belongs to, or lies inside, a field that is masked for this caller, and the mask wins: a narrower path is no exception.",
        base: Policy,
        underlined: "ssn",
    }

    TWO_CALLERS = {
        id: "MV-P33",
        severity: Note,
        title: "two callers that one request can be, of which neither sees all that the other sees",
        explanation: "A pod with its own ServiceAccount can present somebody's token, and a claim can be a list. Where one caller sees all that the other sees, the one that sees less counts; where neither does, the request is nobody's.",
        base: Policy,
        underlined: "{ claim: groups, value: audit }",
    }

    NOBODY = {
        id: "MV-P34",
        severity: Warning,
        title: "a caller that no request ever is",
        explanation: "Claims and headers come with a connection, and with `others: deny` only listed ServiceAccounts and trusted hops may connect. Of a ServiceAccount and a claim the caller that sees less counts, so that a gateway among `callers` that sees nothing hides everything from those behind it.",
        base: Policy,
        underlined: "{ claim: group, value: support }",
    }

    FEW_VALUES = {
        id: "MV-P35",
        severity: Warning,
        title: "a mask that shows part of a value of which there are few",
        explanation: "A pseudonym hides a value and not that two are the same: of a date of birth, a gender or a PIN there are so few that counting tells which is which. A partial mask leaves as little to guess. Judged by names.",
        base: Policy,
        underlined: "pseudonym",
    }

    LOOKS_REAL = {
        id: "MV-P36",
        severity: Warning,
        title: "a constant that looks like a real value",
        explanation: "A number that passes the checks of a card, a social security number or an IBAN, or an address that somebody may own, is taken for data: by readers, by scanners, and by systems that then use it.",
        base: Policy,
        underlined: "{ redact: { with: \"4111 1111 1111 1111\" } }",
    }

    LISTED_TWICE = {
        id: "MV-P37",
        severity: Warning,
        title: "the same thing twice in a list",
        explanation: "Harmless by itself, but one of the two was probably meant to be another.",
        base: Policy,
        underlined: "email",
    }

    ERRORS_PASS = {
        id: "MV-P38",
        severity: Warning,
        title: "responses that cannot be masked pass",
        explanation: "With `onError: pass` whoever makes the service answer in another encoding or with broken JSON gets the data unmasked.",
        base: Policy,
        underlined: "pass",
    }

    CUT_OFF = {
        id: "MV-P39",
        severity: Warning,
        title: "a caller whose own policy does not let it connect",
        explanation: "A workload with a policy of its own connects only to what that policy lists under `stores` and `egress`; so a caller that is such a workload needs the other one there.",
    }
}
