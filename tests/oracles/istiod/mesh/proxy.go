package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"istio.io/istio/pkg/bootstrap"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test/env"
)

// istioUser is who Istio's proxies run as; its iptables rules let this user's connections pass.
const istioUser = 1337

// proxy is a real Envoy in a pod's namespace, with an agent of its own.
type proxy struct {
	directory, space string
	agent            *agent
	command          *exec.Cmd
	stop             func()
	exited           chan struct{}
}

// role says which proxy of the mesh one is.
type role struct {
	kind, pod, address, account string
	labels                      map[string]string
	metadata                    []string
}

// startProxy starts Envoy with Istio's own bootstrap.
func (w *world) startProxy(r role, space string) *proxy {
	// A short name: the path of a socket has 107 characters at most.
	directory := newDirectory(w.directory, "p")
	must(os.Chown(directory, istioUser, istioUser))
	p := &proxy{directory: directory, space: space, exited: make(chan struct{})}
	p.agent = newAgent(w.control.socket, directory, w.authority, w.identities[r.account])
	p.stop = p.agent.serve(directory)
	p.agent.holds.Store(w.holds)
	must(os.WriteFile(filepath.Join(directory, "bootstrap.json"), p.bootstrap(r, w.release), 0o644))
	out, err := os.Create(filepath.Join(directory, "envoy.log"))
	must(err)
	p.command = exec.Command(w.envoy, "-c", "bootstrap.json", "--drain-time-s", "45", "--drain-strategy", "immediate", "--local-address-ip-version", "v4",
		"--file-flush-interval-msec", "1000", "--disable-hot-restart", "--allow-unknown-static-fields", "-l", "warning", "--component-log-level", "wasm:info,config:info", "--concurrency", "2")
	p.command.Dir = directory
	p.command.Stdout, p.command.Stderr = out, out
	p.command.Env = w.variables
	p.command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: istioUser, Gid: istioUser}}
	within(space, func() { must(p.command.Start()) })
	go func() { _ = p.command.Wait(); close(p.exited) }()
	w.proxies = append(w.proxies, p)
	return p
}

// bootstrap is what Istio's agent writes for Envoy, without the extension that only Istio's build knows.
func (p *proxy) bootstrap(r role, release string) []byte {
	config := mesh.DefaultProxyConfig()
	config.ConfigPath = "./etc/istio/proxy"
	config.DiscoveryAddress = "istiod.istio-system.svc:15012"
	labels, err := json.Marshal(map[string]any{"LABELS": r.labels})
	must(err)
	discovery := false
	node, err := bootstrap.GetNodeMetaData(bootstrap.MetadataOptions{
		ID: r.kind + "~" + r.address + "~" + r.pod + "." + namespace + "~" + namespace + ".svc.cluster.local", ProxyConfig: config,
		InstanceIPs: []string{r.address}, EnvoyStatusPort: 15021, EnvoyPrometheusPort: 15090, MetadataDiscovery: &discovery, WorkloadIdentitySocketFile: "socket",
		Envs: append(r.metadata, "POD_NAME="+r.pod, "POD_NAMESPACE="+namespace, "SERVICE_ACCOUNT="+r.account, "ISTIO_META_CLUSTER_ID=Kubernetes", "ISTIO_META_MESH_ID=cluster.local",
			"ISTIO_META_ISTIO_VERSION="+release+".0", "ISTIO_META_INTERCEPTION_MODE=REDIRECT", "ISTIO_METAJSON_LABELS="+string(labels)),
	})
	must(err)
	var text bytes.Buffer
	must(bootstrap.New(bootstrap.Config{Node: node}).WriteTo(filepath.Join(env.IstioSrc, "tools/packaging/common/envoy_bootstrap.json"), &text))
	var tree map[string]any
	must(json.Unmarshal(text.Bytes(), &tree))
	var known []any
	extensions, _ := tree["bootstrap_extensions"].([]any)
	for _, e := range extensions {
		if e.(map[string]any)["name"] == "metadata_discovery" {
			p.agent.note("bootstrap extension metadata_discovery")
			continue
		}
		known = append(known, e)
	}
	tree["bootstrap_extensions"] = known
	written, err := json.MarshalIndent(tree, "", " ")
	must(err)
	return written
}

func (p *proxy) end() {
	_ = p.command.Process.Kill()
	<-p.exited
	p.stop()
}

func (p *proxy) log() string {
	b, err := os.ReadFile(filepath.Join(p.directory, "envoy.log"))
	must(err)
	return string(b)
}

// admin asks Envoy's own interface, as only its pod can.
func (p *proxy) admin(path string) string {
	c, err := dial(p.space, "127.0.0.1:15000")
	if err != nil {
		return ""
	}
	return exchange(c, request{path: path}).body
}

// active is the configuration of a listener that serves now: of all where no name is given.
func (p *proxy) active(name string) string {
	var dump struct {
		Configs []struct {
			Name   string          `json:"name"`
			Active json.RawMessage `json:"active_state"`
		} `json:"configs"`
	}
	if json.Unmarshal([]byte(p.admin("/config_dump?resource=dynamic_listeners")), &dump) != nil {
		return ""
	}
	var all strings.Builder
	for _, c := range dump.Configs {
		if name == "" || c.Name == name {
			all.Write(c.Active)
		}
	}
	return all.String()
}

func until(limit time.Duration, f func() bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return f()
}
