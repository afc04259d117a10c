package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What the controllers of a cluster and Istio's injector make of what is applied: pods, addresses, endpoints, the waypoint's Service.

const (
	workloadIP, waypointIP, clientIP = "10.1.0.1", "10.1.0.100", "10.1.0.50"
	serviceIP, waypointServiceIP     = "10.3.0.1", "10.3.0.100"
)

// callers are the workloads of the sample shop besides the one that holds the data, and their addresses.
var callers = map[string]string{"billing": "10.1.0.11", "support": "10.1.0.12", "frontend": "10.1.0.13", "batch": "10.1.0.14"}

const node = "apiVersion: v1\nkind: Node\nmetadata: { name: node1 }\n"

// running adds to what was applied what a cluster adds.
func running(applied []object, w setting) []object {
	all := []object{parsed(node)}
	for _, o := range applied {
		o = o.DeepCopy()
		switch o.GetKind() {
		case "Service":
			set(o, serviceIP, "spec", "clusterIP")
			set(o, []any{serviceIP}, "spec", "clusterIPs")
			all = append(all, endpoints(o.GetName(), workloadIP, "{ name: http, port: 8080, protocol: TCP }"))
		case "Deployment":
			all = append(all, pod(o, w))
		case "Gateway":
			all = append(all, waypoint(o)...)
		}
		all = append(all, o)
	}
	return all
}

// pod is the first pod of a Deployment, as it runs in the mesh.
func pod(deployment object, w setting) object {
	name := deployment.GetName()
	address, ok := callers[name]
	if !ok {
		address = workloadIP
	}
	o := parsed(fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: { name: %s-1, namespace: %s }
status: { phase: Running, conditions: [{ type: Ready, status: "True" }], podIP: %s, podIPs: [{ ip: %s }] }
`, name, namespace, address, address))
	spec, _, err := unstructured.NestedMap(deployment.Object, "spec", "template", "spec")
	must(err)
	labels, _, err := unstructured.NestedStringMap(deployment.Object, "spec", "template", "metadata", "labels")
	must(err)
	spec["nodeName"] = "node1"
	set(o, spec, "spec")
	if w.target == "istio-ambient" {
		o.SetAnnotations(map[string]string{"ambient.istio.io/redirection": "enabled"})
	} else {
		labels["security.istio.io/tlsMode"] = "istio"
		if w.hbone {
			labels["networking.istio.io/tunnel"] = "http"
		}
	}
	o.SetLabels(labels)
	return o
}

// waypoint is what istiod deploys for a Gateway; the Gateway gets its address.
func waypoint(gateway object) []object {
	name := gateway.GetName()
	set(gateway, []any{map[string]any{"type": "Hostname", "value": name + "." + namespace + ".svc.cluster.local"}}, "status", "addresses")
	set(gateway, []any{map[string]any{"type": "Programmed", "status": "True", "reason": "Programmed", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}}, "status", "conditions")
	labels := fmt.Sprintf("{ gateway.networking.k8s.io/gateway-name: %s, gateway.istio.io/managed: istio.io-mesh-controller }", name)
	return []object{
		endpoints(name, waypointIP, "{ name: mesh, port: 15008, protocol: TCP }"),
		parsed(fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: { name: %s, namespace: %s, labels: %s }
spec: { clusterIP: %s, ports: [{ name: mesh, port: 15008, appProtocol: hbone }], selector: { gateway.networking.k8s.io/gateway-name: %s } }
`, name, namespace, labels, waypointServiceIP, name)),
		parsed(fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: { name: %s-1, namespace: %s, labels: %s }
spec: { serviceAccountName: %s, nodeName: node1, containers: [{ name: istio-proxy, image: auto }] }
status: { phase: Running, conditions: [{ type: Ready, status: "True" }], podIP: %s, podIPs: [{ ip: %s }] }
`, name, namespace, labels, name, waypointIP, waypointIP)),
	}
}

func endpoints(service, address, port string) object {
	return parsed(fmt.Sprintf(`apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: %[1]s-x, namespace: %[4]s, labels: { kubernetes.io/service-name: %[1]s } }
addressType: IPv4
endpoints: [{ addresses: [%[2]s], conditions: { ready: true }, nodeName: node1, targetRef: { kind: Pod, name: %[1]s-1, namespace: %[4]s } }]
ports: [%[3]s]
`, service, address, port, namespace))
}

// variables are those of the proxy that what was applied sets: in a sidecar's container, or by the waypoint's settings.
func variables(applied []object, w setting) []string {
	template, path := find(applied, "Deployment", policy), []string{"spec", "template", "spec", "containers"}
	if w.target == "istio-ambient" {
		for _, o := range applied {
			if o.GetKind() == "ConfigMap" && isGenerated(o) {
				patch, _, err := unstructured.NestedString(o.Object, "data", "deployment")
				must(err)
				template = parsed("kind: Deployment\n" + patch)
			}
		}
	}
	containers, _, err := unstructured.NestedSlice(template.Object, path...)
	must(err)
	var all []string
	for _, c := range containers {
		container := c.(map[string]any)
		if container["name"] != "istio-proxy" {
			continue
		}
		env, _, err := unstructured.NestedSlice(container, "env")
		must(err)
		for _, e := range env {
			variable := e.(map[string]any)
			secret, _, err := unstructured.NestedString(variable, "valueFrom", "secretKeyRef", "name")
			must(err)
			if secret != policy+"-key" {
				panic("an unknown Secret: " + secret)
			}
			all = append(all, variable["name"].(string)+"="+key)
		}
	}
	return all
}

// key is what the Secret of the sample shop holds.
const key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func set(o object, value any, path ...string) {
	must(unstructured.SetNestedField(o.Object, value, path...))
}
