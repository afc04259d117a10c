package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

// views are what each caller is to get, from `meshveil mask`, and what it must not get.
type views struct {
	s      *setup
	policy string // its file
	grants map[string][]string
	fields map[string][]string // the clear values of each
	app    *application

	mu    sync.Mutex
	known map[[2]string]string
}

func newViews(s *setup, file string) *views {
	v := &views{s: s, policy: file, grants: map[string][]string{}, fields: map[string][]string{}, app: newApplication(s.repository), known: map[[2]string]string{}}
	text, err := os.ReadFile(file)
	must(err)
	var read struct {
		Spec struct {
			Fields []struct {
				Name  string
				Paths []string
			}
			Callers []struct {
				Name string
				Sees any
			}
		}
	}
	must(yaml.Unmarshal(text, &read))
	var data any
	must(json.Unmarshal(v.app.bodies[""], &data))
	var names []string
	for _, f := range read.Spec.Fields {
		names = append(names, f.Name)
		for _, path := range f.Paths {
			member := path[strings.LastIndex(path, ".")+1:]
			v.fields[f.Name] = append(v.fields[f.Name], values(data, member)...)
		}
	}
	for _, c := range read.Spec.Callers {
		v.grants[c.Name] = []string{}
		if c.Sees == "all" {
			v.grants[c.Name] = names
		}
		if list, ok := c.Sees.([]any); ok {
			for _, f := range list {
				v.grants[c.Name] = append(v.grants[c.Name], f.(string))
			}
		}
	}
	return v
}

// values are the texts of all members of a name.
func values(data any, member string) []string {
	var all []string
	switch data := data.(type) {
	case []any:
		for _, e := range data {
			all = append(all, values(e, member)...)
		}
	case map[string]any:
		for name, e := range data {
			if text, ok := e.(string); ok && name == member {
				all = append(all, text)
			} else {
				all = append(all, values(e, member)...)
			}
		}
	}
	return all
}

// of is a caller's view of a path.
func (v *views) of(caller, path string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if view, ok := v.known[[2]string{caller, path}]; ok {
		return view
	}
	body := v.app.bodies[path]
	file, lines := v.policy, []string{}
	if path == export {
		// `mask` knows no routes: the route's exception as the field's own mask.
		text, err := os.ReadFile(v.policy)
		must(err)
		file, lines = v.policy+".export", []string{"--lines"}
		must(os.WriteFile(file, []byte(replaced(string(text), edit{`paths: ["$..email"], mask: email`, `paths: ["$..email"], mask: redact`})), 0o644))
	}
	view := string(run(body, []int{0}, v.s.meshveil, append([]string{"mask", "--policy", file, "--as", caller}, lines...)...))
	v.known[[2]string{caller, path}] = view
	return view
}

// leaks names the fields that a body shows in clear and the caller may not see.
func (v *views) leaks(caller, body string) string {
	var all []string
	for field, clear := range v.fields {
		if slices.Contains(v.grants[caller], field) {
			continue
		}
		for _, value := range clear {
			if strings.Contains(body, value) {
				all = append(all, field)
				break
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}
