// Says of packets whether kube-network-policies lets them pass, the project of Kubernetes' network working group that enforces
// NetworkPolicies. It reads clusters from standard input, one JSON object a line, and answers each with a line. No cluster, no network.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	_ "unsafe" // for go:linkname

	"github.com/sirupsen/logrus"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	engine "sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	admin "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	adminfake "sigs.k8s.io/network-policy-api/pkg/client/clientset/versioned/fake"
	admininformers "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"
)

// The engine's own type of this name, which it does not export: the same fields in the same order.
type packet struct {
	id      uint32
	family  core.IPFamily
	srcIP   net.IP
	dstIP   net.IP
	proto   core.Protocol
	srcPort int
	dstPort int
	payload []byte
}

//go:linkname passes sigs.k8s.io/kube-network-policies/pkg/networkpolicy.(*Controller).evaluatePacket
func passes(c *engine.Controller, ctx context.Context, p packet) bool

type question struct {
	Source, Destination string
	Protocol            core.Protocol
	Ports               []int
}

type cluster struct {
	Namespaces []*core.Namespace
	Pods       []*core.Pod
	Policies   []*networking.NetworkPolicy
	Admin      []*admin.AdminNetworkPolicy
	Questions  []question
}

func main() {
	klog.InitFlags(nil)
	for name, value := range map[string]string{"stderrthreshold": "FATAL", "logtostderr": "false", "alsologtostderr": "false"} {
		must(flag.Set(name, value))
	}
	flag.Parse()
	logrus.SetLevel(logrus.ErrorLevel)
	input, output := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		must(err)
		var in cluster
		must(json.Unmarshal(line, &in))
		must(output.Encode(answers(&in)))
	}
}

// For each question, whether the packet to each of its ports passes.
func answers(in *cluster) [][]bool {
	c := controller(in)
	all := make([][]bool, len(in.Questions))
	for at, q := range in.Questions {
		p := packet{family: core.IPv6Protocol, srcIP: net.ParseIP(q.Source), dstIP: net.ParseIP(q.Destination), proto: q.Protocol, srcPort: 40000}
		if p.srcIP.To4() != nil {
			p.family = core.IPv4Protocol
		}
		for _, port := range q.Ports {
			p.dstPort = port
			all[at] = append(all[at], passes(c, context.Background(), p))
		}
	}
	return all
}

func controller(in *cluster) *engine.Controller {
	client, adminClient := fake.NewSimpleClientset(), adminfake.NewSimpleClientset()
	kube := informers.NewSharedInformerFactory(client, 0)
	policies := admininformers.NewSharedInformerFactory(adminClient, 0).Policy().V1alpha1()
	c, err := engine.NewController(client, kube.Networking().V1().NetworkPolicies(), kube.Core().V1().Namespaces(),
		kube.Core().V1().Pods(), kube.Core().V1().Nodes(), adminClient, policies.AdminNetworkPolicies(),
		policies.BaselineAdminNetworkPolicies(), engine.Config{NodeName: "node", AdminNetworkPolicy: true})
	must(err)
	for _, one := range in.Namespaces {
		must(kube.Core().V1().Namespaces().Informer().GetStore().Add(one))
	}
	for _, one := range in.Pods {
		must(kube.Core().V1().Pods().Informer().GetStore().Add(one))
	}
	for _, one := range in.Policies {
		must(kube.Networking().V1().NetworkPolicies().Informer().GetStore().Add(one))
	}
	for _, one := range in.Admin {
		must(policies.AdminNetworkPolicies().Informer().GetStore().Add(one))
	}
	return c
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "packets:", err)
		os.Exit(2)
	}
}
