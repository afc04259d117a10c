package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// application serves the sample shop's data. On a path that it does not know it shows everything, so that a path that it reads
// otherwise than the proxy shows in an answer.
type application struct {
	bodies map[string][]byte // by path
	seen   atomic.Int64

	mu      sync.Mutex
	sources map[string]bool
}

// The paths whose answers are compared byte by byte.
const one, list, export, health = "/customers/c-1001", "/customers", "/export/customers.ndjson", "/healthz"

func newApplication(repository string) *application {
	data, err := os.ReadFile(filepath.Join(repository, "shop/data/customers.json"))
	must(err)
	var each []json.RawMessage
	must(json.Unmarshal(data, &each))
	a := &application{sources: map[string]bool{}, bodies: map[string][]byte{
		one:    append(bytes.Clone(each[0]), '\n'),
		list:   []byte("{\"customers\": " + string(data) + "}\n"),
		health: []byte("{\"status\":\"ok\"}\n"),
		"":     data,
	}}
	for _, e := range each {
		a.bodies[export] = append(a.bodies[export], append(bytes.ReplaceAll(e, []byte("\n"), nil), '\n')...)
	}
	return a
}

// serve listens in a pod.
func (a *application) serve(space string, addresses ...string) {
	for _, address := range addresses {
		server := &http.Server{Handler: a, ErrorLog: log.New(io.Discard, "", 0)}
		server.Protocols = new(http.Protocols)
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetUnencryptedHTTP2(true)
		l := listen(space, address)
		go func() { _ = server.Serve(l) }()
	}
}

func (a *application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	a.seen.Add(1)
	a.mu.Lock()
	a.sources[host] = true
	a.mu.Unlock()
	if r.Header.Get("upgrade") != "" {
		a.upgrade(w)
		return
	}
	w.Header().Set("content-type", "application/json")
	body, known := a.bodies[r.URL.Path]
	if !known {
		body = a.bodies[""]
	}
	if r.URL.Path == export {
		w.Header().Set("content-type", "application/x-ndjson")
	}
	_, _ = w.Write(body)
}

// upgrade sends everything over a connection that is HTTP no longer.
func (a *application) upgrade(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	c, buffered, err := hijacker.Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	_, _ = buffered.Write(a.bodies[""])
	_ = buffered.Flush()
}

// from are the addresses that requests came from.
func (a *application) from() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for address := range a.sources {
		all = append(all, address)
	}
	return all
}
