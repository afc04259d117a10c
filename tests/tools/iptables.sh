#!/usr/bin/env bash
# Puts `iptables` and `ip6tables`, with -save and -restore, into DIRECTORY/bin, for Istio's own rules in the tests of the mesh: those
# of this machine, or those of Debian 12, unpacked and not installed.
set -euo pipefail
directory=$(mkdir -p "$1/bin" && cd "$1" && pwd)
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
commands=({iptables,ip6tables}{,-save,-restore})

if found=$(PATH="$PATH:/usr/sbin:/sbin" command -v iptables-restore); then
  for name in "${commands[@]}"; do ln -sf "$(dirname "$found")/$name" "$directory/bin/$name"; done
else
  # Libraries that a small Debian lacks. Their names are those of Debian 12.
  "$tools/unpack.sh" "$directory" iptables libip4tc2 libip6tc2 libxtables12 libnftnl11 libmnl0 libnfnetlink0 libnetfilter-conntrack3 || {
    echo "setup: Debian's packages cannot be fetched: install \`iptables\` (Debian: apt-get install iptables)" >&2
    exit 1
  }
  libraries=$(dirname "$(find "$directory/root" -name 'libxtables.so.*' -print -quit)")
  for name in "${commands[@]}"; do
    cat >"$directory/bin/$name" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH="$libraries" XTABLES_LIBDIR="$libraries/xtables" exec "$directory/root/usr/sbin/xtables-nft-multi" "$name" "\$@"
WRAPPER
    chmod +x "$directory/bin/$name"
  done
fi
"$directory/bin/iptables" --version
