//! Findings about expectations.

codes! {
    WORDING = {
        id: "MV-E01",
        severity: Error,
        title: "an expectation that cannot be read",
        explanation: "See docs/reference/assertions.md.",
    }

    NAME = {
        id: "MV-E02",
        severity: Error,
        title: "an expectation about a name that means nothing, or too much",
        explanation: "See docs/reference/assertions.md.",
    }

    NOBODY = {
        id: "MV-E03",
        severity: Error,
        title: "an expectation about nobody, which would hold whatever happens",
        explanation: "See docs/reference/assertions.md.",
    }

    BROKEN = {
        id: "MV-E04",
        severity: Error,
        title: "an expectation that does not hold",
        explanation: "See docs/reference/assertions.md.",
    }
}
