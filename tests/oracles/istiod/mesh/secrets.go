package main

import (
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// secrets serves a proxy its certificate and what it trusts (SDS).
type secrets struct {
	a *agent
	secretv3.UnimplementedSecretDiscoveryServiceServer
}

func (s *secrets) StreamSecrets(stream secretv3.SecretDiscoveryService_StreamSecretsServer) error {
	for {
		request, err := stream.Recv()
		if err != nil {
			return err
		}
		if request.ResponseNonce != "" || len(request.ResourceNames) == 0 {
			continue
		}
		response := &discovery.DiscoveryResponse{TypeUrl: request.TypeUrl, VersionInfo: "1", Nonce: "1"}
		for _, name := range request.ResourceNames {
			response.Resources = append(response.Resources, s.secret(name))
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
}

func (s *secrets) secret(name string) *anypb.Any {
	if name == "ROOTCA" {
		trusted := &tlsv3.CertificateValidationContext{TrustedCa: inline(s.a.authority.pem)}
		return packed(&tlsv3.Secret{Name: name, Type: &tlsv3.Secret_ValidationContext{ValidationContext: trusted}})
	}
	own := &tlsv3.TlsCertificate{CertificateChain: inline(s.a.identity.certificate), PrivateKey: inline(s.a.identity.key)}
	return packed(&tlsv3.Secret{Name: name, Type: &tlsv3.Secret_TlsCertificate{TlsCertificate: own}})
}

func inline(bytes []byte) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: bytes}}
}

func packed(m proto.Message) *anypb.Any {
	any, err := anypb.New(m)
	must(err)
	return any
}
