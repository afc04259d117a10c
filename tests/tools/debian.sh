#!/usr/bin/env bash
# Puts `skopeo` and `docker-registry` (for the tests of `meshveil package`), `prometheus` and `promtool` (for those of the alert
# rules and the dashboard) into DIRECTORY/bin: those of this machine, or those of Debian 12, unpacked and not installed, so
# that root is not needed.
set -euo pipefail
directory=$(mkdir -p "$1/bin" && cd "$1" && pwd)

fail() {
  echo "setup: $1: install \`skopeo\`, \`docker-registry\` and \`prometheus\` (Debian: apt-get install skopeo docker-registry prometheus), then \`make setup\`" >&2
  exit 1
}

# Other systems call it `registry`.
registry=$(command -v docker-registry || command -v registry || true)
if skopeo=$(command -v skopeo) && prometheus=$(command -v prometheus) && promtool=$(command -v promtool) && [ -n "$registry" ]; then
  ln -sf "$skopeo" "$prometheus" "$promtool" "$directory/bin/"
  ln -sf "$registry" "$directory/bin/docker-registry"
else
  for tool in apt-get dpkg-deb; do command -v "$tool" >/dev/null || fail "there is no \`$tool\` here"; done
  # Libraries that a small Debian lacks. Their names are those of Debian 12.
  packages=(skopeo docker-registry prometheus libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1)
  work=$(mktemp -d "$directory/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
  cd "$work/packages"
  # The machine's own lists may be missing or old: then lists of our own.
  own=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
  if ! apt-get download -qq "${packages[@]}" 2>"$work/errors"; then
    { apt-get update -qq "${own[@]}" && apt-get download -qq "${own[@]}" "${packages[@]}"; } 2>"$work/errors" || {
      cat "$work/errors" >&2
      fail "Debian's packages cannot be fetched"
    }
  fi
  rm -rf "$directory/root"
  for package in *.deb; do dpkg-deb --extract "$package" "$directory/root"; done
  libraries=$(dirname "$(find "$directory/root" -name 'libgpgme.so.*' -print -quit)")
  cat >"$directory/bin/skopeo" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH="$libraries:$directory/root/lib/$(basename "$libraries")" exec "$directory/root/usr/bin/skopeo" "\$@"
WRAPPER
  chmod +x "$directory/bin/skopeo"
  ln -sf ../root/usr/bin/{docker-registry,prometheus,promtool} "$directory/bin/"
fi
"$directory/bin/skopeo" --version
"$directory/bin/docker-registry" --version
"$directory/bin/promtool" --version 2>&1 | head -1
