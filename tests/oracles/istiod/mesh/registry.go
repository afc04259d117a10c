package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// images is a registry on loopback, with what `meshveil package` wrote.
type images struct {
	host    string
	gone    atomic.Bool
	fetched atomic.Int64
	server  *httptest.Server
}

func startImages() *images {
	i := &images{}
	store := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.gone.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			i.fetched.Add(1)
		}
		store.ServeHTTP(w, r)
	}))
	i.host = strings.TrimPrefix(i.server.URL, "http://")
	return i
}

// push sends the image of a layout, and gives its digest.
func (i *images) push(directory, tag string) string {
	path, err := layout.FromPath(directory)
	must(err)
	index, err := path.ImageIndex()
	must(err)
	manifest, err := index.IndexManifest()
	must(err)
	image, err := index.Image(manifest.Manifests[0].Digest)
	must(err)
	reference, err := name.NewTag(i.host+"/meshveil:"+tag, name.Insecure)
	must(err)
	must(remote.Write(reference, image))
	return manifest.Manifests[0].Digest.Hex
}
