// The data path of Istio on one machine, with what `meshveil generate` writes: see README.md.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"istio.io/istio/pkg/log"
	"istio.io/istio/tools/istio-iptables/pkg/cmd"
)

const usage = "usage: mesh (test|up|down) OPTIONS"

func main() {
	if len(os.Args) < 2 {
		fail(usage)
	}
	if os.Args[1] == "iptables" { // Istio's own program, for a process of its own in a pod's namespace
		command := cmd.GetCommand(log.DefaultOptions())
		command.SetArgs(os.Args[2:])
		if command.Execute() != nil {
			os.Exit(1)
		}
		return
	}
	if os.Getenv("PILOT_ENABLE_AMBIENT") == "" { // read when packages start, so before main
		self, err := os.Executable()
		must(err)
		must(syscall.Exec(self, os.Args, append(os.Environ(), "PILOT_ENABLE_AMBIENT=true")))
	}
	s, o := &setup{}, &options{}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&s.repository, "repository", "", "the project's directory")
	flags.StringVar(&s.envoy, "envoy", "", "Envoy itself")
	flags.StringVar(&s.meshveil, "meshveil", "", "the command line")
	flags.StringVar(&s.kustomize, "kustomize", "", "kustomize")
	flags.StringVar(&s.images[0], "image", "", "where the image is that `meshveil package` wrote")
	flags.StringVar(&s.images[1], "other-image", "", "the same of another module")
	flags.StringVar(&o.module, "module", "", "the filter")
	flags.StringVar(&o.setting, "setting", "", "only these settings, with commas between them")
	flags.StringVar(&o.mutant, "mutant", "", "only these mutants; `none` or `all`")
	flags.StringVar(&o.step, "step", "", "only these steps besides the start")
	flags.StringVar(&o.state, "state", "", "the directory of a mesh that is left running")
	flags.StringVar(&o.shop, "shop", "", "the sample shop, for a mesh that is left running")
	flags.BoolVar(&o.all, "all", false, "print checks that pass, too")
	flags.IntVar(&o.jobs, "jobs", 2, "how many meshes run side by side")
	must(flags.Parse(os.Args[2:]))
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	switch os.Args[1] {
	case "test":
		os.Exit(testAll(s, o))
	case "world":
		o.runWorld(s)
	case "up":
		os.Exit(o.up(s))
	case "serve":
		o.serve(s)
	case "down":
		o.down()
	default:
		fail(usage)
	}
}

// options say what of all there is to run, and how.
type options struct {
	module, setting, mutant, step, state, shop string
	all                                        bool
	jobs                                       int
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}

// names is whether a list with commas names something; an empty list names all.
func names(list, name string) bool {
	if list == "" {
		return true
	}
	for _, one := range strings.Split(list, ",") {
		if one == name {
			return true
		}
	}
	return false
}

// pack writes the module's image, and that of one with other bytes that does the same: with one more custom section.
func (s *setup) pack(module, directory string) {
	bytes, err := os.ReadFile(module)
	must(err)
	other := filepath.Join(directory, "other.wasm")
	must(os.WriteFile(other, append(bytes, "\x00\x05\x04more"...), 0o644))
	for i, file := range []string{module, other} {
		s.images[i] = filepath.Join(directory, fmt.Sprintf("image%d", i))
		run(nil, []int{0}, s.meshveil, "package", file, "-o", s.images[i], "--tag", []string{tag, otherTag}[i])
	}
}
