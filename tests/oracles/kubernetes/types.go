package main

import (
	"encoding/json"

	admission "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

// typeWarnings are what kube-controller-manager's type checking says of a ValidatingAdmissionPolicy about pods.
func typeWarnings(o object) ([]string, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var policy admission.ValidatingAdmissionPolicy
	if err := json.Unmarshal(text, &policy); err != nil {
		return nil, err
	}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v1"}})
	mapper.Add(schema.GroupVersionKind{Version: "v1", Kind: "Pod"}, meta.RESTScopeNamespace)
	checker := &validating.TypeChecker{
		SchemaResolver: resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, scheme.Scheme),
		RestMapper:     mapper,
	}
	var found []string
	for _, warning := range checker.Check(&policy) {
		found = append(found, warning.FieldRef+": "+warning.Warning)
	}
	return found, nil
}
