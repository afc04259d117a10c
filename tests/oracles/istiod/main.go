// Asks Istio's own control plane, compiled into this program, what it would send each proxy for the
// objects in the given YAML files: for every pod (as a sidecar), waypoint and gateway its listeners, filter
// chains, HTTP filters in order, routes and extension configurations; ambient authorisations and workloads;
// and which objects the CRDs or the admission webhook would refuse. No cluster, no network.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"syscall"
	"time"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	istiocrd "istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/test/env"
)

var stdout = os.Stdout

type refusal struct{ Kind, Namespace, Name, By, Error string }

type proxyOut struct {
	Name      string           `json:"name"`
	Type      string           `json:"type"`
	Listeners []map[string]any `json:"listeners"`
	Routes    []any            `json:"routes,omitempty"`
	Clusters  []any            `json:"clusters,omitempty"`
	Ecds      []any            `json:"ecds,omitempty"`
}

type out struct {
	Refused        []refusal  `json:"refused"`
	Warnings       []refusal  `json:"warnings"`
	Skipped        []string   `json:"skipped"`
	Proxies        []proxyOut `json:"proxies"`
	Authorizations []any      `json:"authorizations"`
	Workloads      []any      `json:"workloads"`
}

func fail(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...); os.Exit(2) }

func toAny(m proto.Message) any {
	b, err := protojson.Marshal(m)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	var v any
	_ = json.Unmarshal(b, &v)
	return v
}

func documents(paths []string) []string {
	var docs []string
	for _, p := range paths {
		_ = filepath.Walk(p, func(f string, i os.FileInfo, err error) error {
			if err != nil || i.IsDir() || !(strings.HasSuffix(f, ".yaml") || strings.HasSuffix(f, ".yml")) {
				return nil
			}
			b, err := os.ReadFile(f)
			if err != nil {
				fail("%v", err)
			}
			for _, d := range strings.Split("\n"+string(b), "\n---") {
				if i := strings.Index(d, "\n"); i >= 0 {
					d = d[i+1:]
				}
				if strings.TrimSpace(d) != "" {
					docs = append(docs, d)
				}
			}
			return nil
		})
	}
	return docs
}

