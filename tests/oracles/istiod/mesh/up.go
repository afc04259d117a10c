package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	istiotest "istio.io/istio/pkg/test"
)

// upPrefix begins the names of the namespaces of a mesh that is left running.
const upPrefix = "meshveil"

// The files of a mesh that is left running: its process, and what it says when it is up.
func (o *options) pidFile() string   { return filepath.Join(o.state, "pid") }
func (o *options) readyFile() string { return filepath.Join(o.state, "ready") }
func (o *options) logFile() string   { return filepath.Join(o.state, "log") }

// up starts a mesh in a process of its own, and prints how to ask.
func (o *options) up(s *setup) int {
	must(os.MkdirAll(o.state, 0o755))
	o.down()
	must(os.RemoveAll(o.readyFile()))
	self, err := os.Executable()
	must(err)
	said, err := os.Create(o.logFile())
	must(err)
	command := exec.Command(self, append([]string{"serve"}, os.Args[2:]...)...)
	command.Stdout, command.Stderr = said, said
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	must(command.Start())
	ended := make(chan struct{})
	go func() { _ = command.Wait(); close(ended) }()
	for {
		select {
		case <-ended:
			text, err := os.ReadFile(o.logFile())
			must(err)
			fmt.Fprintf(os.Stderr, "mesh-up: the mesh does not start:\n%s", text)
			return 1
		case <-time.After(100 * time.Millisecond):
		}
		if text, err := os.ReadFile(o.readyFile()); err == nil {
			fmt.Print(string(text))
			return 0
		}
	}
}

// down ends the mesh that is running, if there is one.
func (o *options) down() {
	text, err := os.ReadFile(o.pidFile())
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	must(err)
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err == nil && strings.Contains(filepath.Base(program), "mesh") && syscall.Kill(pid, syscall.SIGTERM) == nil {
		until(10*time.Second, func() bool { return syscall.Kill(pid, 0) != nil })
	}
	must(os.RemoveAll(o.pidFile()))
}

// serve is the mesh of `up`, with the sample shop itself.
func (o *options) serve(s *setup) {
	must(os.WriteFile(o.pidFile(), []byte(strconv.Itoa(os.Getpid())), 0o644))
	w := &world{setup: s, patience: 20 * time.Second, shop: o.shop}
	w.judge = &judge{report: func(result) {}}
	w.setting = settings[max(0, slices.IndexFunc(settings, func(one setting) bool { return one.name == o.setting }))]
	w.directory = newDirectory("", "mesh")
	end := func() { w.close(); os.RemoveAll(w.directory) }
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	s.pack(o.module, w.directory)
	err := istiotest.Wrap(func(t istiotest.Failer) {
		defer func() {
			if r := recover(); r != nil {
				fmt.Fprintln(os.Stderr, r) // Istio takes what goes to the package log
				end()
				os.Exit(1)
			}
		}()
		w.start(t, upPrefix, func(objects []object) []object { return objects })
		w.replace()
		for _, name := range append(slices.Clone(listed), "batch") {
			w.startCaller(name)
		}
		if a, ok := w.becomes("billing", status(200)); !ok {
			panic(a.String())
		}
		must(os.WriteFile(o.readyFile()+".new", []byte(w.commands(o)), 0o644))
		must(os.Rename(o.readyFile()+".new", o.readyFile()))
		<-stopped
	})
	end()
	if err != nil {
		fail(err.Error())
	}
}

// commands are what to try.
func (w *world) commands(o *options) string {
	var text strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&text, format+"\n", a...) }
	url := "http://" + serviceIP + one
	line("The mesh is up (%s): istiod, a registry, the sample shop, and a pod for each caller.", w.setting.name)
	line("The policy is shop/policy.yaml; what was generated from it is in %s.\n", filepath.Join(w.directory, "enforce/mesh"))
	for _, name := range append(slices.Clone(listed), "batch") {
		line("  ip netns exec %s-%s curl -s %s    # %s", upPrefix, name, url, map[string]string{"billing": "sees all", "support": "sees email and phone", "frontend": "sees neither", "batch": "is not listed: refused"}[name])
	}
	line("  ip netns exec %s-client curl -s http://%s:8080%s    # no proxy, no certificate: no answer", upPrefix, workloadIP, one)
	line("  ip netns exec %s curl -s http://127.0.0.1:15000/stats?filter=meshveil    # what the filter counts", w.masking)
	line("\n`make mesh-down` ends it. The log is %s.", o.logFile())
	return text.String()
}

// startShop runs the sample shop in a namespace.
func (w *world) startShop(space, address string) {
	command := exec.Command(w.shop, address)
	command.Stdout, command.Stderr = io.Discard, os.Stderr
	within(space, func() { must(command.Start()) })
	w.ends = append(w.ends, func() { _ = command.Process.Kill(); _ = command.Wait() })
}
