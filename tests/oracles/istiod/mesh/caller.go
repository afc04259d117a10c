package main

import (
	"io"
	"net"
)

// startCaller starts a caller's pod, and gives its namespace. What it sends to the Service in plain text goes through a sidecar of its
// own, a real one; in ambient mode through what stands for ztunnel.
func (w *world) startCaller(name string) (space string) {
	space = w.network.pod(name, callers[name])
	if w.target != "istio-ambient" {
		redirect(space)
		r := role{"sidecar", name + "-1", callers[name], name, map[string]string{"app": name, "security.istio.io/tlsMode": "istio"}, nil}
		if w.hbone {
			r.metadata = []string{"ISTIO_META_ENABLE_HBONE=true"}
		}
		w.startProxy(r, space)
		return space
	}
	ip("-n " + space + " addr add " + serviceIP + "/32 dev lo")
	l := listen(space, serviceIP+":80")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.captured(c, name)
		}
	}()
	return space
}

// captured hands a connection of a caller's application on, as ztunnel does.
func (w *world) captured(c net.Conn, name string) {
	defer c.Close()
	to, err := w.connect(name)
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, c) }()
	_, _ = io.Copy(c, to)
}

// byOwnProxies: a request in plain text of the caller's application, as it leaves its pod.
func (w *world) byOwnProxies() {
	for _, name := range []string{"frontend", "batch"} {
		before := len(w.proxies)
		space := w.startCaller(name)
		var a answer
		ask := func() answer { return over(request{path: one})(dial(space, serviceIP+":80")) }
		if name == "batch" {
			ok := until(w.patience, func() bool { a = ask(); return a.status == 403 })
			w.check(ok && w.none(a), "batch is refused through its own proxy", a)
		} else {
			ok := until(w.patience, func() bool { a = ask(); return w.masked(name)(a) })
			w.check(ok, name+" gets its view through its own proxy", a)
		}
		for _, p := range w.proxies[before:] {
			p.end()
		}
	}
}
