#!/bin/sh
# Installs meshveil @VERSION@ for one user: fetches the archive of this system, compares its checksum with the one written here,
# and puts the program into MESHVEIL_INSTALL_DIR (~/.local/bin). It never asks for root.
set -eu

url=${MESHVEIL_DOWNLOAD_URL:-@URL@}
directory=${MESHVEIL_INSTALL_DIR:-${HOME:?}/.local/bin}

fail() {
  echo "install: $1" >&2
  exit 1
}

case "$(uname -s)-$(uname -m)" in
@CASES@  *)
    fail "no build for $(uname -s) on $(uname -m): see the other files of the release" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=meshveil-@VERSION@-$target
if command -v curl >/dev/null; then
  curl --fail --silent --show-error --location --output "$work/archive" "$url/$name.tar.gz" || fail "cannot fetch $url/$name.tar.gz"
elif command -v wget >/dev/null; then
  wget -q -O "$work/archive" "$url/$name.tar.gz" || fail "cannot fetch $url/$name.tar.gz"
else
  fail "neither curl nor wget is here"
fi

if command -v sha256sum >/dev/null; then
  found=$(sha256sum <"$work/archive")
elif command -v shasum >/dev/null; then
  found=$(shasum -a 256 <"$work/archive")
else
  fail "neither sha256sum nor shasum is here: the archive cannot be checked"
fi
[ "${found%% *}" = "$expected" ] || fail "$url/$name.tar.gz is not the archive of this release: its checksum is ${found%% *}, expected $expected; nothing was installed"

tar -xzf "$work/archive" -C "$work"
mkdir -p "$directory"
# In one step, also over a program that runs.
cp "$work/$name/meshveil" "$directory/.meshveil.new"
chmod 755 "$directory/.meshveil.new"
mv "$directory/.meshveil.new" "$directory/meshveil"
echo "$directory/meshveil is version @VERSION@"
case ":$PATH:" in
*":$directory:"*) ;;
*) echo "note: $directory is not in PATH" ;;
esac
