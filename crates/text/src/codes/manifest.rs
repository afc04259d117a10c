//! Findings about manifests that are unreadable, or refused by the API server.

codes! {
    NOT_YAML = {
        id: "MV-M01",
        severity: Error,
        title: "not YAML",
        explanation: "The document is skipped; the ones after it are read.",
    }

    DUPLICATE_KEY = {
        id: "MV-M02",
        severity: Error,
        title: "a duplicate key",
        explanation: "Only one of the two would count.",
    }

    UNKNOWN_KEY = {
        id: "MV-M03",
        severity: Error,
        title: "an unknown key",
        explanation: "The API server drops it without a word.",
    }

    WRONG_TYPE = {
        id: "MV-M04",
        severity: Error,
        title: "a value of the wrong type",
        explanation: "The API server refuses the object.",
    }

    REFUSED_OBJECT = {
        id: "MV-M05",
        severity: Error,
        title: "an object the API server refuses",
        explanation: "It is left out of every answer.",
    }

    UNSERVED_KIND = {
        id: "MV-M06",
        severity: Error,
        title: "a kind or version that clusters do not serve",
        explanation: "The object is left out of every answer.",
    }

    GIVEN_TWICE = {
        id: "MV-M07",
        severity: Warning,
        title: "an object given twice",
        explanation: "Both count here; in a cluster the later one replaces the earlier. Namespaces whose labels differ are refused.",
    }

    NOT_BUILT = {
        id: "MV-M08",
        severity: Note,
        title: "a kustomization that is not built",
        explanation: "Files are read as they lie there; its patches, names and namespace are not applied, and what it takes from elsewhere is not fetched.",
    }

    PROTECTS_NOTHING = {
        id: "MV-M09",
        severity: Error,
        title: "a policy that protects nothing",
        explanation: "Its selector fits no workload of its namespace, so that nothing is masked.",
    }
}
