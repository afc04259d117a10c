package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/anypb"

	"istio.io/istio/pkg/model"
	"istio.io/istio/pkg/util/sets"
	"istio.io/istio/pkg/wasm"
)

// agent stands for Istio's agent beside a proxy: it hands delta xDS on between Envoy and istiod, with the agent's own
// conversion of remote modules, and serves certificates.
type agent struct {
	istiod    string
	cache     wasm.Cache
	authority *authority
	identity  *identity
	// While set, extension configurations are held back: the module is on its way.
	holds atomic.Bool

	mu       sync.Mutex
	absent   map[string]bool // what Envoy of PyPI lacks, and was taken out
	refusals []string
	accepted map[string]int
	sent     []string // types of the extension configurations handed on
}

func newAgent(istiod, directory string, authority *authority, identity *identity) *agent {
	modules := filepath.Join(directory, "wasm")
	must(os.MkdirAll(modules, 0o755))
	options := wasm.Options{InsecureRegistries: sets.New("*"), HTTPRequestMaxRetries: 1, HTTPRequestTimeout: 5 * time.Second}
	return &agent{istiod: istiod, cache: wasm.NewLocalFileCache(modules, options), authority: authority, identity: identity, absent: map[string]bool{}, accepted: map[string]int{}}
}

// serve listens where Envoy's bootstrap expects the agent.
func (a *agent) serve(directory string) (stop func()) {
	xds, sds := grpc.NewServer(grpc.MaxRecvMsgSize(64<<20)), grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(xds, a)
	secretv3.RegisterSecretDiscoveryServiceServer(sds, &secrets{a: a})
	for path, server := range map[string]*grpc.Server{"etc/istio/proxy/XDS": xds, "var/run/secrets/workload-spiffe-uds/socket": sds} {
		path = filepath.Join(directory, path)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		l, err := net.Listen("unix", path)
		must(err)
		must(os.Chmod(path, 0o777))
		go func() { _ = server.Serve(l) }()
	}
	return func() { xds.Stop(); sds.Stop() }
}

func (a *agent) StreamAggregatedResources(discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	return errors.New("expected delta xDS")
}

type deltaServer = discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer
type deltaClient = discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesClient

func (a *agent) DeltaAggregatedResources(down deltaServer) error {
	large := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64 << 20))
	conn, err := grpc.NewClient("unix://"+a.istiod, grpc.WithTransportCredentials(insecure.NewCredentials()), large)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(down.Context())
	defer cancel()
	up, err := discovery.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(ctx)
	if err != nil {
		return err
	}
	go a.upwards(down, up)
	return a.downwards(down, up)
}

func (a *agent) upwards(down deltaServer, up deltaClient) {
	for {
		request, err := down.Recv()
		if err != nil {
			_ = up.CloseSend()
			return
		}
		a.mu.Lock()
		if request.ErrorDetail != nil {
			a.refusals = append(a.refusals, last(request.TypeUrl)+": "+request.ErrorDetail.Message)
		} else if request.ResponseNonce != "" {
			a.accepted[last(request.TypeUrl)]++
		}
		a.mu.Unlock()
		if up.Send(request) != nil {
			return
		}
	}
}

func (a *agent) downwards(down deltaServer, up deltaClient) error {
	var sending sync.Mutex
	send := func(r *discovery.DeltaDiscoveryResponse) error {
		sending.Lock()
		defer sending.Unlock()
		return down.Send(r)
	}
	for {
		response, err := up.Recv()
		if err != nil {
			return err
		}
		if response.TypeUrl == model.ExtensionConfigurationType {
			go a.extensions(down.Context(), response, send) // as the agent does: beside the stream
			continue
		}
		for _, resource := range response.Resources {
			resource.Resource = a.adapted(resource.Resource)
		}
		if err := send(response); err != nil {
			return err
		}
	}
}

// extensions fetches the modules that the configurations name, and hands these on.
func (a *agent) extensions(ctx context.Context, response *discovery.DeltaDiscoveryResponse, send func(*discovery.DeltaDiscoveryResponse) error) {
	for a.holds.Load() && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	var resources []*anypb.Any
	for _, r := range response.Resources {
		resources = append(resources, r.Resource)
	}
	if err := wasm.MaybeConvertWasmExtensionConfig(resources, a.cache); err != nil {
		a.mu.Lock()
		a.refusals = append(a.refusals, "agent: "+err.Error())
		a.mu.Unlock()
		return
	}
	for i, r := range resources {
		response.Resources[i].Resource = r
		extension := &corev3.TypedExtensionConfig{}
		must(r.UnmarshalTo(extension))
		a.mu.Lock()
		a.sent = append(a.sent, last(extension.GetTypedConfig().GetTypeUrl()))
		a.mu.Unlock()
	}
	_ = send(response)
}

// handedOn counts the extension configurations that reached the proxy.
func (a *agent) handedOn() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.sent)
}

// lastSent is the type of the extension configuration that was handed on last.
func (a *agent) lastSent() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.sent) == 0 {
		return "nothing"
	}
	return a.sent[len(a.sent)-1]
}

// acknowledged counts the responses of a type that Envoy took.
func (a *agent) acknowledged(kind string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.accepted[kind]
}

// refused lists what Envoy refused since this was asked last.
func (a *agent) refused() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	said := a.refusals
	a.refusals = nil
	return said
}

// last is the last name of a type's address.
func last(url string) string { return url[strings.LastIndex(url, ".")+1:] }

func must(err error) {
	if err != nil {
		panic(fmt.Sprint(err))
	}
}
