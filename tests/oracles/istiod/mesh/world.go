package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"istio.io/istio/pkg/test"
)

// setup is what a run is given.
type setup struct {
	repository, envoy, meshveil, kustomize string
	// images are layouts that `meshveil package` wrote: the module, and one of other bytes that does the same.
	images [2]string
}

// setting is one way in which the filter is delivered and reached.
type setting struct {
	name    string
	target  string // of `meshveil generate`
	release string // of Istio, for `meshveil generate` and the proxies
	edits   []edit // of the sample policy
	hbone   bool   // sidecars that listen for HBONE, as Istio's ambient profile has them
	all     bool   // a waypoint for Services and pods, and not for Services alone
}

var standard = []edit{{"delivery: strict", "delivery: standard"}}

// settings are every delivery, by the releases that generate something different.
var settings = []setting{
	{name: "sidecar-envoyfilter", target: "istio-sidecar", release: "1.29"},
	{name: "sidecar-wasmplugin", target: "istio-sidecar", release: "1.29", edits: standard},
	{name: "sidecar-trafficextension", target: "istio-sidecar", release: "1.31", edits: standard},
	{name: "hbone-envoyfilter", target: "istio-sidecar", release: "1.29", hbone: true},
	{name: "hbone-wasmplugin", target: "istio-sidecar", release: "1.29", edits: standard, hbone: true},
	{name: "hbone-trafficextension", target: "istio-sidecar", release: "1.31", edits: standard, hbone: true},
	{name: "waypoint-wasmplugin", target: "istio-ambient", release: "1.29"},
	{name: "waypoint-trafficextension", target: "istio-ambient", release: "1.31"},
	{name: "waypoint-for-all", target: "istio-ambient", release: "1.31", all: true},
}

// world is a mesh that runs.
type world struct {
	*setup
	setting
	*judge
	directory  string
	patience   time.Duration
	control    *control
	network    *network
	registry   *images
	digests    [2]string
	authority  *authority
	identities map[string]*identity
	app        *application
	views      *views
	applied    []object // the application and what is generated
	variables  []string // of the proxy's environment
	holds      bool     // agents hold modules back from the start
	proxies    []*proxy
	proxy      *proxy // the one that masks
	client     string // a namespace without a proxy
	masking    string // the namespace of the proxy that masks
	shop       string // the sample shop, where it serves in place of the tests' application
	ends       []func()
}

const tag, otherTag = "0.1.0", "0.2.0"

// issueAll gives certificates to the callers that requests come from: `sa` of the shop, of another namespace, of another authority.
func (w *world) issueAll() {
	w.authority, w.identities = newAuthority(), map[string]*identity{}
	account := func(space, name string) string { return "spiffe://cluster.local/ns/" + space + "/sa/" + name }
	for name := range callers {
		w.identities[name] = w.authority.issue(account(namespace, name))
	}
	w.identities[policy] = w.authority.issue(account(namespace, policy))
	w.identities[policy+"-waypoint"] = w.authority.issue(account(namespace, policy+"-waypoint"))
	w.identities["other-namespace"] = w.authority.issue(account("other", "billing"))
	w.identities["other-authority"] = newAuthority().issue(account(namespace, "billing"))
}

// generate gives what is applied for the setting's policy, with changes.
func (w *world) generate(name string, edits ...edit) []object {
	applied := w.generated(filepath.Join(w.directory, name), w.setting, w.registry.host+"/meshveil:"+tag, w.digests[0], edits...)
	if w.all {
		// What a platform may say: the waypoint is for pods, too, and those of the namespace go through it.
		set(find(applied, "Gateway", policy+"-waypoint"), "all", "metadata", "labels", "istio.io/waypoint-for")
		set(find(applied, "Namespace", namespace), policy+"-waypoint", "metadata", "labels", "istio.io/use-waypoint")
	}
	return applied
}

// start brings the mesh up without the proxy that masks.
func (w *world) start(t test.Failer, prefix string, mutate func([]object) []object) {
	w.issueAll()
	w.registry = startImages()
	for i, image := range w.setup.images {
		w.digests[i] = w.registry.push(image, []string{tag, otherTag}[i])
	}
	w.applied = mutate(w.generate("enforce"))
	w.variables = variables(w.applied, w.setting)
	w.views = newViews(w.setup, filepath.Join(w.directory, "enforce/policy.yaml"))
	w.control = startControl(t, w.directory, running(w.applied, w.setting))
	w.network = newNetwork(prefix)
	w.client = w.network.pod("client", clientIP)
	w.app = newApplication(w.repository)
	pod := w.network.pod(policy, workloadIP)
	if w.target == "istio-ambient" {
		w.serveApplication(pod, "127.0.0.1")
		w.startZtunnel(pod)
		w.masking = w.network.pod("waypoint", waypointIP)
		return
	}
	w.serveApplication(pod, "0.0.0.0")
	redirect(pod)
	w.masking = pod
}

