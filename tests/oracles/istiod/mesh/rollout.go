package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// settled waits until the proxy has what istiod sends after a change.
func (w *world) settled() { time.Sleep(700 * time.Millisecond) }

// rollsOut takes everything away and brings it again to a running proxy, in the order that the objects themselves say.
func (w *world) rollsOut() {
	all := waves(w.applied)
	last := len(all) - 1
	for i := last; i >= 0; i-- {
		w.control.remove(all[i]...)
		w.settled()
		a := w.get("frontend")
		if i > 0 {
			w.check(w.views.leaks("frontend", a.body) == "", fmt.Sprintf("rolled back by %d of %d waves: nothing in clear", last-i+1, last+1), a)
		}
	}
	clear := func(a answer) bool { return a.status == 200 && a.body == string(w.app.bodies[one]) }
	a, ok := w.becomes("frontend", clear)
	w.check(ok, "without all that is generated the data is in clear", a)
	w.proxy.agent.holds.Store(true)
	for i, objects := range all {
		w.control.apply(objects...)
		if i == 0 {
			a, ok = w.becomes("frontend", status(403))
			w.check(ok, "rolled out by the first wave: refused", a)
			continue
		}
		open := ""
		for end := time.Now().Add(time.Second); time.Now().Before(end) && open == ""; time.Sleep(20 * time.Millisecond) {
			a = w.get("frontend")
			open = w.views.leaks("frontend", a.body)
		}
		w.check(open == "", fmt.Sprintf("rolled out by %d of %d waves while the module is on its way: nothing in clear", i+1, last+1), a)
	}
	w.proxy.agent.holds.Store(false)
	for _, caller := range listed {
		a, ok = w.becomes(caller, w.masked(caller))
		w.check(ok, "rolled out: "+caller+" gets its view", a)
	}
}

// stages goes back from `enforce` to `observe` and up again, with what is generated for each, while requests run.
func (w *world) stages() {
	const before = "  delivery:"
	staged := func(stage string) []object {
		return w.generate(stage, edit{before, "  stage: " + stage + "\n  until: \"2999-12-31\"\n" + before})
	}
	mask, observe := staged("mask"), staged("observe")
	l := w.underLoad(listed...)
	w.moved(w.applied, mask)
	w.inStage("mask")
	l.end()
	w.check(len(l.leaked) == 0 && len(l.failed) == 0 && l.asked > 20, "back to `mask`: nothing in clear, no request fails", l)

	l = w.underLoad(listed...)
	w.moved(mask, observe)
	w.inStage("observe")
	w.moved(observe, mask)
	w.inStage("mask")
	l.end()
	w.check(len(l.failed) == 0, "to `observe` and up to `mask`: no request fails", l)

	l = w.underLoad(listed...)
	w.moved(mask, w.applied)
	a, ok := w.becomes("batch", func(a answer) bool { return a.status == 403 && strings.HasPrefix(a.body, "RBAC") })
	w.check(ok, "up to `enforce`: batch is refused by authorisation", a)
	ok = until(w.patience, func() bool { return strings.Contains(w.proxy.active(""), guard) })
	w.check(ok, "up to `enforce`: the guard is in the proxy", ok)
	time.Sleep(500 * time.Millisecond)
	l.end()
	w.check(len(l.leaked) == 0 && len(l.failed) == 0 && l.asked > 20, "up to `enforce`: nothing in clear, no request fails", l)
}

// moved applies what one stage has in place of another, as docs/roll-out.md says: what the new one lacks goes first.
func (w *world) moved(from, to []object) {
	for _, o := range from {
		same := func(p object) bool {
			return p.GroupVersionKind() == o.GroupVersionKind() && p.GetName() == o.GetName()
		}
		if isGenerated(o) && !slices.ContainsFunc(to, same) {
			w.control.remove(o)
		}
	}
	w.settled()
	for _, objects := range waves(to) {
		w.control.apply(objects...)
		w.settled()
	}
}

// inStage: what comes before `enforce`.
func (w *world) inStage(stage string) {
	for _, caller := range listed {
		view := w.views.of(caller, one)
		if stage == "observe" {
			view = string(w.app.bodies[one])
		}
		a, ok := w.becomes(caller, func(a answer) bool { return a.status == 200 && a.body == view })
		w.check(ok, "in stage `"+stage+"` "+caller+" gets what the stage says", a)
	}
	w.check(!strings.Contains(w.proxy.active(""), guard), "in stage `"+stage+"` there is no guard", stage)
	right := status(200)
	if stage == "mask" {
		right = status(403)
	}
	a, ok := w.becomes("batch", right)
	w.check(ok && (stage == "observe" || w.views.leaks("", a.body) == "" && !strings.HasPrefix(a.body, "RBAC")), "in stage `"+stage+"` the filter alone decides about batch", a)
	if w.target == "istio-sidecar" {
		a := over(request{path: one})(dial(w.client, workloadIP+":8080"))
		w.check(right(a) && (stage == "observe" || w.views.leaks("", a.body) == ""), "in stage `"+stage+"` the filter alone decides about plain text", a)
	}
}
