package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
)

// An object of Kubernetes, as JSON.
type object map[string]any

func (o object) text(key string) string {
	text, _ := o[key].(string)
	return text
}

func (o object) member(key string) object {
	member, _ := o[key].(map[string]any)
	return member
}

func (o object) kind() string { return o.text("kind") }

func (o object) name() string { return o.member("metadata").text("name") }

// path is where objects of this kind and namespace are; empty for a kind that is not built in.
func (o object) path() string {
	path := paths[o.kind()]
	if strings.Contains(path, "%s") {
		return fmt.Sprintf(path, o.member("metadata").text("namespace"))
	}
	return path
}

// copied is the object, with nothing shared.
func (o object) copied() object {
	text, _ := json.Marshal(o)
	var copied object
	_ = json.Unmarshal(text, &copied)
	return copied
}

// objects reads every object of the YAML files in a directory; kustomizations are none.
func objects(directory string) ([]object, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var found []object
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
		for {
			var o object
			if err := decoder.Decode(&o); err != nil {
				break
			}
			if o.kind() != "Kustomization" && o.kind() != "" {
				found = append(found, o)
			}
		}
	}
	return found, nil
}

// A record is a pod that the injector made, and whether its application is behind the proxy.
type record struct {
	Pod      string `json:"pod"`
	Admitted bool   `json:"admitted"`
	Object   object `json:"object"`
}

// records reads the recorded pods; each is one of the namespace `shop`.
func records(file string) ([]record, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var found []record
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one record
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, err
		}
		one.Object["apiVersion"], one.Object["kind"] = "v1", "Pod"
		metadata := one.Object.member("metadata")
		metadata["name"], metadata["namespace"] = "recorded", "shop"
		found = append(found, one)
	}
	return found, lines.Err()
}

// added says where the stored value has a member that an item of a list of the applied value lacks.
func added(path string, applied, stored any) []string {
	var found []string
	switch applied := applied.(type) {
	case map[string]any:
		stored, _ := stored.(map[string]any)
		for key, value := range applied {
			found = append(found, added(path+"."+key, value, stored[key])...)
		}
	case []any:
		stored, _ := stored.([]any)
		for at, value := range applied {
			place := fmt.Sprintf("%s[%d]", path, at)
			if at >= len(stored) || !reflect.DeepEqual(value, stored[at]) {
				found = append(found, place)
			}
		}
	}
	return found
}
