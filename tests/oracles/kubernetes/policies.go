package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/yaml"
)

// A variant is a policy with one member changed, and whether the API server should take it.
type variant struct {
	title string
	// Keys and indices from the object on; the last may be new.
	path  []any
	value any
	taken bool
}

var longName = strings.Repeat("n", 64)

var variants = []variant{
	{"a mask by its name", []any{"spec", "fields", 0, "mask"}, "redact", true},
	{"the mask `null` in quotes", []any{"spec", "fields", 0, "mask"}, "null", true},
	{"a mask with parameters", []any{"spec", "fields", 0, "mask"}, map[string]any{"partial": map[string]any{"keepLast": 2.0}}, true},
	{"an unknown mask", []any{"spec", "fields", 0, "mask"}, "redacted", false},
	{"an unknown mask with parameters", []any{"spec", "fields", 0, "mask"}, map[string]any{"hide": map[string]any{}}, false},
	{"two masks", []any{"spec", "fields", 0, "mask"}, map[string]any{"partial": map[string]any{}, "email": map[string]any{}}, false},
	{"a number as mask", []any{"spec", "fields", 0, "mask"}, 5.0, false},
	{"a list as mask", []any{"spec", "fields", 0, "mask"}, []any{"redact"}, false},
	{"a mask of a route", []any{"spec", "routes", 0, "fields"}, map[string]any{"ssn": "drop"}, true},
	{"an unknown mask of a route", []any{"spec", "routes", 0, "fields"}, map[string]any{"ssn": "dropped"}, false},
	{"a path without `$`", []any{"spec", "fields", 0, "paths"}, []any{"ssn"}, false},
	{"a text as paths", []any{"spec", "fields", 0, "paths"}, "$..ssn", false},
	{"fields that are no list", []any{"spec", "fields"}, map[string]any{}, false},
	{"an unknown key", []any{"spec", "feilds"}, []any{}, false},
	{"an unknown key of a caller", []any{"spec", "callers", 0, "see"}, "all", false},
	{"an unknown word", []any{"spec", "others"}, "allow", false},
	{"a port that is none", []any{"spec", "workload", "ports", 0, "port"}, 70000.0, false},
	{"everything seen", []any{"spec", "callers", 0, "sees"}, "all", true},
	{"some fields seen", []any{"spec", "callers", 0, "sees"}, []any{"ssn", "email"}, true},
	{"`sees` with another word", []any{"spec", "callers", 0, "sees"}, "some", false},
	{"`sees` with a number", []any{"spec", "callers", 0, "sees"}, 1.0, false},
	{"a map as `sees`", []any{"spec", "callers", 0, "sees"}, map[string]any{"ssn": true}, false},
	{"a caller that nothing identifies", []any{"spec", "callers", 0}, map[string]any{"name": "billing"}, false},
	{"a caller with a claim", []any{"spec", "callers", 0}, map[string]any{"name": "auditor", "jwt": map[string]any{"claim": "role", "value": "auditor"}}, true},
	{"an account without namespace", []any{"spec", "callers", 0, "serviceAccount"}, "billing", false},
	{"a hop by its account", []any{"spec", "trustedHops"}, []any{"ingress/gateway"}, true},
	{"a hop with labels", []any{"spec", "trustedHops"}, []any{map[string]any{"serviceAccount": "ingress/gateway", "pods": map[string]any{"app": "gateway"}}}, true},
	{"a hop without account", []any{"spec", "trustedHops"}, []any{map[string]any{"pods": map[string]any{"app": "gateway"}}}, false},
	{"a hop that is a word", []any{"spec", "trustedHops"}, []any{"gateway"}, false},
	{"masking off, as YAML reads it", []any{"spec", "routes", 0, "masking"}, false, true},
	{"masking off, in quotes", []any{"spec", "routes", 0, "masking"}, "off", true},
	{"masking that is neither", []any{"spec", "routes", 0, "masking"}, "maybe", false},
	{"`until` without a stage", []any{"spec", "until"}, "2027-12-31", false},
	{"a day that is none", []any{"spec", "until"}, "soon", false},
	{"`until` of a route without a stage", []any{"spec", "routes", 0, "until"}, "2027-12-31", false},
	{"a previous key that is the current one", []any{"spec", "key", "previous"}, map[string]any{"env": "MESHVEIL_KEY", "id": "before"}, false},
	{"a previous key", []any{"spec", "key", "previous"}, map[string]any{"env": "MESHVEIL_KEY_BEFORE", "id": "before"}, true},
	{"a name that is too long", []any{"metadata", "name"}, longName, false},
}