// serveApplication serves the data in its pod.
func (w *world) serveApplication(pod, address string) {
	if w.shop != "" {
		w.startShop(pod, address+":8080")
		return
	}
	w.app.serve(pod, address+":8080", address+":9090")
}

// role of the proxy that masks.
func (w *world) role() role {
	if w.target == "istio-ambient" {
		name := policy + "-waypoint"
		return role{"waypoint", name + "-1", waypointIP, name, map[string]string{"gateway.networking.k8s.io/gateway-name": name, "gateway.istio.io/managed": "istio.io-mesh-controller"}, nil}
	}
	r := role{"sidecar", policy + "-1", workloadIP, policy, map[string]string{"app": policy, "security.istio.io/tlsMode": "istio"}, nil}
	if w.hbone {
		r.metadata = []string{"ISTIO_META_ENABLE_HBONE=true"}
	}
	return r
}

// replace ends the proxy that masks, if there is one, and starts a new one, which has nothing in its cache.
func (w *world) replace() {
	if w.proxy != nil {
		w.proxy.end()
	}
	w.proxy = w.startProxy(w.role(), w.masking)
}

// close ends what was started, and removes its namespaces.
func (w *world) close() {
	for _, p := range w.proxies {
		p.end()
	}
	for _, end := range w.ends {
		end()
	}
	if w.network != nil {
		w.network.close()
	}
	if w.registry != nil {
		w.registry.server.Close()
	}
}

// connect opens a connection of a caller to the application, as its proxy does.
func (w *world) connect(caller string, alpn ...string) (net.Conn, error) {
	switch {
	case w.target == "istio-ambient":
		address, target := w.control.toService()
		return w.tunnelled(w.client, address, caller, target, nil)
	case w.hbone:
		return w.tunnelled(w.client, workloadIP+":15008", caller, workloadIP+":8080", nil)
	}
	c, err := dial(w.client, workloadIP+":8080")
	if err != nil {
		return nil, err
	}
	return w.secured(c, caller, alpn...)
}

// ask sends a request of a caller the way that its proxy goes.
func (w *world) ask(r request) answer {
	if r.alpn == nil {
		r.alpn = []string{"istio-http/1.1"}
		if r.http2 {
			r.alpn = []string{"istio-h2"}
		}
	}
	return over(r)(w.connect(r.caller, r.alpn...))
}

// over sends a request over a connection, if there is one.
func over(r request) func(net.Conn, error) answer {
	return func(c net.Conn, err error) answer {
		var refused refusedTunnel
		if errors.As(err, &refused) {
			return answer{status: int(refused), err: err}
		}
		if err != nil {
			return answer{err: err}
		}
		return exchange(c, r)
	}
}

// get asks for one customer.
func (w *world) get(caller string) answer { return w.ask(request{caller: caller, path: one}) }

// becomes asks as a caller until the answer is right.
func (w *world) becomes(caller string, right func(answer) bool) (a answer, ok bool) {
	ok = until(w.patience, func() bool { a = w.get(caller); return right(a) })
	return
}

// masked is right where a caller gets its view of one customer.
func (w *world) masked(caller string) func(answer) bool {
	return func(a answer) bool { return a.status == 200 && a.body == w.views.of(caller, one) }
}

func status(code int) func(answer) bool { return func(a answer) bool { return a.status == code } }

// newDirectory is one that Envoy's user can enter.
func newDirectory(parent, pattern string) string {
	directory, err := os.MkdirTemp(parent, pattern)
	must(err)
	must(os.Chmod(directory, 0o755))
	return directory
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// judge counts checks.
type judge struct {
	step   string
	report func(result)
}

// result is a check that was made.
type result struct {
	Step, Name, Got string
	OK              bool
}

func (j *judge) check(ok bool, name string, got any) {
	j.report(result{j.step, name, oneLine(fmt.Sprint(got)), ok})
}
