//! Findings about findings that are accepted.

codes! {
    MALFORMED = {
        id: "MV-E10",
        severity: Error,
        title: "invalid acceptance of a finding",
        explanation: "\
            A finding is accepted by a comment at its line, `# meshveil: allow MV-B15 until 2027-01-31: the reason`. \
            The code, the day and the reason have to be there.",
        base: Policy,
        underlined: "# meshveil: allow MV-P21",
    }

    EXPIRED = {
        id: "MV-E11",
        severity: Warning,
        title: "acceptance of a finding that is over",
        explanation: "The finding counts again.",
        base: Policy,
        underlined: "# meshveil: allow MV-P21 until 2020-01-31: it moves to an account of its own",
    }

    UNUSED = {
        id: "MV-E12",
        severity: Warning,
        title: "acceptance of a finding that is not found",
        explanation: "What it was about is repaired, or it stands at another line. Left where it is, it would hide the next one.",
        base: Policy,
        underlined: "# meshveil: allow MV-P21 until 2099-01-31: it moves to an account of its own",
    }

    NOT_ACCEPTABLE = {
        id: "MV-E13",
        severity: Error,
        title: "finding that cannot be accepted",
        explanation: "\
            What cannot be read (errors of a policy, malformed manifests), an expectation that does not hold, and data that \
            leaves a proxy unmasked: nothing else is known while it is there.",
        base: Policy,
        underlined: "# meshveil: allow MV-P01 until 2099-01-31: it is a new member",
    }
}