// policies: the definition is taken and structural, policies of either version are stored as they are, broken ones refused.
func (j *judge) policies(repository string) error {
	text, err := os.ReadFile(filepath.Join(repository, "docs/reference/maskingpolicies.json"))
	if err != nil {
		return err
	}
	var definition object
	if err := json.Unmarshal(text, &definition); err != nil {
		return err
	}
	path := "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
	said, err := j.server.call(http.MethodPost, path+"?fieldValidation=Strict", "application/json", definition)
	if err != nil {
		return err
	}
	j.check(said.status == 201, "the definition is taken", said.message())
	j.check(len(said.warnings) == 0, "the definition without a warning", said.warnings...)
	if said.status != 201 {
		return nil
	}
	shop, err := document(filepath.Join(repository, "shop/policy.yaml"))
	if err != nil {
		return err
	}
	conditions, err := j.established(path+"/"+definition.name(), shop)
	if err != nil {
		return err
	}
	j.check(!strings.Contains(conditions, "NonStructuralSchema"), "the definition is structural", conditions)
	page, err := os.ReadFile(filepath.Join(repository, "docs/reference/policy.md"))
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	block, _, _ := strings.Cut(rest, "```")
	var example object
	if err := yaml.Unmarshal([]byte(block), &example); err != nil {
		return fmt.Errorf("the example of the page: %w", err)
	}
	taken := []object{shop, example}
	for _, policy := range taken {
		for _, version := range []string{"meshveil.dev/v1alpha1", "meshveil.dev/v1"} {
			copied := policy.copied()
			copied["apiVersion"] = version
			if err := j.policy(copied, version+" "+policy.name(), true); err != nil {
				return err
			}
		}
	}
	for _, one := range variants {
		changed := shop.copied()
		if !set(map[string]any(changed), one.path, one.value) {
			return fmt.Errorf("%s: no such place", one.title)
		}
		if err := j.policy(changed, one.title, one.taken); err != nil {
			return err
		}
	}
	return nil
}

// policy asks whether a policy could be made, and whether it would be stored as it is.
func (j *judge) policy(o object, title string, taken bool) error {
	said, err := j.server.call(http.MethodPost, policyPath(o)+"&dryRun=All", "application/json", o)
	if err != nil {
		return err
	}
	if !taken {
		j.check(said.status == 422 || said.status == 400, title+" is refused", fmt.Sprint(said.status))
		return nil
	}
	j.check(said.status == 201, title+" is taken", said.message())
	if said.status == 201 {
		same := reflect.DeepEqual(map[string]any(o.copied().member("spec")), map[string]any(said.object.member("spec")))
		j.check(same, title+" is stored as applied")
	}
	return nil
}

func policyPath(o object) string {
	namespace := o.member("metadata").text("namespace")
	return "/apis/" + o.text("apiVersion") + "/namespaces/" + namespace + "/maskingpolicies?fieldValidation=Strict"
}

// established waits until policies are served, and gives the conditions of the definition.
func (j *judge) established(path string, policy object) (string, error) {
	for range 300 {
		said, err := j.server.call(http.MethodPost, policyPath(policy)+"&dryRun=All", "application/json", policy)
		if err != nil {
			return "", err
		}
		if said.status != http.StatusNotFound {
			definition, err := j.server.call(http.MethodGet, path, "", nil)
			if err != nil {
				return "", err
			}
			text, err := json.Marshal(definition.object.member("status")["conditions"])
			return string(text), err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "", fmt.Errorf("policies are never served")
}

// document reads the first object of a file.
func document(file string) (object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var o object
	err = yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096).Decode(&o)
	return o, err
}

// set changes what stands at a path; false where the path leads nowhere.
func set(at any, path []any, value any) bool {
	switch key := path[0].(type) {
	case string:
		members, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if len(path) == 1 {
			members[key] = value
			return true
		}
		return set(members[key], path[1:], value)
	case int:
		items, ok := at.([]any)
		if !ok || key >= len(items) {
			return false
		}
		if len(path) == 1 {
			items[key] = value
			return true
		}
		return set(items[key], path[1:], value)
	}
	return false
}
