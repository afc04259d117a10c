package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http2"
)

// request is one request of a caller.
type request struct {
	caller, path string
	header       http.Header
	alpn         []string
	http2        bool
}

// answer is what came back; status 0 where nothing did.
type answer struct {
	status int
	body   string
	err    error
}

func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("%d, %v", a.status, a.err)
	}
	return fmt.Sprintf("%d, %d bytes %.400q", a.status, len(a.body), a.body)
}

const authorityOfService = "customers.shop.svc.cluster.local"

// exchange sends a request over a connection, and closes it.
func exchange(c net.Conn, r request) (a answer) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if r.http2 {
		return exchangeHTTP2(c, r)
	}
	// Opaque: the path goes out as it is written.
	sent := &http.Request{Method: "GET", URL: &url.URL{Opaque: r.path}, Host: authorityOfService, Header: r.header, ProtoMajor: 1, ProtoMinor: 1}
	if a.err = sent.Write(c); a.err != nil {
		return
	}
	in := bufio.NewReader(c)
	got, err := http.ReadResponse(in, sent)
	if err != nil {
		return answer{err: err}
	}
	from := io.Reader(got.Body)
	if got.StatusCode == http.StatusSwitchingProtocols {
		from = in
	}
	body, err := io.ReadAll(from)
	return answer{got.StatusCode, string(body), err}
}

func exchangeHTTP2(c net.Conn, r request) answer {
	connection, err := (&http2.Transport{AllowHTTP: true}).NewClientConn(c)
	if err != nil {
		return answer{err: err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sent, err := http.NewRequestWithContext(ctx, "GET", "http://"+authorityOfService+r.path, nil)
	if err != nil {
		return answer{err: err}
	}
	for name, values := range r.header {
		sent.Header[name] = values
	}
	got, err := connection.RoundTrip(sent)
	if err != nil {
		return answer{err: err}
	}
	body, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, string(body), err}
}

// secured does the handshake of mutual TLS, as a caller or, without a name, without a certificate.
func (w *world) secured(c net.Conn, caller string, alpn ...string) (net.Conn, error) {
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: alpn} // the tests are about what a server accepts
	if caller != "" {
		config.Certificates = []tls.Certificate{w.identities[caller].tls}
	}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	secure := tls.Client(c, config)
	if err := secure.Handshake(); err != nil {
		c.Close()
		return nil, err
	}
	return secure, nil
}

// tunnelled opens an HBONE tunnel to `target` through a proxy or ztunnel, as a caller's ztunnel does.
func (w *world) tunnelled(space, address, caller, target string, header http.Header) (net.Conn, error) {
	c, err := dial(space, address)
	if err != nil {
		return nil, err
	}
	secure, err := w.secured(c, caller, "h2")
	if err != nil {
		return nil, err
	}
	connection, err := (&http2.Transport{}).NewClientConn(secure)
	if err != nil {
		c.Close()
		return nil, err
	}
	reader, writer := io.Pipe()
	sent := &http.Request{Method: http.MethodConnect, URL: &url.URL{Scheme: "https", Host: target}, Host: target, Header: http.Header{}, Body: reader}
	for name, values := range header {
		sent.Header[name] = values
	}
	got, err := connection.RoundTrip(sent)
	if err != nil {
		c.Close()
		return nil, err
	}
	if got.StatusCode != http.StatusOK {
		c.Close()
		return nil, refusedTunnel(got.StatusCode)
	}
	return &tunnel{Conn: c, in: got.Body, out: writer}, nil
}

// refusedTunnel is the status with which a proxy refused to connect.
type refusedTunnel int

func (s refusedTunnel) Error() string { return fmt.Sprintf("CONNECT answered %d", int(s)) }

type tunnel struct {
	net.Conn
	in  io.ReadCloser
	out *io.PipeWriter
}

func (t *tunnel) Read(b []byte) (int, error)  { return t.in.Read(b) }
func (t *tunnel) Write(b []byte) (int, error) { return t.out.Write(b) }
func (t *tunnel) Close() error                { _ = t.out.Close(); _ = t.in.Close(); return t.Conn.Close() }
