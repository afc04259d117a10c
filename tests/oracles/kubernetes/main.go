// What Kubernetes' own API server says of the generated manifests: see README.md. The only argument is the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The directories of generated manifests.
var directories = []string{"istio-sidecar/base", "istio-ambient/base", "envoy-gateway"}

type judge struct {
	server         *server
	passed, failed int
}

func (j *judge) check(holds bool, what string, details ...string) {
	if holds {
		j.passed++
		return
	}
	j.failed++
	fmt.Println("FAILED", what, strings.Join(details, "; "))
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kubernetes REPOSITORY")
		os.Exit(2)
	}
	directory, err := os.MkdirTemp("", "oracle")
	if err == nil {
		defer os.RemoveAll(directory)
		err = run(directory, os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubernetes:", err)
		os.RemoveAll(directory)
		os.Exit(1)
	}
}

func run(directory, repository string) error {
	server, err := start(directory)
	if err != nil {
		return err
	}
	namespace := object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"}}
	if _, err := server.create(namespace, false); err != nil {
		return err
	}
	j := &judge{server: server}
	var sidecars []object
	for _, name := range directories {
		found, err := objects(filepath.Join(repository, "manifests", name))
		if err != nil {
			return err
		}
		if err := j.objects(name, found); err != nil {
			return err
		}
		if name == "istio-sidecar/base" {
			sidecars = found
		}
	}
	pods, err := records(filepath.Join(repository, "tests/manifests/injected-1.31.jsonl"))
	if err != nil {
		return err
	}
	if err := j.admission(sidecars, pods); err != nil {
		return err
	}
	if err := j.policies(repository); err != nil {
		return err
	}
	fmt.Printf("%d passed, %d failed\n", j.passed, j.failed)
	if j.failed > 0 {
		return fmt.Errorf("%d checks failed", j.failed)
	}
	return nil
}

// objects of built-in kinds are taken as they are.
func (j *judge) objects(directory string, found []object) error {
	for _, o := range found {
		if o.path() == "" {
			continue
		}
		title := directory + " " + o.kind() + " " + o.name()
		said, err := j.server.create(o, true)
		if err != nil {
			return err
		}
		j.check(said.status == 201, title+" is taken", said.message())
		j.check(len(said.warnings) == 0, title+" without a warning", said.warnings...)
		drift := added("spec", map[string]any(o.member("spec")), map[string]any(said.object.member("spec")))
		j.check(len(drift) == 0, title+" is stored as applied", drift...)
		if o.kind() == "ValidatingAdmissionPolicy" {
			warnings, err := typeWarnings(o)
			if err != nil {
				return err
			}
			j.check(len(warnings) == 0, title+" has the right types", warnings...)
		}
	}
	return nil
}

// A change of a running pod, and whether it is admitted.
type change struct {
	subresource string
	patch       any
	admitted    bool
}

func metadata(key string, value any) any {
	return map[string]any{"metadata": map[string]any{key: value}}
}

var changes = map[string]change{
	"annotation":          {"", metadata("annotations", map[string]any{"example.com/seen": "1"}), true},
	"finalizer":           {"", metadata("finalizers", []any{"example.com/hold"}), true},
	"phase":               {"/status", map[string]any{"status": map[string]any{"phase": "Running"}}, true},
	"label":               {"", metadata("labels", map[string]any{"app": "other"}), false},
	"label by status":     {"/status", metadata("labels", map[string]any{"app": nil}), false},
	"ephemeral container": {"/ephemeralcontainers", map[string]any{"spec": map[string]any{"ephemeralContainers": []any{map[string]any{"name": "debugger", "image": "i"}}}}, false},
	"images of Istio":     {"", map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "istio-proxy", "image": "registry.istio.io/testing/proxyv2:old"}}, "initContainers": []any{map[string]any{"name": "istio-init", "image": "registry.istio.io/testing/proxyv2:old"}}}}, false},
	"another image":       {"", map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "customers", "image": "registry.example.com/customers:2"}}}}, true},
}

