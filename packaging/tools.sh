#!/usr/bin/env bash
# Puts `minisign` and `qemu-aarch64-static` into DIRECTORY/bin: those of this machine, or those of Debian 12, unpacked.
set -euo pipefail
directory=$(mkdir -p "$1/bin" && cd "$1" && pwd)
if minisign=$(command -v minisign) && qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64); then
  ln -sf "$minisign" "$directory/bin/minisign"
  ln -sf "$qemu" "$directory/bin/qemu-aarch64-static"
else
  "$(dirname "${BASH_SOURCE[0]}")/../tests/tools/unpack.sh" "$directory" minisign libsodium23 qemu-user-static || {
    echo "setup: install \`minisign\` and \`qemu-user-static\`, then try again" >&2
    exit 1
  }
  # Programs for twenty other processors.
  find "$directory/root/usr/bin" -name 'qemu-*' ! -name qemu-aarch64-static -delete
  libraries=$(dirname "$(find "$directory/root" -name 'libsodium.so.*' -print -quit)")
  cat >"$directory/bin/minisign" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH="$libraries" exec "$directory/root/usr/bin/minisign" "\$@"
WRAPPER
  chmod +x "$directory/bin/minisign"
  ln -sf ../root/usr/bin/qemu-aarch64-static "$directory/bin/qemu-aarch64-static"
fi
"$directory/bin/minisign" -v
"$directory/bin/qemu-aarch64-static" --version | head -1
