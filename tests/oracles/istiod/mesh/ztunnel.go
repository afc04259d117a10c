package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/http2"

	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

// What stands for ztunnel: it does what istiod tells ztunnels, with the conditions on identities and ports that generated
// authorisations have. Others end the test.

// toService is where a caller's ztunnel connects for the Service: its waypoint, or else the pod itself.
func (c *control) toService() (address, target string) {
	for _, info := range c.server.AmbientIndex.All() {
		service := info.GetService()
		if service.GetName() != policy || service.GetNamespace() != namespace {
			continue
		}
		if waypoint := service.GetWaypoint(); waypoint != nil {
			if name := waypoint.GetHostname().GetHostname(); !strings.HasPrefix(name, policy+"-waypoint.") {
				panic("an unknown waypoint: " + name)
			}
			return fmt.Sprintf("%s:%d", waypointIP, waypoint.GetHboneMtlsPort()), serviceIP + ":80"
		}
	}
	return workloadIP + ":15008", workloadIP + ":8080"
}

// admits reports whether the authorisations of the workload let a connection in; no principal is no mutual TLS.
func (c *control) admits(principal string, port uint32) bool {
	names := c.workload().GetAuthorizationPolicies()
	allowed, anyAllow := false, false
	for _, policy := range c.server.AmbientIndex.Policies(nil) {
		a := policy.Authorization
		counts := a.GetScope() == security.Scope_GLOBAL || a.GetScope() == security.Scope_NAMESPACE && a.GetNamespace() == namespace
		for _, name := range names {
			counts = counts || name == a.GetNamespace()+"/"+a.GetName()
		}
		if !counts || a.GetDryRun() {
			continue
		}
		fits := fits(a, principal, port)
		switch a.GetAction() {
		case security.Action_DENY:
			if fits {
				return false
			}
		case security.Action_ALLOW:
			anyAllow = true
			allowed = allowed || fits
		default:
			panic("an unknown action: " + a.GetAction().String())
		}
	}
	return allowed || !anyAllow
}

func (c *control) workload() *workloadapi.Workload {
	for _, info := range c.server.AmbientIndex.All() {
		for _, address := range info.GetWorkload().GetAddresses() {
			if ip, ok := netip.AddrFromSlice(address); ok && ip.String() == workloadIP {
				return info.GetWorkload()
			}
		}
	}
	panic("istiod knows no workload")
}

func fits(a *security.Authorization, principal string, port uint32) bool {
	for _, group := range a.GetGroups() {
		all := true
		for _, rules := range group.GetRules() {
			some := false
			for _, match := range rules.GetMatches() {
				some = some || matches(match, principal, port)
			}
			all = all && some
		}
		if all {
			return true
		}
	}
	return false
}

func matches(m *security.Match, principal string, port uint32) bool {
	if len(m.Namespaces)+len(m.NotNamespaces)+len(m.ServiceAccounts)+len(m.NotServiceAccounts)+len(m.SourceIps)+len(m.NotSourceIps)+len(m.DestinationIps)+len(m.NotDestinationIps)+len(m.Extensions) > 0 {
		panic("a condition that the stand-in for ztunnel does not know: " + m.String())
	}
	holds := 0
	condition := func(given int, fit bool) bool {
		holds += given
		return given == 0 || fit
	}
	// A match in which nothing is left never holds.
	return condition(len(m.Principals), named(m.Principals, principal)) && condition(len(m.NotPrincipals), !named(m.NotPrincipals, principal)) &&
		condition(len(m.DestinationPorts), has(m.DestinationPorts, port)) && condition(len(m.NotDestinationPorts), !has(m.NotDestinationPorts, port)) && holds > 0
}

func has(ports []uint32, port uint32) bool {
	for _, p := range ports {
		if p == port {
			return true
		}
	}
	return false
}

func named(matches []*security.StringMatch, principal string) bool {
	for _, m := range matches {
		switch m := m.GetMatchType().(type) {
		case *security.StringMatch_Exact:
			if principal == m.Exact {
				return true
			}
		case *security.StringMatch_Presence:
			if principal != "" {
				return true
			}
		default:
			panic(fmt.Sprintf("a comparison that the stand-in for ztunnel does not know: %T", m))
		}
	}
	return false
}

// startZtunnel serves before the application of a pod, at the pod's own address: HBONE, and what comes in plain text.
func (w *world) startZtunnel(space string) {
	config := &tls.Config{Certificates: []tls.Certificate{w.identities[policy].tls}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: w.authority.pool(), NextProtos: []string{"h2"}}
	server := &http.Server{TLSConfig: config, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		principal := strings.TrimPrefix(r.TLS.PeerCertificates[0].URIs[0].String(), "spiffe://")
		if r.Method != http.MethodConnect || r.Host != workloadIP+":8080" && r.Host != workloadIP+":9090" || !w.control.admits(principal, portOf(r.Host)) {
			rw.WriteHeader(http.StatusForbidden)
			return
		}
		inner, err := dial(space, strings.Replace(r.Host, workloadIP, "127.0.0.1", 1))
		if err != nil {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		defer inner.Close()
		rw.WriteHeader(http.StatusOK)
		must(http.NewResponseController(rw).Flush())
		go func() { _, _ = io.Copy(inner, r.Body); _ = inner.(*net.TCPConn).CloseWrite() }()
		_, _ = io.Copy(flushed{rw}, inner)
	})}
	must(http2.ConfigureServer(server, &http2.Server{}))
	l := listen(space, workloadIP+":15008")
	go func() { _ = server.Serve(tls.NewListener(l, config)) }()
	for _, port := range []string{"8080", "9090"} {
		plain := listen(space, workloadIP+":"+port)
		go func() {
			for {
				c, err := plain.Accept()
				if err != nil {
					return
				}
				go w.plainText(c, space, port)
			}
		}()
	}
}

func (w *world) plainText(c net.Conn, space, port string) {
	defer c.Close()
	if !w.control.admits("", portOf(":"+port)) {
		return
	}
	inner, err := dial(space, "127.0.0.1:"+port)
	if err != nil {
		return
	}
	defer inner.Close()
	_ = inner.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.Copy(inner, c) }()
	_, _ = io.Copy(c, inner)
}

func portOf(address string) uint32 {
	var port uint32
	_, err := fmt.Sscanf(address[strings.LastIndex(address, ":")+1:], "%d", &port)
	must(err)
	return port
}

// flushed sends each piece at once.
type flushed struct{ http.ResponseWriter }

func (f flushed) Write(b []byte) (int, error) {
	n, err := f.ResponseWriter.Write(b)
	if err == nil {
		err = http.NewResponseController(f.ResponseWriter).Flush()
	}
	return n, err
}