// admission judges the recorded pods and changes, and tries whether each rule is needed.
func (j *judge) admission(manifests []object, pods []record) error {
	var policy object
	for _, o := range manifests {
		if strings.HasPrefix(o.kind(), "ValidatingAdmissionPolicy") {
			if _, err := j.server.create(o, false); err != nil {
				return err
			}
			if o.kind() == "ValidatingAdmissionPolicy" {
				policy = o
			}
		}
	}
	if policy == nil || len(pods) == 0 {
		return fmt.Errorf("no policy, or no recorded pod")
	}
	running := pods[0].Object.copied()
	running.member("metadata")["name"] = "running"
	if err := j.inForce(running, true); err != nil {
		return err
	}
	if said, err := j.server.create(running, false); err != nil || said.status != 201 {
		return fmt.Errorf("no running pod: %d %s: %w", said.status, said.message(), err)
	}
	wrong, err := j.wrong(pods, running)
	if err != nil {
		return err
	}
	j.passed += len(pods) + len(changes) - len(wrong)
	for _, one := range wrong {
		j.check(false, one)
	}
	return j.mutants(policy, pods, running)
}

// mutants: without all rules about what injection made, pods are judged otherwise, or nothing was judged at all.
func (j *judge) mutants(policy object, pods []record, running object) error {
	stored, err := j.server.call("GET", policy.path()+"/"+policy.name(), "", nil)
	if err != nil {
		return err
	}
	kept := []any{}
	validations, _ := policy.member("spec")["validations"].([]any)
	for _, one := range validations {
		validation, _ := one.(map[string]any)
		if message, _ := validation["message"].(string); !strings.Contains(message, "hostPID") {
			kept = append(kept, validation)
		}
	}
	mutant := stored.object
	for _, without := range []string{"init container", "image", "labels", "ephemeral", "istio-proxy"} {
		rules := []any{}
		for _, one := range kept {
			if message, _ := one.(map[string]any)["message"].(string); !strings.Contains(message, without) {
				rules = append(rules, one)
			}
		}
		// The rule about host namespaces comes and goes with it, and tells when the change is in force.
		mutant.member("spec")["validations"] = rules
		if said, err := j.server.replace(mutant); err != nil || said.status != 200 {
			return fmt.Errorf("%d %s: %w", said.status, said.message(), err)
		}
		if err := j.inForce(pods[0].Object, false); err != nil {
			return err
		}
		wrong, err := j.wrong(pods, running)
		if err != nil {
			return err
		}
		j.check(len(wrong) > 0, "nothing changes without the rules about `"+without+"`")
		mutant.member("spec")["validations"] = validations
		stored, err := j.server.call("GET", policy.path()+"/"+policy.name(), "", nil)
		if err != nil {
			return err
		}
		mutant = stored.object
		mutant.member("spec")["validations"] = validations
		said, err := j.server.replace(mutant)
		if err != nil {
			return err
		}
		mutant = said.object
		if err := j.inForce(pods[0].Object, true); err != nil {
			return err
		}
	}
	return nil
}

// wrong are the pods and changes that are judged otherwise than recorded.
func (j *judge) wrong(pods []record, running object) ([]string, error) {
	var found []string
	for _, one := range pods {
		said, err := j.server.create(one.Object, true)
		if err != nil {
			return nil, err
		}
		if (said.status == 201) != one.Admitted {
			found = append(found, fmt.Sprintf("pod `%s`: %d %s", one.Pod, said.status, said.message()))
		}
	}
	for name, one := range changes {
		said, err := j.server.patch(running, one.subresource, one.patch)
		if err != nil {
			return nil, err
		}
		if (said.status == 200) != one.admitted {
			found = append(found, fmt.Sprintf("change `%s`: %d %s", name, said.status, said.message()))
		}
	}
	return found, nil
}

// inForce waits until a pod in the process namespace of its node is refused, or no longer refused.
func (j *judge) inForce(pod object, refused bool) error {
	bad := pod.copied()
	bad.member("metadata")["name"] = "bad"
	bad.member("spec")["hostPID"] = true
	for range 300 {
		said, err := j.server.create(bad, true)
		if err != nil {
			return err
		}
		if (said.status != 201) == refused {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the policy is never in force")
}
