//! Findings about manifests that cannot be read, or that the API server refuses.

codes! {
    INVALID_YAML = {
        id: "MV-M01",
        severity: Error,
        title: "invalid YAML",
        explanation: "The document is skipped; the ones after it are read.",
        base: Pods,
        underlined: "{",
    }

    DUPLICATE_KEY = {
        id: "MV-M02",
        severity: Error,
        title: "duplicate key",
        explanation: "Only one of the two would count.",
        base: Pods,
        underlined: "selector",
    }

    UNKNOWN_KEY = {
        id: "MV-M03",
        severity: Error,
        title: "unknown key",
        explanation: "The API server silently drops it.",
        base: Pods,
        underlined: "targetport",
    }

    WRONG_TYPE = {
        id: "MV-M04",
        severity: Error,
        title: "value of the wrong type",
        explanation: "The API server refuses the object.",
        base: Pods,
        underlined: "\"80\"",
    }

    REFUSED_OBJECT = {
        id: "MV-M05",
        severity: Error,
        title: "object that the API server refuses",
        explanation: "It is left out of every answer.",
        base: Pods,
        underlined: "Back_End",
    }

    UNSERVED_KIND = {
        id: "MV-M06",
        severity: Error,
        title: "kind or version that clusters do not serve",
        explanation: "The object is left out of every answer.",
        base: Pods,
        underlined: "extensions/v1beta1",
    }

    DUPLICATE_OBJECT = {
        id: "MV-M07",
        severity: Warning,
        title: "duplicate object",
        explanation: "\
            Both count here; in a cluster the later one replaces the earlier. Namespaces with different labels are an \
            error.",
        base: Alone,
        underlined: "backend",
    }

    NOT_BUILT = {
        id: "MV-M08",
        severity: Note,
        title: "kustomization that is not built",
        explanation: "\
            Files are read as they are; its patches, names and namespace are not applied, and what it takes from \
            elsewhere is not fetched.",
        base: Pods,
        underlined: "namespace",
    }

    PROTECTS_NOTHING = {
        id: "MV-M09",
        severity: Error,
        title: "policy that protects nothing",
        explanation: "Its selector matches no workload of its namespace, so that nothing is masked.",
        base: Sidecar,
        underlined: "{ app: customer }",
    }

    LABEL_WITHOUT_VALUE = {
        id: "MV-M20",
        severity: Warning,
        title: "label without a value",
        explanation: "\
            The API server stores an empty value where the object is created, and client-side `kubectl apply` drops the label. For each selector the \
            worse counts.",
        base: Pods,
        underlined: "app",
    }
}
