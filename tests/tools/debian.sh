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
  # Libraries that a small Debian lacks. Their names are those of Debian 12.
  packages=(skopeo docker-registry prometheus libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1)
  "$(dirname "${BASH_SOURCE[0]}")/unpack.sh" "$directory" "${packages[@]}" || fail "Debian's packages cannot be unpacked"
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
