package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	istiotest "istio.io/istio/pkg/test"
)

// job is a mesh to run in a process of its own: istiod's settings belong to a process, and one that ends badly counts as failed.
type job struct {
	setting setting
	mutant  *mutant

	results []result
	took    time.Duration
	trouble string
}

func (j *job) title() string {
	if j.mutant == nil {
		return j.setting.name
	}
	return j.setting.name + ", mutant " + j.mutant.Name
}

// testAll runs every setting as generated, and every mutant, and prints what failed.
func testAll(s *setup, o *options) int {
	begin := time.Now()
	work := newDirectory("", "mesh")
	defer os.RemoveAll(work)
	s.pack(o.module, work)
	jobs := planned(s, o)
	if len(jobs) == 0 {
		fail("nothing to run: no such setting, or no such mutant")
	}
	var wait sync.WaitGroup
	var printing sync.Mutex
	places := make(chan struct{}, o.jobs)
	for _, j := range jobs {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			j.run(s, o, work)
			printing.Lock()
			defer printing.Unlock()
			j.print(o.all)
		})
	}
	wait.Wait()
	return summary(jobs, time.Since(begin))
}

// planned are the jobs that the options ask for, the long ones first.
func planned(given *setup, o *options) (jobs []*job) {
	mutants := readMutants(given.repository)
	for _, s := range settings {
		if names(o.setting, s.name) && (o.mutant == "" || o.mutant == "none") {
			jobs = append(jobs, &job{setting: s})
		}
	}
	for i := range mutants {
		m := &mutants[i]
		for _, s := range settings {
			if slices.Contains(m.Settings, s.name) && names(o.setting, s.name) && (o.mutant == "all" || names(o.mutant, m.Name)) {
				jobs = append(jobs, &job{setting: s, mutant: m})
			}
		}
	}
	return
}

// run starts a process for the job and reads what it says of each check.
func (j *job) run(s *setup, o *options, work string) {
	begin := time.Now()
	defer func() { j.took = time.Since(begin) }()
	self, err := os.Executable()
	must(err)
	arguments := []string{"world", "-repository", s.repository, "-envoy", s.envoy, "-meshveil", s.meshveil, "-kustomize", s.kustomize, "-image", s.images[0], "-other-image", s.images[1], "-setting", j.setting.name, "-step", o.step}
	if j.mutant != nil {
		arguments = append(arguments, "-mutant", j.mutant.Name)
	}
	command := exec.Command(self, arguments...)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	command.Env = append(os.Environ(), "TMPDIR="+work)
	// It ends with this process: then its input is closed.
	input, err := command.StdinPipe()
	must(err)
	defer input.Close()
	out, results, err := os.Pipe()
	must(err)
	command.ExtraFiles = []*os.File{results}
	must(command.Start())
	must(results.Close())
	limit := time.AfterFunc(5*time.Minute, func() { _ = command.Process.Signal(syscall.SIGTERM) })
	defer limit.Stop()
	lines := json.NewDecoder(out)
	for {
		var r result
		if lines.Decode(&r) != nil {
			break
		}
		j.results = append(j.results, r)
	}
	if err := command.Wait(); err != nil {
		text := said.String()
		j.trouble = fmt.Sprintf("%v: %s", err, text[max(0, len(text)-3000):])
	}
}

func (j *job) failed() (failed []result) {
	for _, r := range j.results {
		if !r.OK {
			failed = append(failed, r)
		}
	}
	return
}

func (j *job) print(all bool) {
	for _, r := range j.results {
		if !r.OK && (j.mutant == nil || all) {
			fmt.Printf("FAILED %s: %s: %s [%s]\n", j.title(), r.Step, r.Name, r.Got)
		} else if all {
			fmt.Printf("ok     %s: %s: %s [%s]\n", j.title(), r.Step, r.Name, r.Got)
		}
	}
	if j.trouble != "" {
		fmt.Printf("FAILED %s: %s\n", j.title(), j.trouble)
	}
	if j.mutant == nil {
		fmt.Printf("%s: %d checks in %.0f s\n", j.title(), len(j.results), j.took.Seconds())
		return
	}
	for _, missing := range j.mutant.missing(j.failed()) {
		fmt.Printf("FAILED %s: no check failed with `%s` in its name\n", j.title(), missing)
	}
	if all || j.survives() {
		fmt.Printf("%s: %d of %d checks fail in %.0f s\n", j.title(), len(j.failed()), len(j.results), j.took.Seconds())
	}
}

// survives is whether the checks did not see what the mutant breaks.
func (j *job) survives() bool {
	return j.trouble != "" || len(j.mutant.missing(j.failed())) > 0
}

func summary(jobs []*job, took time.Duration) int {
	passed, failed, meshes, mutants, seen := 0, 0, 0, 0, 0
	for _, j := range jobs {
		if j.mutant != nil {
			mutants++
			if !j.survives() {
				seen++
			}
			continue
		}
		meshes++
		bad := len(j.failed())
		if j.trouble != "" || len(j.results) == 0 {
			failed++
		}
		passed, failed = passed+len(j.results)-bad, failed+bad
	}
	fmt.Printf("mesh: %d meshes; %d of %d mutants fail the checks that they must fail; %.0f s\n", meshes, seen, mutants, took.Seconds())
	fmt.Printf("%d passed, %d failed\n", passed+seen, failed+mutants-seen)
	if failed > 0 || seen < mutants {
		return 1
	}
	return 0
}

// runWorld runs one mesh, and writes each check to the file that the parent gave.
func (o *options) runWorld(s *setup) {
	out := json.NewEncoder(os.NewFile(3, "results"))
	w := &world{setup: s, patience: 8 * time.Second}
	for _, one := range settings {
		if one.name == o.setting {
			w.setting = one
		}
	}
	var mutant *mutant
	mutate := func(objects []object) []object { return objects }
	for _, m := range readMutants(s.repository) {
		if m.Name == o.mutant {
			mutant, mutate, w.patience = &m, m.apply, 3*time.Second
		}
	}
	w.judge = &judge{step: "start", report: func(r result) { must(out.Encode(r)) }}
	w.directory = newDirectory("", "world")
	var once sync.Once
	end := func() { once.Do(func() { w.close(); os.RemoveAll(w.directory) }) }
	defer end()
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	go func() { <-stopped; end(); os.Exit(130) }()
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); end(); os.Exit(130) }()
	err := istiotest.Wrap(func(t istiotest.Failer) {
		defer func() {
			if r := recover(); r != nil { // what cannot be set up ends the mesh
				w.check(false, "runs to its end", r)
				end()
				os.Exit(1)
			}
		}()
		w.start(t, fmt.Sprintf("mv%d", os.Getpid()), mutate)
		for _, step := range steps {
			if step.name == "start" || mutant == nil && names(o.step, step.name) || mutant != nil && slices.Contains(mutant.steps(), step.name) {
				w.step = step.name
				step.run(w)
			}
		}
	})
	if err != nil {
		w.check(false, "runs to its end", err)
	}
}
