//! Findings about mistakes in Istio's policies.

codes! {
    PRINCIPALS_WITHOUT_MTLS = {
        id: "MV-A01",
        severity: Error,
        title: "principals where plaintext is taken",
        explanation: "Plaintext has no principal: it matches no `principals` of a DENY rule, and every `notPrincipals` of an ALLOW rule.",
    }

    WILDCARD_PRINCIPAL = {
        id: "MV-A02",
        severity: Warning,
        title: "a wildcard principal in an ALLOW rule",
        explanation: "`cluster.local/ns/shop/*` lets in every identity of the namespace, `*` every identity of every trusted mesh. A star inside is taken literally.",
    }

    RULE_MATCHES_ALL = {
        id: "MV-A03",
        severity: Error,
        title: "a mistyped key empties an ALLOW rule",
        explanation: "`form:` for `from:` is dropped by the API server, and a rule without conditions matches everything.",
    }
}
