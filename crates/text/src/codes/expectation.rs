//! Findings about expectations.

codes! {
    WORDING = {
        id: "MV-E01",
        severity: Error,
        title: "invalid expectation",
        explanation: "\
            An expectation is a sentence such as `frontend sees ssn: partial`. docs/reference/assertions.md lists all \
            forms.",
        base: Expectations,
        underlined: "can",
    }

    NAME = {
        id: "MV-E02",
        severity: Error,
        title: "unknown or ambiguous name in an expectation",
        explanation: "\
            A name is a workload, a caller of a policy, an address, a namespace or a field. One that several share \
            needs its namespace, kind or policy.",
        base: Expectations,
        underlined: "biling",
    }

    ALWAYS_TRUE = {
        id: "MV-E03",
        severity: Error,
        title: "expectation that is always true",
        explanation: "No workload matches it, so it would hold whatever the manifests say.",
        base: Expectations,
        underlined: "istio-system",
    }

    BROKEN = {
        id: "MV-E04",
        severity: Error,
        title: "expectation that does not hold",
        explanation: "Shown is one source, one path, and the rules along it.",
        base: Expectations,
        underlined: "support sees ssn: masked",
    }
}
