package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/test"
)

// control is the real istiod, with an API server that holds what it is given.
type control struct {
	server *xds.FakeDiscoveryServer
	socket string
}

func startControl(t test.Failer, directory string, objects []object) *control {
	var configuration, others []string
	for _, o := range objects {
		group := o.GroupVersionKind().Group
		if isConfiguration(o) {
			configuration = append(configuration, written(o))
		}
		// istiod reads Gateways and its own kinds from both.
		if group != "admissionregistration.k8s.io" && group != "networking.k8s.io" {
			others = append(others, written(o))
		}
	}
	c := &control{socket: filepath.Join(directory, "istiod.sock")}
	c.server = xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
		ConfigString:           strings.Join(configuration, "\n---\n"),
		KubernetesObjectString: strings.Join(others, "\n---\n"),
		ListenerBuilder:        func() (net.Listener, error) { return net.Listen("unix", c.socket) },
	})
	return c
}

// configuration are the kinds that istiod reads as configuration.
var configuration = func() map[string]bool {
	all := map[string]bool{}
	for _, s := range collections.PilotGatewayAPI().All() {
		for _, kind := range append(s.GroupVersionAliasKinds(), s.GroupVersionKind()) {
			if kind.Group != "" && kind.Group != "apps" {
				all[kind.Group+"/"+kind.Version+"/"+kind.Kind] = true
			}
		}
	}
	return all
}()

func isConfiguration(o object) bool {
	kind := o.GroupVersionKind()
	return configuration[kind.Group+"/"+kind.Version+"/"+kind.Kind]
}

// apply creates or updates objects. What istiod does not read as configuration stays as it is: nothing else changes while a mesh runs.
func (c *control) apply(objects ...object) {
	for _, o := range objects {
		if !isConfiguration(o) || o.GetKind() == "Gateway" {
			continue
		}
		one, store := parsedConfiguration(o), c.server.Store()
		var err error
		if old := store.Get(one.GroupVersionKind, one.Name, one.Namespace); old != nil {
			one.ResourceVersion = old.ResourceVersion
			_, err = store.Update(one)
		} else {
			_, err = store.Create(one)
		}
		must(err)
	}
}

// remove deletes objects, where they are.
func (c *control) remove(objects ...object) {
	for _, o := range objects {
		if !isConfiguration(o) || o.GetKind() == "Gateway" {
			continue
		}
		one, store := parsedConfiguration(o), c.server.Store()
		if store.Get(one.GroupVersionKind, one.Name, one.Namespace) != nil {
			must(store.Delete(one.GroupVersionKind, one.Name, one.Namespace, nil))
		}
	}
}

func parsedConfiguration(o object) config.Config {
	all, _, err := crd.ParseInputs(written(o))
	must(err)
	if len(all) != 1 {
		panic(fmt.Sprintf("%s %s is %d objects to istiod", o.GetKind(), o.GetName(), len(all)))
	}
	return all[0]
}