func main() {
	if os.Getenv("PILOT_ENABLE_AMBIENT") == "" { // read when packages start, so before main
		self, _ := os.Executable()
		fail("%v", syscall.Exec(self, os.Args, append(os.Environ(), "PILOT_ENABLE_AMBIENT=true")))
	}
	full := flag.Bool("full", false, "print whole filters, not only their names")
	version := flag.String("proxy-version", "1.31.0", "the proxies' release")
	quiet := flag.Bool("quiet", true, "no log")
	refusals := flag.Bool("refusals", false, "print only which objects are refused")
	flag.Parse()
	if *quiet {
		for _, s := range log.Scopes() {
			s.SetOutputLevel(log.NoneLevel)
		}
		stdout = os.Stdout
		os.Stdout, _ = os.Open(os.DevNull)
	}
	var o out
	validator, err := istiocrd.NewValidatorFromFilesWithOptions([]string{
		filepath.Join(env.IstioSrc, "manifests/charts/base/files/crd-all.gen.yaml"),
		filepath.Join(env.IstioSrc, "tests/integration/pilot/testdata/gateway-api-crd.yaml"),
	}, istiocrd.WithoutCRDValidation())
	if err != nil {
		fail("crds: %v", err)
	}
	validator.SkipMissing = true

	byGVK := map[string]resource.Schema{}
	for _, s := range collections.PilotGatewayAPI().All() {
		byGVK[s.GroupVersionKind().String()] = s
		for _, a := range s.GroupVersionAliasKinds() {
			byGVK[a.String()] = s
		}
	}
	decode := kubelib.IstioCodec.UniversalDeserializer().Decode
	var kube, config []string
	var pods []*corev1.Pod
	type gw struct{ ns, name, class string }
	var gws []gw
	for _, d := range documents(flag.Args()) {
		u := &unstructured.Unstructured{}
		j, err := yaml.YAMLToJSON([]byte(d))
		if err == nil {
			err = u.UnmarshalJSON(j)
		}
		if err != nil {
			o.Skipped = append(o.Skipped, fmt.Sprintf("not an object: %v", err))
			continue
		}
		if err := validator.ValidateCustomResource(u); err != nil {
			o.Refused = append(o.Refused, refusal{u.GetKind(), u.GetNamespace(), u.GetName(), "CRD", err.Error()})
			continue
		}
		g := u.GroupVersionKind()
		key := g.Group + "/" + g.Version + "/" + g.Kind
		if s, ok := byGVK[key]; ok && g.Group != "" && g.Group != "apps" {
			cfgs, _, err := crd.ParseInputs(d)
			if err != nil {
				o.Refused = append(o.Refused, refusal{u.GetKind(), u.GetNamespace(), u.GetName(), "parser", err.Error()})
				continue
			}
			bad := false
			for _, c := range cfgs {
				w, err := s.ValidateConfig(c)
				if err != nil {
					o.Refused = append(o.Refused, refusal{u.GetKind(), u.GetNamespace(), u.GetName(), "webhook", err.Error()})
					bad = true
				}
				if w != nil {
					o.Warnings = append(o.Warnings, refusal{u.GetKind(), u.GetNamespace(), u.GetName(), "webhook", w.Error()})
				}
			}
			if bad {
				continue
			}
			config = append(config, d)
			if g.Kind == "Gateway" && strings.HasPrefix(g.Group, "gateway.networking") {
				class, _, _ := unstructured.NestedString(u.Object, "spec", "gatewayClassName")
				gws = append(gws, gw{u.GetNamespace(), u.GetName(), class})
			}
		}
		obj, _, err := decode([]byte(d), nil, nil)
		if err != nil {
			o.Skipped = append(o.Skipped, fmt.Sprintf("%s %s/%s: %v", g.String(), u.GetNamespace(), u.GetName(), err))
			continue
		}
		if p, ok := obj.(*corev1.Pod); ok {
			pods = append(pods, p)
		}
		if _, ok := byGVK[key]; !ok || g.Group == "gateway.networking.k8s.io" || strings.HasSuffix(g.Group, "istio.io") {
			kube = append(kube, d)
		}
	}
	if *refusals {
		e := json.NewEncoder(stdout)
		e.SetIndent("", " ")
		_ = e.Encode(o)
		return
	}
	err = test.Wrap(func(t test.Failer) {
		s := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			ConfigString:           strings.Join(config, "\n---\n"),
			KubernetesObjectString: strings.Join(kube, "\n---\n"),
		})
		time.Sleep(time.Second)
		add := func(p *model.Proxy, name string) {
			p.Metadata = &model.NodeMetadata{Namespace: p.ConfigNamespace, Labels: p.Labels, IstioVersion: *version}
			p.IstioVersion = model.ParseIstioVersion(*version)
			p = s.SetupProxy(p)
			po := proxyOut{Name: name, Type: string(p.Type)}
			ls := s.Listeners(p)
			var ecds []string
			for _, l := range ls {
				if p.Type == model.SidecarProxy && l.Name != "virtualInbound" {
					continue
				}
				po.Listeners = append(po.Listeners, listener(l, *full, &ecds))
			}
			if *full && p.Type == model.Router {
				for _, r := range s.RoutesFromListeners(p, ls) {
					po.Routes = append(po.Routes, toAny(r))
				}
				for _, c := range s.Clusters(p) {
					if strings.Contains(c.Name, "."+p.ConfigNamespace+".") {
						po.Clusters = append(po.Clusters, toAny(c))
					}
				}
			}
			if len(ecds) > 0 {
				for _, e := range s.ConfigGen.BuildExtensionConfiguration(p, s.PushContext(), ecds, nil) {
					if *full {
						po.Ecds = append(po.Ecds, toAny(e))
					} else {
						po.Ecds = append(po.Ecds, e.Name)
					}
				}
			}
			o.Proxies = append(o.Proxies, po)
		}
		for _, p := range pods {
			t := model.SidecarProxy
			if slices.Contains(p.Spec.Containers[0].Args, "router") {
				t = model.Router
			}
			if p.Labels["gateway.networking.k8s.io/gateway-name"] != "" {
				t = model.Router
				for _, g := range gws {
					if g.ns == p.Namespace && g.name == p.Labels["gateway.networking.k8s.io/gateway-name"] && strings.Contains(g.class, "waypoint") {
						t = model.Waypoint
					}
				}
			}
			add(&model.Proxy{Type: t, ConfigNamespace: p.Namespace, Labels: p.Labels, IPAddresses: []string{p.Status.PodIP}, ID: p.Name + "." + p.Namespace}, p.Namespace+"/"+p.Name)
		}
		if s.AmbientIndex != nil {
			for _, w := range s.AmbientIndex.All() {
				o.Workloads = append(o.Workloads, toAny(w.Address))
			}
			for _, a := range s.AmbientIndex.Policies(nil) {
				o.Authorizations = append(o.Authorizations, toAny(a.Authorization))
			}
		}
	})
	if err != nil {
		fail("istiod: %v", err)
	}
	sort.Slice(o.Proxies, func(i, j int) bool { return o.Proxies[i].Name < o.Proxies[j].Name })
	e := json.NewEncoder(stdout)
	e.SetIndent("", " ")
	_ = e.Encode(o)
}

func listener(l *listenerv3.Listener, full bool, ecds *[]string) map[string]any {
	r := map[string]any{"name": l.Name}
	if full {
		r["address"] = toAny(l.Address)
	}
	var chains []any
	all := l.FilterChains
	if l.DefaultFilterChain != nil {
		all = append(all, l.DefaultFilterChain)
	}
	for _, fc := range all {
		c := map[string]any{"name": fc.Name, "tls": fc.TransportSocket != nil}
		if m := fc.FilterChainMatch; m != nil {
			c["match"] = toAny(m)
		}
		var names []any
		for _, f := range fc.Filters {
			if f.GetTypedConfig().GetTypeUrl() == "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager" {
				h := &hcm.HttpConnectionManager{}
				_ = f.GetTypedConfig().UnmarshalTo(h)
				var http []any
				for _, x := range h.HttpFilters {
					n := x.Name
					if x.GetConfigDiscovery() != nil {
						if !slices.Contains(*ecds, n) {
							*ecds = append(*ecds, n)
						}
						n += " (ecds)"
					}
					if full {
						http = append(http, toAny(x))
					} else {
						http = append(http, n)
					}
				}
				h2 := map[string]any{"hcm": http}
				if rc := h.GetRouteConfig(); rc != nil {
					h2["route_config"] = routes(rc, full)
				}
				names = append(names, h2)
				continue
			}
			if full {
				names = append(names, toAny(f))
			} else {
				names = append(names, f.Name)
			}
		}
		c["filters"] = names
		chains = append(chains, c)
	}
	r["chains"] = chains
	return r
}

func routes(rc *routev3.RouteConfiguration, full bool) any {
	if full {
		return toAny(rc)
	}
	var out []any
	for _, vh := range rc.VirtualHosts {
		for _, r := range vh.Routes {
			out = append(out, fmt.Sprintf("%v %s %v", vh.Domains, r.Name, r.GetMatch().GetPathSpecifier()))
		}
	}
	return out
}
