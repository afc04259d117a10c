package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	patch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"
)

// mutant is a change of what is generated that some checks must not pass.
type mutant struct {
	Name     string
	Settings []string
	Changes  []change
	// Besides the start, the views and the refusals.
	Steps []string
	// Texts of names of checks: for each at least one must fail.
	Fails []string
}

// change of one object: it is gone, or other by a JSON patch or by texts.
type change struct {
	Kind, Name string
	Gone       bool
	Patch      []map[string]any
	From, To   string
}

// readMutants reads them from the file beside this one.
func readMutants(repository string) []mutant {
	text, err := os.ReadFile(filepath.Join(repository, "tests/oracles/istiod/mesh/mutants.yaml"))
	must(err)
	var all []mutant
	must(yaml.UnmarshalStrict(text, &all))
	for _, m := range all {
		for _, name := range m.Settings {
			if !slices.ContainsFunc(settings, func(s setting) bool { return s.name == name }) {
				panic("no such setting: " + name)
			}
		}
		if len(m.Fails) == 0 || len(m.Settings) == 0 || len(m.Changes) == 0 {
			panic("a mutant that says too little: " + m.Name)
		}
	}
	return all
}

func (m *mutant) steps() []string { return append([]string{"start", "views", "refusals"}, m.Steps...) }

// missing are the texts that no failed check has in its name: all, where the proxy never answered, unless Envoy must refuse the mutant.
func (m *mutant) missing(failed []result) (missing []string) {
	neverAnswered := slices.ContainsFunc(failed, func(r result) bool { return r.Name == answers })
	if neverAnswered && !slices.Contains(m.Fails, takesAll) {
		return m.Fails
	}
	for _, text := range m.Fails {
		if !slices.ContainsFunc(failed, func(r result) bool { return strings.Contains(r.Name, text) }) {
			missing = append(missing, text)
		}
	}
	return
}

// apply changes what was generated. Each change must find its object.
func (m *mutant) apply(objects []object) []object {
	for _, c := range m.Changes {
		i := slices.IndexFunc(objects, func(o object) bool { return o.GetKind() == c.Kind && o.GetName() == c.Name })
		if i < 0 {
			panic(fmt.Sprintf("mutant %s: no %s %s", m.Name, c.Kind, c.Name))
		}
		switch {
		case c.Gone:
			objects = slices.Delete(slices.Clone(objects), i, i+1)
		case len(c.Patch) > 0:
			objects[i] = patched(objects[i], c.Patch)
		default:
			objects[i] = changed(objects[i], edit{c.From, c.To})
		}
	}
	return objects
}

func patched(o object, operations []map[string]any) object {
	text, err := json.Marshal(operations)
	must(err)
	decoded, err := patch.DecodePatch(text)
	must(err)
	before, err := o.MarshalJSON()
	must(err)
	after, err := decoded.Apply(before)
	must(err)
	return parsed(string(after))
}
