//! Findings about mistakes in Istio's policies.

codes! {
    PRINCIPALS_WITHOUT_MTLS = {
        id: "MV-A01",
        severity: Error,
        title: "principals where plaintext is accepted",
        explanation: "\
            Plaintext has no principal: it matches no `principals` of a DENY rule, and every `notPrincipals` of an \
            ALLOW rule.",
        base: Sidecar,
        underlined: "{ from: [{ source: { principals: [cluster.local/ns/shop/sa/frontend] } }] }",
    }

    WILDCARD_PRINCIPAL = {
        id: "MV-A02",
        severity: Warning,
        title: "wildcard principal in an ALLOW rule",
        explanation: "\
            `cluster.local/ns/shop/*` allows every identity of the namespace, `*` every identity of every trusted \
            mesh. A star inside is literal.",
        base: Sidecar,
        underlined: "{ source: { principals: [cluster.local/ns/shop/*] } }",
    }

    RULE_MATCHES_ALL = {
        id: "MV-A03",
        severity: Error,
        title: "misspelt key that empties an ALLOW rule",
        explanation: "The API server drops `form:` for `from:`, and a rule without conditions matches every request.",
        base: Sidecar,
        underlined: "form",
    }
}
