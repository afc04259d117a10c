package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

type object = *unstructured.Unstructured

const policy, namespace = "customers", "shop"

// The labels and annotations by which what is generated says what it is, and when it has to be there.
const component, wave = "app.kubernetes.io/component", "argocd.argoproj.io/sync-wave"

// run gives what a program writes to standard output. Its exit code must be one of `good`.
func run(input []byte, good []int, name string, arguments ...string) []byte {
	var out, errors bytes.Buffer
	c := exec.Command(name, arguments...)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), &out, &errors
	c.Env = append(os.Environ(), "MESHVEIL_KEY="+key)
	if err := c.Run(); c.ProcessState == nil || !slices.Contains(good, c.ProcessState.ExitCode()) {
		panic(fmt.Sprintf("%s %s: %v %s", name, strings.Join(arguments, " "), err, errors.String()))
	}
	return out.Bytes()
}

// policyText is the sample shop's policy with the changes of a setting.
func (s *setup) policyText(edits ...edit) string {
	b, err := os.ReadFile(filepath.Join(s.repository, "shop/policy.yaml"))
	must(err)
	text := string(b)
	for _, e := range edits {
		text = replaced(text, e)
	}
	return text
}

// edit is a change of a text, which must be there.
type edit struct{ from, to string }

func replaced(text string, e edit) string {
	if !strings.Contains(text, e.from) {
		panic("nothing to change: " + e.from)
	}
	return strings.ReplaceAll(text, e.from, e.to)
}

// generated writes the policy, and what `meshveil generate` makes of it, and puts both together with the application, by kustomize.
func (s *setup) generated(directory string, w setting, image, digest string, edits ...edit) []object {
	must(os.MkdirAll(directory, 0o755))
	file, mesh := filepath.Join(directory, "policy.yaml"), filepath.Join(directory, "mesh")
	must(os.WriteFile(file, []byte(s.policyText(append(w.edits, edits...)...)), 0o644))
	run(nil, []int{0}, s.meshveil, "generate", file, "--target", w.target, "--istio-version", w.release, "--url", "oci://"+image, "--sha256", digest, "-o", mesh)
	application, err := filepath.Rel(directory, filepath.Join(s.repository, "manifests/app"))
	must(err)
	kustomization := "resources: [" + application + ", mesh]\ncomponents: [mesh/application]\n"
	if w.target == "istio-ambient" {
		kustomization += "patches:\n- target: { kind: Namespace, name: shop }\n  patch: |-\n    - { op: remove, path: /metadata/labels/istio-injection }\n    - { op: add, path: /metadata/labels/istio.io~1dataplane-mode, value: ambient }\n"
	}
	must(os.WriteFile(filepath.Join(directory, "kustomization.yaml"), []byte(kustomization), 0o644))
	return documents(run(nil, []int{0}, s.kustomize, "build", directory))
}

func documents(text []byte) []object {
	var all []object
	for _, one := range bytes.Split(append([]byte("\n"), text...), []byte("\n---")) {
		if len(bytes.TrimSpace(one)) > 0 {
			all = append(all, parsed(string(one)))
		}
	}
	return all
}

func parsed(text string) object {
	json, err := yaml.YAMLToJSON([]byte(text))
	must(err)
	o := &unstructured.Unstructured{}
	must(o.UnmarshalJSON(json))
	return o
}

func written(o object) string {
	text, err := yaml.Marshal(o.Object)
	must(err)
	return string(text)
}

func find(objects []object, kind, name string) object {
	for _, o := range objects {
		if o.GetKind() == kind && o.GetName() == name {
			return o
		}
	}
	panic("no " + kind + " " + name)
}

func isGenerated(o object) bool { return o.GetLabels()["app.kubernetes.io/managed-by"] == "meshveil" }

// part are the generated objects of a component.
func part(objects []object, name string) []object {
	var some []object
	for _, o := range objects {
		if o.GetLabels()[component] == name {
			some = append(some, o)
		}
	}
	return some
}

// filter is the object that brings the filter: its kind depends on the delivery.
func filter(objects []object) object {
	some := part(objects, "filter")
	if len(some) != 1 {
		panic(fmt.Sprintf("%d filters", len(some)))
	}
	return some[0]
}

// waves are the generated objects in the order in which they say that they are to be applied.
func waves(objects []object) [][]object {
	by := map[int][]object{}
	for _, o := range objects {
		if isGenerated(o) {
			n, err := strconv.Atoi(cmp.Or(o.GetAnnotations()[wave], "0"))
			must(err)
			by[n] = append(by[n], o)
		}
	}
	var all [][]object
	for _, n := range slices.Sorted(maps.Keys(by)) {
		all = append(all, by[n])
	}
	return all
}

// changed is an object with another text somewhere in it.
func changed(o object, edits ...edit) object {
	json, err := o.MarshalJSON()
	must(err)
	before := string(json)
	text := before
	for _, e := range edits {
		text = strings.ReplaceAll(text, e.from, e.to)
	}
	if text == before {
		panic("nothing to change in " + o.GetKind() + " " + o.GetName())
	}
	return parsed(text)
}

// A plan stands in an EnvoyFilter as text in a string, in the other kinds as an object.

func redactedMail(o object) object {
	return changed(o, edit{`\"mask\": \"email\"`, `\"mask\": \"redact\"`}, edit{`"mask":"email"`, `"mask":"redact"`})
}

func brokenPlan(o object) object {
	return changed(o, edit{`{\n  \"version\": 1,`, `{\n  \"version\": 1, \"unknown\": true,`}, edit{`"pluginConfig":{`, `"pluginConfig":{"unknown":true,`})
}

// anotherImage names the image by another tag and digest.
func anotherImage(o object, tag, digest, otherTag, otherDigest string) object {
	return changed(o, edit{"/meshveil:" + tag, "/meshveil:" + otherTag}, edit{digest, otherDigest})
}
