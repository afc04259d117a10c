#!/usr/bin/env bash
# Puts a `chromium` for the tests of pages into DIRECTORY/bin: that of this machine, or Debian 12's with its libraries and a
# font, unpacked and not installed, so that root is not needed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=$(mkdir -p "$1/bin" && cd "$1" && pwd)

fail() {
  echo "test-pages: $1: install \`chromium\` (Debian: apt-get install chromium fonts-dejavu-core), then \`make test-pages\`" >&2
  exit 1
}

if chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome); then
  ln -sf "$chromium" "$directory/bin/chromium"
else
  command -v apt-get >/dev/null || fail "there is no \`apt-get\` here"
  work=$(mktemp -d "$directory/list.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  # Lists of our own, as the machine's may be missing or old, and no package is taken for installed.
  own=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o Dir::State::status=/dev/null -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
  apt-get update -qq "${own[@]}" 2>"$work/errors" || { cat "$work/errors" >&2; fail "Debian's packages cannot be listed"; }
  # Everything that a machine without any of it needs, but for what every Debian has.
  mapfile -t packages < <(apt-get install "${own[@]}" --simulate --no-install-recommends chromium fonts-dejavu-core 2>"$work/errors" |
    awk '/^Inst/ { print $2 }' | grep -E '^(chromium|chromium-common|fonts-|fontconfig|lib)' | grep -vE '^(libc6|libc-bin|libgcc-s1|libpam)')
  [ "${#packages[@]}" -gt 20 ] || { cat "$work/errors" >&2; fail "Debian does not say what chromium needs"; }
  "$here/unpack.sh" "$directory" "${packages[@]}"
  libraries=$(find "$directory/root" -name '*.so*' -printf '%h\n' | grep -v '/usr/lib/chromium' | sort -u | paste -sd:)
  cat >"$directory/fonts.conf" <<FONTS
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$directory/root/usr/share/fonts</dir><cachedir>$directory/cache</cachedir></fontconfig>
FONTS
  cat >"$directory/bin/chromium" <<WRAPPER
#!/bin/sh
export LD_LIBRARY_PATH="$libraries" FONTCONFIG_FILE="$directory/fonts.conf"
exec "$directory/root/usr/lib/chromium/chromium" "\$@"
WRAPPER
  chmod +x "$directory/bin/chromium"
fi
"$directory/bin/chromium" --version
