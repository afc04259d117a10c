package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// network is a bridge in a namespace of its own, with a namespace beside it for each pod.
type network struct {
	prefix string
	made   []string
}

func newNetwork(prefix string) *network {
	n := &network{prefix: prefix, made: []string{prefix}}
	ip("netns add " + prefix)
	ip("-n " + prefix + " link set lo up")
	ip("-n " + prefix + " link add br0 type bridge")
	ip("-n " + prefix + " addr add 10.1.255.254/16 dev br0")
	ip("-n " + prefix + " link set br0 up")
	return n
}

// pod makes a namespace with an address on the bridge, and gives its name.
func (n *network) pod(name, address string) string {
	space := n.prefix + "-" + name
	n.made = append(n.made, space)
	end := fmt.Sprintf("v%d", len(n.made))
	ip("netns add " + space)
	ip("-n " + n.prefix + " link add " + end + " type veth peer name eth0 netns " + space)
	ip("-n " + n.prefix + " link set " + end + " master br0 up")
	ip("-n " + space + " link set lo up")
	ip("-n " + space + " addr add " + address + "/16 dev eth0")
	ip("-n " + space + " link set eth0 up")
	ip("-n " + space + " route add default via 10.1.255.254")
	return space
}

func (n *network) close() {
	for _, name := range n.made {
		_ = exec.Command("ip", "netns", "del", name).Run()
	}
}

func ip(line string) {
	if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
		panic(fmt.Sprintf("ip %s: %v %s", line, err, out))
	}
}

// within runs f on a thread inside the namespace. A namespace belongs to a thread, so the thread is never given back.
func within(space string, f func()) {
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		runtime.LockOSThread()
		fd, err := unix.Open("/var/run/netns/"+space, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		must(err)
		defer unix.Close(fd)
		must(unix.Setns(fd, unix.CLONE_NEWNET))
		f()
	}()
	if r := <-done; r != nil {
		panic(r)
	}
}

func dial(space, address string) (c net.Conn, err error) {
	within(space, func() { c, err = net.DialTimeout("tcp4", address, 2*time.Second) })
	return
}

func listen(space, address string) (l net.Listener) {
	var err error
	within(space, func() { l, err = net.Listen("tcp4", address) })
	must(err)
	return
}

// redirect runs Istio's own iptables program in a pod, with the arguments that the injector gives `istio-init`.
func redirect(space string) {
	self, err := os.Executable()
	must(err)
	var out []byte
	within(space, func() {
		out, err = exec.Command(self, "iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*", "-d", "15090,15021,15020").CombinedOutput()
	})
	if err != nil {
		panic(fmt.Sprintf("istio-iptables: %v %s", err, out))
	}
}
