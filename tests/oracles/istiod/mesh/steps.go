package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// steps are what is tried, in order. Each leaves the mesh as it found it.
var steps = []struct {
	name string
	run  func(*world)
}{
	{"start", (*world).starts},
	{"views", (*world).shows},
	{"protocols", (*world).protocols},
	{"callers' proxies", (*world).byOwnProxies},
	{"refusals", (*world).refuses},
	{"changes", (*world).changes},
	{"broken plan", (*world).brokenPlan},
	{"failed fetch", (*world).failedFetch},
	{"filter removed", (*world).filterRemoved},
	{"guard removed", (*world).guardRemoved},
	{"new proxies", (*world).newProxies},
	{"roll-out", (*world).rollsOut},
	{"stages", (*world).stages},
	{"log", (*world).logs},
}

// listed are the callers that the policy names.
var listed = []string{"billing", "support", "frontend"}

// answers is the check that the proxy is there at all. A mutant for which it fails has shown nothing.
const answers = "with the module the proxy answers"

// takesAll is the check that Envoy refuses nothing of what istiod sends.
const takesAll = "Envoy takes all that istiod sends"

// starts: before the module is there, nothing comes.
func (w *world) starts() {
	w.holds = true
	w.replace()
	w.holds = false
	until(w.patience, func() bool { return w.proxy.agent.acknowledged("Cluster") > 0 })
	until(time.Second, func() bool { return w.proxy.agent.acknowledged("Listener") > 0 })
	a := w.get("billing")
	w.check(a.status != 200 && w.app.seen.Load() == 0, "without the module nothing is answered", a)
	w.proxy.agent.holds.Store(false)
	// However long it takes to start on a busy machine: without this, the rest says nothing.
	ok := until(30*time.Second, func() bool { a = w.get("billing"); return a.status != 0 })
	w.check(ok, answers, a)
	a, ok = w.becomes("billing", status(200))
	w.check(ok, "with the module billing is answered", a)
	refused := w.proxy.agent.refused()
	w.check(len(refused) == 0, takesAll, refused)
}

// shows: each caller gets its view, byte by byte.
func (w *world) shows() {
	for _, caller := range listed {
		for _, path := range []string{one, list, export, health} {
			a := w.ask(request{caller: caller, path: path})
			w.check(a.status == 200 && a.body == w.views.of(caller, path), caller+" gets its view of "+path, a)
		}
		a := w.ask(request{caller: caller, path: one, http2: true})
		w.check(w.masked(caller)(a), caller+" gets its view over HTTP/2", a)
	}
	a := w.get("frontend")
	w.check(a.body != string(w.app.bodies[one]), "the view of frontend is another than the data", a)
}

// upgrade asks for another protocol.
var upgrade = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}

// paths that a proxy and an application may read differently: the application shows everything on any that it does not know.
var paths = []string{
	"/healthz/../customers/c-1001", "/healthz/..%2fcustomers/c-1001", "/healthz/%2e%2e/customers/c-1001", "//healthz/../customers", "/healthz;/../customers/c-1001",
	"/healthz%2f..%2fcustomers", "/healthz\\..\\customers", "/HEALTHZ", "/healthz/", "/healthz%00", "/healthz%3f", "/./healthz", "/export/../customers/c-1001",
	"/export%2f..%2fcustomers", "/%68ealthz/all", "/all", "/customers?x=/healthz", "*",
}

// protocols: the way a caller asks changes nothing.
func (w *world) protocols() {
	forged := http.Header{"X-Forwarded-Client-Cert": {"URI=spiffe://cluster.local/ns/shop/sa/billing"}, "X-Forwarded-For": {"10.1.0.11"}}
	for _, caller := range listed {
		a := w.ask(request{caller: caller, path: one, header: forged})
		w.check(w.masked(caller)(a), caller+" with forged headers gets its own view", a)
		// Two paths: the masks of every route that either could be count.
		a = w.ask(request{caller: caller, path: one, header: http.Header{"X-Envoy-Original-Path": {"/healthz"}}})
		w.check(a.status == 200 && w.views.leaks(caller, a.body) == "", caller+" with a forged path gets no more than its view", a)
		if !w.hbone && w.target != "istio-ambient" {
			for _, alpn := range []string{"istio-peer-exchange", "istio", "http/1.1"} {
				a := w.ask(request{caller: caller, path: one, alpn: []string{alpn}})
				w.check(w.masked(caller)(a), caller+" with ALPN "+alpn+" gets its view", a)
			}
			a := w.ask(request{caller: caller, path: one, alpn: []string{}})
			w.check(w.masked(caller)(a), caller+" without ALPN gets its view", a)
		}
	}
	for _, path := range paths {
		a := w.ask(request{caller: "frontend", path: path})
		w.check(w.views.leaks("frontend", a.body) == "", "frontend gets nothing in clear on "+path, a)
	}
	for _, caller := range []string{"support", "frontend"} {
		a := w.ask(request{caller: caller, path: one, header: upgrade})
		w.check(a.status == 403 && w.views.leaks(caller, a.body) == "", caller+" is refused an upgrade", a)
	}
	a := w.ask(request{caller: "billing", path: one, header: upgrade})
	w.check(a.status == 101 && strings.Contains(a.body, string(w.app.bodies[""])), "billing, who sees all, is upgraded", a)
}

