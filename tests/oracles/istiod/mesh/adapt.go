package main

import (
	"bytes"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// The Envoy of PyPI lacks the filters of Istio's own build: they are taken out of what istiod sends, and nothing else is.

// Istio's name for a string that is part of a pool's hash, and Envoy's for the same.
const istioString, envoyString = "istio.hashable_string", "envoy.hashable_string"

// adapted is a resource without what only Istio's build of Envoy knows.
func (a *agent) adapted(resource *anypb.Any) *anypb.Any {
	switch last(resource.TypeUrl) {
	case "Listener":
		l := &listenerv3.Listener{}
		must(resource.UnmarshalTo(l))
		for _, chain := range append([]*listenerv3.FilterChain{l.DefaultFilterChain}, l.FilterChains...) {
			if chain != nil {
				a.chain(chain)
			}
		}
		if bytes.Contains(resource.Value, []byte(istioString)) {
			a.renamed(l.ProtoReflect())
		}
		return packed(l)
	case "Cluster":
		c := &clusterv3.Cluster{}
		must(resource.UnmarshalTo(c))
		c.Filters = kept(a, "cluster filter", c.Filters)
		return packed(c)
	}
	return resource
}

func (a *agent) chain(chain *listenerv3.FilterChain) {
	chain.Filters = kept(a, "network filter", chain.Filters)
	for _, filter := range chain.Filters {
		manager := &hcm.HttpConnectionManager{}
		if !filter.GetTypedConfig().MessageIs(manager) {
			continue
		}
		must(filter.GetTypedConfig().UnmarshalTo(manager))
		manager.HttpFilters = kept(a, "HTTP filter", manager.HttpFilters)
		filter.ConfigType = &listenerv3.Filter_TypedConfig{TypedConfig: packed(manager)}
	}
}

// kept are the filters that this Envoy knows.
func kept[T interface {
	GetName() string
	GetTypedConfig() *anypb.Any
}](a *agent, place string, filters []T) []T {
	var known []T
	for _, f := range filters {
		if istioOnly(f.GetTypedConfig()) {
			a.note(place + " " + f.GetName())
			continue
		}
		known = append(known, f)
	}
	return known
}

func istioOnly(config *anypb.Any) bool {
	if config == nil {
		return false
	}
	names := func(text string) bool {
		return strings.Contains(text, "istio") || strings.Contains(text, "metadataexchange")
	}
	return names(config.TypeUrl) || last(config.TypeUrl) == "TypedStruct" && names(string(config.Value))
}

// renamed gives factories of a message, of packed ones too, Envoy's name.
func (a *agent) renamed(message protoreflect.Message) {
	if any, ok := message.Interface().(*anypb.Any); ok {
		if !bytes.Contains(any.Value, []byte(istioString)) {
			return
		}
		inner, err := any.UnmarshalNew()
		must(err)
		a.renamed(inner.ProtoReflect())
		any.Value, err = proto.Marshal(inner)
		must(err)
		return
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
		case field.IsList() && field.Message() != nil:
			for i := range value.List().Len() {
				a.renamed(value.List().Get(i).Message())
			}
		case field.IsList():
		case field.Message() != nil:
			a.renamed(value.Message())
		case field.Name() == "factory_key" && value.String() == istioString:
			a.note("object factory " + istioString + ", renamed")
			message.Set(field, protoreflect.ValueOfString(envoyString))
		}
		return true
	})
}

func (a *agent) note(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.absent[what] = true
}
