package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// changes of plan and module while requests run: nothing is in clear, and no request fails.
func (w *world) changes() {
	filter := filter(w.applied)
	redacted := redactedMail(filter)
	l := w.underLoad("frontend", "support")
	for range 3 {
		w.control.apply(redacted)
		a, ok := w.becomes("frontend", func(a answer) bool { return a.status == 200 && !strings.Contains(a.body, "@") })
		w.check(ok, "a changed plan is in force", a)
		w.control.apply(filter)
		a, ok = w.becomes("frontend", w.masked("frontend"))
		w.check(ok, "the plan from before is in force again", a)
	}
	fetched, sent := w.registry.fetched.Load(), w.proxy.agent.handedOn()
	w.control.apply(anotherImage(filter, tag, w.digests[0], otherTag, w.digests[1]))
	ok := until(w.patience, func() bool { return w.proxy.agent.handedOn() > sent })
	w.check(ok && w.registry.fetched.Load() > fetched && w.proxy.agent.lastSent() == "Wasm", "another module is fetched", w.proxy.agent.lastSent())
	time.Sleep(time.Second) // it is compiled, and takes the requests over
	w.control.apply(filter)
	time.Sleep(500 * time.Millisecond)
	l.end()
	w.check(len(l.leaked) == 0, "while plan and module change nothing is in clear", l)
	w.check(len(l.failed) == 0 && l.asked > 20, "while plan and module change no request fails", l)
}

// brokenPlan: a running proxy keeps the plan that it has.
func (w *world) brokenPlan() {
	filter := filter(w.applied)
	sent := w.proxy.agent.handedOn()
	w.control.apply(brokenPlan(filter))
	until(w.patience, func() bool { return w.proxy.agent.handedOn() > sent })
	var refused []string
	until(2*w.patience, func() bool { refused = append(refused, w.proxy.agent.refused()...); return len(refused) > 0 })
	w.check(len(refused) > 0, "a running proxy refuses a broken plan", refused)
	for _, caller := range listed {
		a := w.get(caller)
		w.check(w.masked(caller)(a), "with a broken plan "+caller+" gets its view of before", a)
	}
	w.control.apply(filter)
	a, ok := w.becomes("billing", w.masked("billing"))
	w.check(ok, "with a good plan again billing gets its view", a)
}

// failedFetch: a plan whose module cannot be fetched closes a running proxy.
func (w *world) failedFetch() {
	filter := filter(w.applied)
	l := w.underLoad("frontend", "batch")
	w.registry.gone.Store(true)
	w.control.apply(anotherImage(filter, tag, w.digests[0], "9.9.9", strings.Repeat("9", 64)))
	ok := until(w.patience, func() bool { return w.proxy.agent.lastSent() == "RBAC" })
	w.check(ok, "the agent sends a denial in place of the module", w.proxy.agent.lastSent())
	for _, caller := range listed {
		a, ok := w.becomes(caller, status(403))
		w.check(ok, "without the registry a changed plan refuses "+caller, a)
	}
	w.registry.gone.Store(false)
	w.control.apply(filter)
	a, ok := w.becomes("billing", w.masked("billing"))
	w.check(ok, "with the registry again billing gets its view", a)
	l.end()
	w.check(len(l.leaked) == 0, "without the registry nothing is in clear", l)
	refused := w.proxy.agent.refused()
	w.check(len(refused) == 0, "Envoy takes the denial", refused)
}

// filterRemoved: the guard refuses what the filter has not seen.
func (w *world) filterRemoved() {
	filter := filter(w.applied)
	l := w.underLoad("frontend", "batch")
	w.control.remove(filter)
	for _, caller := range listed {
		a, ok := w.becomes(caller, status(403))
		w.check(ok, "without the filter the guard refuses "+caller, a)
	}
	if w.hbone {
		c, err := dial(w.client, workloadIP+":8080")
		if err == nil {
			c, err = w.secured(c, "frontend", "istio-http/1.1")
		}
		a := over(request{path: one})(c, err)
		w.check(a.status == 403, "without the filter the guard refuses frontend without HBONE", a)
	}
	if w.all {
		a := over(request{path: one})(w.tunnelled(w.client, waypointIP+":15008", "frontend", workloadIP+":8080", nil))
		w.check(a.status == 403, "without the filter the guard refuses frontend the pod", a)
	}
	w.control.apply(filter)
	a, ok := w.becomes("frontend", w.masked("frontend"))
	w.check(ok, "with the filter again frontend gets its view", a)
	l.end()
	w.check(len(l.leaked) == 0, "with the filter gone and back nothing is in clear", l)
}

const guard = "meshveil.guard"

// guardRemoved: the filter masks alone; `meshveil check` sees that the guard is missing.
func (w *world) guardRemoved() {
	guards := part(w.applied, "guard")
	w.check(len(guards) == 1 && strings.Contains(w.proxy.active(""), guard), "the guard is in the proxy", len(guards))
	w.control.remove(guards...)
	ok := until(w.patience, func() bool { text := w.proxy.active(""); return text != "" && !strings.Contains(text, guard) })
	w.check(ok, "the removed guard leaves the proxy", ok)
	for _, caller := range listed {
		a := w.get(caller)
		w.check(w.masked(caller)(a), "without the guard "+caller+" gets its view", a)
	}
	w.control.apply(guards...)
	ok = until(w.patience, func() bool { return strings.Contains(w.proxy.active(""), guard) })
	w.check(ok, "the guard is back in the proxy", ok)
	whole, without := w.singleFaults(nil), w.singleFaults(guards)
	w.check(w.all || strings.HasPrefix(whole, "no single fault"), "`meshveil simulate` sees no single point of failure", whole)
	w.check(strings.Contains(without, "is gone, or fails open"), "without the guard `meshveil simulate` sees that the filter is one", without)
}

// singleFaults is what `meshveil simulate` says of what is applied, but for some objects.
func (w *world) singleFaults(gone []object) string {
	var text strings.Builder
	for _, o := range w.applied {
		if !slices.Contains(gone, o) {
			text.WriteString("---\n" + written(o))
		}
	}
	return string(run([]byte(text.String()), []int{0, 3}, w.meshveil, "simulate", "--single-fault", filepath.Join(w.directory, "enforce/policy.yaml"), "-"))
}

// newProxies start while something is broken: they refuse.
func (w *world) newProxies() {
	filter := filter(w.applied)
	broken := []struct {
		what   string
		object object
		gone   bool
	}{
		{"without the registry", filter, true},
		{"with a broken plan", brokenPlan(filter), false},
	}
	for _, b := range broken {
		w.registry.gone.Store(b.gone)
		w.control.apply(b.object)
		seen := w.app.seen.Load()
		w.replace()
		until(w.patience, func() bool { return w.proxy.agent.handedOn() > 0 })
		var a answer
		until(2*time.Second, func() bool { a = w.get("billing"); return a.status != 0 })
		w.check(a.status != 200 && w.app.seen.Load() == seen, "a new proxy "+b.what+" refuses billing", a)
		w.registry.gone.Store(false)
		if b.gone { // the agent tries again when istiod sends something else
			w.control.apply(brokenPlan(filter))
			w.settled()
		}
		w.control.apply(filter)
		a, ok := w.becomes("billing", w.masked("billing"))
		w.check(ok, "a new proxy "+b.what+" masks when that is mended", fmt.Sprint(a, w.exited()))
	}
	w.proxy.agent.refused()
}

// exited says so where Envoy has ended.
func (w *world) exited() string {
	select {
	case <-w.proxy.exited:
		return "; Envoy is gone: " + w.proxy.command.ProcessState.String()
	default:
		return ""
	}
}
