//! Releases of Envoy with defects that matter to masking, as data with sources.

/// A release: `[major, minor, patch]`.
pub(crate) type Release = [u64; 3];

/// A defect of some releases.
pub(crate) struct Defect {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it does to masking.
    pub(crate) effect: &'static str,
    /// Where it is described.
    pub(crate) source: &'static str,
    /// The first release of each line that does not have it. Lines below the first are never repaired, lines above the last
    /// never had it.
    repaired: &'static [Release],
    /// What it takes to be met.
    pub(crate) needs: Needs,
}

/// What a policy must ask for to meet a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing in particular.
    Nothing,
    /// Callers or clients known by their certificates.
    Certificates,
    /// Routes that the proxy chooses by path.
    Paths,
    /// `delivery: strict`.
    Strict,
}

/// Every defect that is known.
pub(crate) static ALL: &[Defect] = &[
    Defect {
        name: "CVE-2026-73511",
        effect: "a path parameter (`;`) can choose another route than the one the workload serves",
        source: "https://github.com/envoyproxy/envoy/security/advisories/GHSA-m745-gh6x-349x",
        repaired: &[[1, 36, 10], [1, 37, 6], [1, 38, 4], [1, 39, 1]],
        needs: Needs::Paths,
    },
    Defect {
        name: "CVE-2026-47778",
        effect: "a name in a certificate is cut at a zero byte, and passes for another caller",
        source: "https://github.com/envoyproxy/envoy/releases/tag/v1.38.3",
        repaired: &[[1, 35, 13], [1, 36, 9], [1, 37, 5], [1, 38, 3]],
        needs: Needs::Certificates,
    },
    Defect {
        name: "CVE-2025-66220",
        effect: "a name in a certificate is cut at a zero byte, and passes for a client of the trust domain",
        source: "https://github.com/envoyproxy/envoy/releases/tag/v1.36.3",
        repaired: &[[1, 33, 13], [1, 34, 11], [1, 35, 7], [1, 36, 3]],
        needs: Needs::Certificates,
    },
    Defect {
        name: "no `allow_on_headers_stop_iteration`",
        effect: "response headers cannot wait for the body: a broken body ends in a cut response",
        source: "https://www.envoyproxy.io/docs/envoy/latest/version_history/v1.35/v1.35.0",
        repaired: &[[1, 35, 0]],
        needs: Needs::Strict,
    },
    Defect {
        name: "no `FAIL_RELOAD`",
        effect: "a filter that crashed answers 503 to everything until the proxy is restarted",
        source: "https://www.envoyproxy.io/docs/envoy/latest/version_history/v1.33/v1.33.0",
        repaired: &[[1, 33, 0]],
        needs: Needs::Nothing,
    },
    Defect {
        name: "envoy#36411",
        effect: "the last frame of an HTTP/2 body is missing from what filters see as buffered",
        source: "https://github.com/envoyproxy/envoy/issues/36411",
        repaired: &[[1, 32, 0]],
        needs: Needs::Nothing,
    },
];

impl Defect {
    /// Whether a release has it.
    pub(crate) fn concerns(&self, release: Release) -> bool {
        let line = |of: &Release| (of[0], of[1]);
        let own = self.repaired.iter().find(|repaired| line(repaired) == line(&release));
        match (own, self.repaired.first()) {
            (Some(repaired), _) => release < *repaired,
            (None, Some(first)) => line(&release) < line(first),
            (None, None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defect_concerns_what_is_older_than_the_repair_of_its_line() {
        let certificates = ALL.iter().find(|defect| defect.name == "CVE-2025-66220").unwrap();
        for (release, expected) in [
            ([1, 32, 9], true),
            ([1, 33, 12], true),
            ([1, 33, 13], false),
            ([1, 36, 2], true),
            ([1, 36, 3], false),
            ([1, 37, 0], false),
            ([1, 40, 0], false),
            ([2, 0, 0], false),
        ] {
            assert_eq!(certificates.concerns(release), expected, "{release:?}");
        }
    }

    #[test]
    fn repairs_are_listed_line_by_line_in_order() {
        for defect in ALL {
            assert!(defect.repaired.is_sorted(), "{}", defect.name);
            assert!(defect.source.starts_with("https://"), "{}", defect.name);
        }
    }
}
