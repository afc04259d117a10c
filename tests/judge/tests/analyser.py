"""Asks IBM's network-config-analyzer (NCA) for the connections of each directory, and prints them as JSON.

For each directory: rows of source, destination, protocol, first and last port. An end is a workload's title, or
[version, first address, last address] with the addresses as decimal text.
"""

import contextlib
import io
import ipaddress
import json
import re
import sys

from nca.nca_cli import nca_main

PROTOCOLS = ("TCP", "UDP", "SCTP")


def ends(text):
    if text.endswith("]"):
        return [text]
    found = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        first, last = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
        found.append([first.version, str(int(first)), str(int(last))])
    return found


def connections(text):
    if text == "All connections":
        return [(protocol, 1, 65535) for protocol in PROTOCOLS]
    found = []
    for cube in re.findall(r"{([^}]*)}", text):
        protocols, ports = PROTOCOLS, ["1-65535"]
        for part in re.split(r",\s*(?=[a-z_]+:)", cube):
            name, _, values = part.partition(":")
            if name == "protocols":
                protocols = values.split(", ")
            elif name == "dst_ports":
                ports = values.split(",")
            else:
                raise ValueError(f"unknown dimension in {text}")
        for protocol in protocols:
            if protocol not in PROTOCOLS:
                raise ValueError(f"unknown protocol in {text}")
            for port in ports:
                first, _, last = port.partition("-")
                found.append((protocol, int(first), int(last or first)))
    if not found:
        raise ValueError(f"no connection in {text}")
    return found


def rows(directory):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        nca_main(["--connectivity", "-r", directory, "-o", "txt_no_fw_rules", "--print_ipv6"])
    for line in output.getvalue().splitlines():
        if " => " not in line:
            continue
        source, _, rest = line.partition(" => ")
        destination, _, allowed = rest.partition(" : ")
        for start in ends(source.strip()):
            for end in ends(destination.strip()):
                for connection in connections(allowed.strip()):
                    yield [start, end, *connection]


json.dump([list(rows(directory)) for directory in sys.argv[1:]], sys.stdout)
