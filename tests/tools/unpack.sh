#!/usr/bin/env bash
# Unpacks packages of Debian into DIRECTORY/root, and installs nothing, so that root is not needed: unpack.sh DIRECTORY PACKAGE...
set -euo pipefail
directory=$(mkdir -p "$1" && cd "$1" && pwd)
shift

fail() {
  echo "setup: $1" >&2
  exit 1
}

for tool in apt-get dpkg-deb; do command -v "$tool" >/dev/null || fail "there is no \`$tool\` here"; done
work=$(mktemp -d "$directory/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages"
cd "$work/packages"
# The machine's own lists may be missing or old: then lists of our own.
own=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
if ! apt-get download -qq "$@" 2>"$work/errors"; then
  { apt-get update -qq "${own[@]}" && apt-get download -qq "${own[@]}" "$@"; } 2>"$work/errors" || {
    cat "$work/errors" >&2
    fail "Debian's packages cannot be fetched"
  }
fi
rm -rf "$directory/root"
for package in *.deb; do dpkg-deb --extract "$package" "$directory/root"; done