// refuses: who is not listed gets nothing, and nothing of it reaches the application.
func (w *world) refuses() {
	before := w.app.seen.Load()
	for _, caller := range []string{"batch", "other-namespace"} {
		for _, path := range []string{one, health, export} {
			a := w.ask(request{caller: caller, path: path})
			w.check(a.status == 403 && strings.HasPrefix(a.body, "RBAC"), caller+" is refused "+path+" by authorisation", a)
		}
	}
	a := w.get("other-authority")
	w.check(a.status == 0 && a.err != nil, "a certificate of another authority is refused", a)
	a = w.get("")
	w.check(a.status == 0 && a.err != nil, "no certificate is refused", a)
	a = over(request{path: one})(dial(w.client, workloadIP+":8080"))
	w.check(a.status == 0, "plain text gets no answer", a)
	if w.target == "istio-ambient" {
		w.pastWaypoint()
	} else {
		w.pastSidecar()
	}
	w.check(w.app.seen.Load() == before, "of what was refused nothing reached the application", w.app.seen.Load()-before)
	w.check(len(w.app.from()) == 1, "the application is reached by its proxy alone", w.app.from())
}

// none is whether an answer holds none of the data.
func (w *world) none(a answer) bool { return a.status != 200 && w.views.leaks("", a.body) == "" }

// pastSidecar tries the other ports of the pod.
func (w *world) pastSidecar() {
	for _, port := range []string{"9090", "15001", "15006", "15008"} {
		address := workloadIP + ":" + port
		a := over(request{path: one})(dial(w.client, address))
		w.check(w.none(a), "plain text to port "+port+" gets nothing", a)
		for name, alpn := range map[string][]string{"HTTP": {"istio-http/1.1"}, "TCP": nil} {
			c, err := dial(w.client, address)
			if err == nil {
				c, err = w.secured(c, "billing", alpn...)
			}
			a = over(request{path: one})(c, err)
			w.check(w.none(a), "billing gets nothing from port "+port+" as "+name, a)
		}
	}
	for _, port := range []string{"15000", "15004", "15020", "15021", "15090"} {
		a := over(request{path: one})(dial(w.client, workloadIP+":"+port))
		w.check(w.views.leaks("", a.body) == "", "port "+port+" shows no data", a)
	}
	if !w.hbone {
		return
	}
	c, err := dial(w.client, workloadIP+":8080")
	if err == nil {
		c, err = w.secured(c, "frontend", "istio-http/1.1")
	}
	before := w.app.seen.Load()
	a := over(request{path: one})(c, err)
	w.check(w.masked("frontend")(a), "frontend without HBONE gets its view", a)
	w.app.seen.Add(before - w.app.seen.Load())
	for _, target := range []string{workloadIP + ":9090", "127.0.0.1:8080", "127.0.0.1:9090", "localhost:8080", "127.0.0.1:15000"} {
		a := over(request{path: one})(w.tunnelled(w.client, workloadIP+":15008", "frontend", target, nil))
		w.check(w.none(a), "a tunnel of frontend to "+target+" gets nothing", a)
	}
}

// pastWaypoint tries the pod itself, and other targets of the waypoint.
func (w *world) pastWaypoint() {
	waypoint := waypointIP + ":15008"
	for _, caller := range []string{"billing", "frontend", "batch"} {
		a := over(request{path: one})(w.tunnelled(w.client, workloadIP+":15008", caller, workloadIP+":8080", nil))
		w.check(w.none(a), caller+" gets nothing from the pod itself", a)
	}
	before := w.app.seen.Load()
	for _, target := range []string{serviceIP + ":8080", serviceIP + ":9090", "customers.shop.svc.cluster.local:80", "[::ffff:10.3.0.1]:80", "127.0.0.1:15000", "127.0.0.1:8080", workloadIP + ":8080", workloadIP + ":9090", workloadIP + ":15008"} {
		a := over(request{path: one})(w.tunnelled(w.client, waypoint, "frontend", target, nil))
		w.check(w.views.leaks("frontend", a.body) == "" && !strings.Contains(a.body, "config_dump"), "frontend gets nothing in clear by the waypoint to "+target, a)
		if w.all && target == workloadIP+":8080" {
			w.check(w.masked("frontend")(a), "frontend gets its view of the pod by the waypoint", a)
		}
		w.app.seen.Store(before)
		a = over(request{path: one})(w.tunnelled(w.client, waypoint, "batch", target, nil))
		w.check(w.none(a), "batch gets nothing by the waypoint to "+target, a)
	}
	forged := http.Header{"X-Forwarded-Client-Cert": {"URI=spiffe://cluster.local/ns/shop/sa/billing"}, "Baggage": {"k8s.pod.name=billing"}, "Forwarded": {"for=10.1.0.11"}}
	a := over(request{path: one})(w.tunnelled(w.client, waypoint, "frontend", serviceIP+":80", forged))
	w.check(w.masked("frontend")(a), "headers of the tunnel change nothing", a)
	w.app.seen.Store(before)
}

// logs: the proxy writes none of the data.
func (w *world) logs() {
	text := ""
	for _, p := range w.proxies {
		text += p.log()
	}
	w.check(text != "" && w.views.leaks("", text) == "", "the logs of Envoy hold no value", fmt.Sprintf("%d bytes, %s", len(text), w.views.leaks("", text)))
	taken := slices.Sorted(func(yield func(string) bool) {
		for what := range w.proxy.agent.absent {
			if !yield(what) {
				return
			}
		}
	})
	w.check(slices.ContainsFunc(taken, func(s string) bool { return strings.Contains(s, "metadata") }) && len(taken) < 12, "only Istio's own filters were taken out for this Envoy", strings.Join(taken, "; "))
}
