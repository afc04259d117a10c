package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// Of the only user, who may do everything. Anonymous requests are not taken where everything is allowed.
const token = "oracle"

// A server is an API server with its store, both in this process, on loopback.
type server struct {
	url    string
	client *http.Client
}

// An answer is what the server said to a request.
type answer struct {
	status   int
	object   object
	warnings []string
}

// message is why the server refused.
func (a answer) message() string {
	text, _ := a.object["message"].(string)
	return text
}

func freeAddress() (url.URL, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return url.URL{}, err
	}
	defer listener.Close()
	return url.URL{Scheme: "http", Host: listener.Addr().String()}, nil
}

// startStore starts etcd and says where it listens.
func startStore(directory string) (string, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(directory, "etcd")
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	client, err := freeAddress()
	if err != nil {
		return "", err
	}
	peer, err := freeAddress()
	if err != nil {
		return "", err
	}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	store, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}
	<-store.Server.ReadyNotify()
	return client.String(), nil
}

// start starts the API server, whose files stay below a directory, and waits until it is ready.
func start(directory string) (*server, error) {
	store, err := startStore(directory)
	if err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	keyFile, tokens := filepath.Join(directory, "key.pem"), filepath.Join(directory, "tokens.csv")
	block := pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&block), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(tokens, []byte(token+",admin,admin,\"system:masters\"\n"), 0o600); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + store, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--secure-port=" + address.Port(), "--cert-dir=" + filepath.Join(directory, "cert"),
		"--service-account-issuer=https://oracle", "--service-account-key-file=" + keyFile,
		"--service-account-signing-key-file=" + keyFile, "--service-cluster-ip-range=10.96.0.0/12",
		"--authorization-mode=RBAC", "--token-auth-file=" + tokens,
		"--disable-admission-plugins=ServiceAccount", "--allow-privileged=true", "--v=0",
	})
	command.SilenceUsage, command.SilenceErrors = true, true
	failed := make(chan error, 1)
	go func() { failed <- command.ExecuteContext(context.Background()) }()
	found := &server{
		url: "https://" + address.Host,
		client: &http.Client{
			Timeout:   time.Minute,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		},
	}
	for range 600 {
		select {
		case err := <-failed:
			return nil, fmt.Errorf("the API server ended: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
		if answer, err := found.call(http.MethodGet, "/readyz", "", nil); err == nil && answer.status == http.StatusOK {
			return found, nil
		}
	}
	return nil, fmt.Errorf("the API server did not get ready")
}

// call sends a request; what is no JSON has no object.
func (s *server) call(method, path, contentType string, body any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", contentType)
	response, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	found := answer{status: response.StatusCode, warnings: response.Header.Values("Warning")}
	_ = json.Unmarshal(said, &found.object)
	return found, nil
}

// paths of the built-in kinds that are generated, by kind; `%s` is the namespace.
var paths = map[string]string{
	"ConfigMap":                        "/api/v1/namespaces/%s/configmaps",
	"Namespace":                        "/api/v1/namespaces",
	"NetworkPolicy":                    "/apis/networking.k8s.io/v1/namespaces/%s/networkpolicies",
	"Pod":                              "/api/v1/namespaces/%s/pods",
	"ValidatingAdmissionPolicy":        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
	"ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
}

// create makes an object, or only asks whether it could be made.
func (s *server) create(o object, dry bool) (answer, error) {
	path := o.path() + "?fieldValidation=Strict"
	if dry {
		path += "&dryRun=All"
	}
	return s.call(http.MethodPost, path, "application/json", o)
}

// replace puts an object in place of the one of its name.
func (s *server) replace(o object) (answer, error) {
	return s.call(http.MethodPut, o.path()+"/"+o.name(), "application/json", o)
}

// patch changes an object, or a subresource of it such as `/status`, or only asks whether it could be changed.
func (s *server) patch(o object, subresource string, change any) (answer, error) {
	path := o.path() + "/" + o.name() + subresource + "?dryRun=All"
	return s.call(http.MethodPatch, path, "application/strategic-merge-patch+json", change)
}
