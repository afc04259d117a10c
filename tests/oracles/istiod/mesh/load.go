package main

import (
	"fmt"
	"sync"
)

// load asks all the time as some callers, and judges what comes.
type load struct {
	w    *world
	stop chan struct{}
	wait sync.WaitGroup

	mu     sync.Mutex
	asked  int
	failed map[string]int // requests without the caller's view
	leaked map[string]int
}

// underLoad starts to ask; `views` are all that a caller may get.
func (w *world) underLoad(callers ...string) *load {
	l := &load{w: w, stop: make(chan struct{}), failed: map[string]int{}, leaked: map[string]int{}}
	for _, caller := range callers {
		l.wait.Go(func() { l.ask(caller) })
	}
	return l
}

func (l *load) ask(caller string) {
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		a := l.w.get(caller)
		l.mu.Lock()
		l.asked++
		if a.status != 200 || a.err != nil {
			l.failed[fmt.Sprintf("%s %d %v", caller, a.status, a.err)]++
		}
		if fields := l.w.views.leaks(caller, a.body); fields != "" {
			l.leaked[caller+" "+fields]++
		}
		l.mu.Unlock()
	}
}

// end stops asking.
func (l *load) end() {
	close(l.stop)
	l.wait.Wait()
}

func (l *load) String() string {
	return fmt.Sprintf("%d requests, failed %v, in clear %v", l.asked, l.failed, l.leaked)
}
