"""Has the real Envoy Gateway serve the generated manifests of the sample shop, alone and with objects that others add, and compares what each
caller gets with what `meshveil simulate` says: see README.md.

    compare.py --gateway BINARY --meshveil BINARY --repository FOLDER [--only WORD] [--keep FOLDER]

Runs in a network and mount namespace of its own, as root."""

import argparse
import base64
import copy
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import yaml

from scenarios import AT_GATEWAY, SCENARIOS

ORDER = ["unreachable", "denied", "masked", "partial", "clear"]
CALLERS = ["billing", "support", "frontend", "batch", None]
REGISTRY = "registry.example.com:5443"
CUSTOMER = {"id": "c-1001", "ssn": "123-45-6789", "email": "anna.smith@example.com", "phone": "+1 202 555 0143", "born": "1984-03-12",
            "iban": "DE89370400440532013000", "notes": "prefers calls", "card": {"number": "4111111111111111"}}
FIELDS = {"card": lambda body: (body.get("card") or {}).get("number"), **{name: (lambda body, name=name: body.get(name)) for name in ("ssn", "email", "phone", "born", "iban", "notes")}}
CLEAR = {name: read(CUSTOMER) for name, read in FIELDS.items()}


class Application(http.server.BaseHTTPRequestHandler):
    """The protected application."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps(CUSTOMER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def command(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def wait(what, test, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if found := test():
            return found
        time.sleep(0.2)
    raise RuntimeError(f"no {what} after {seconds} s")


class Authority:
    """Certificates for the registry, the Gateway and the callers."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=oracle",
                "-keyout", folder / "ca.key", "-out", folder / "ca.crt", "-addext", "basicConstraints=critical,CA:true")
        self.issue("server", "DNS:customers.shop,DNS:registry.example.com")
        for caller in filter(None, CALLERS):
            self.issue(caller, f"URI:spiffe://cluster.local/ns/shop/sa/{caller}")

    def issue(self, name, names):
        path = lambda end: self.folder / f"{name}.{end}"
        path("ext").write_text(f"subjectAltName={names}\n")
        command("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", path("key"), "-out", path("csr"))
        command("openssl", "x509", "-req", "-in", path("csr"), "-CA", self.folder / "ca.crt", "-CAkey", self.folder / "ca.key", "-CAcreateserial",
                "-days", "1", "-extfile", path("ext"), "-out", path("crt"))

    def text(self, name):
        return (self.folder / name).read_text()


class Laboratory:
    """Everything around one Envoy Gateway: registry, application, certificates, files."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.repository = pathlib.Path(arguments.repository).resolve()
        self.running = []
        self.authority = Authority(folder / "certificates")
        command("ip", "link", "set", "lo", "up")
        names = "127.0.0.1 localhost registry.example.com envoy-gateway envoy-gateway.envoy-gateway-system.svc.cluster.local\n"
        (folder / "hosts").write_text(names)
        command("mount", "--bind", folder / "hosts", "/etc/hosts")
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            del os.environ[name]
        threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Application).serve_forever, daemon=True).start()
        self.registry()
        self.certificates_of_its_own()

    def registry(self):
        """A registry with the filter, as `meshveil package` writes it."""
        own = self.authority.folder
        (self.folder / "registry.yaml").write_text(
            f"version: 0.1\nstorage: {{ filesystem: {{ rootdirectory: {self.folder}/storage }} }}\n"
            f"http: {{ addr: '127.0.0.1:5443', tls: {{ certificate: {own}/server.crt, key: {own}/server.key }} }}\n")
        log = open(self.folder / "registry.log", "w")
        tools = self.repository / ".venv/debian/bin"
        self.running.append(subprocess.Popen([tools / "docker-registry", "serve", self.folder / "registry.yaml"], stdout=log, stderr=log,
                                             env={**os.environ, "OTEL_TRACES_EXPORTER": "none"}))
        wait("registry", lambda: "listening on" in (self.folder / "registry.log").read_text(), 20)
        module = os.environ.get("MESHVEIL_WASM") or self.repository / "target/wasm32-wasip1/filter/meshveil_filter.wasm"
        said = command(self.arguments.meshveil, "package", module, "-o", self.folder / "image", "--tag", "0.1.0", "--repository", "registry.example.com/meshveil")
        self.image = re.search(r"image +sha256:(\w+)", said)[1]
        command(tools / "skopeo", "--insecure-policy", "copy", "--preserve-digests", "--dest-tls-verify=false",
                f"oci:{self.folder}/image:0.1.0", f"docker://{REGISTRY}/meshveil:0.1.0")

    def certificates_of_its_own(self):
        """What an installation has between controller and proxies. It takes the home directory of the user, and `/certs` as in a container."""
        home = pathlib.Path(os.path.expanduser("~root")) / ".config"
        home.mkdir(exist_ok=True)
        command("mount", "-t", "tmpfs", "tmpfs", home)
        command(self.arguments.gateway, "certgen", "--local")
        self.issued = home / "envoy-gateway/certs/envoy"
        os.makedirs("/certs", exist_ok=True)
        command("mount", "--bind", self.issued, "/certs")
        self.home = home

    def around(self):
        """What a user has besides the generated manifests."""
        encoded = lambda text: base64.b64encode(text.encode()).decode()
        core = lambda kind, name, namespace, **more: {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, **more}
        proxy = {"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "EnvoyProxy", "metadata": {"name": "proxy", "namespace": "envoy-gateway-system"},
                 "spec": {"routingType": "Service", "provider": {"type": "Host", "host": {"envoyVersion": "1.40.0"}}}}
        issued = {name: encoded((self.issued / name).read_text()) for name in ("ca.crt", "tls.crt", "tls.key")}
        served = {"tls.crt": encoded(self.authority.text("server.crt")), "tls.key": encoded(self.authority.text("server.key"))}
        return [
            core("Namespace", "envoy-gateway-system", None),
            {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "envoy-gateway"},
             "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
                      "parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "proxy", "namespace": "envoy-gateway-system"}}},
            proxy,
            {"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "Backend", "metadata": {"name": "customers", "namespace": "shop"},
             "spec": {"endpoints": [{"ip": {"address": "127.0.0.1", "port": 8080}}]}},
            core("Secret", "envoy", "envoy-gateway-system", type="kubernetes.io/tls", data=issued),
            core("Secret", "customers-tls", "shop", type="kubernetes.io/tls", data=served),
            core("ConfigMap", "customers-ca", "shop", data={"ca.crt": self.authority.text("ca.crt")}),
        ]

    def adapted(self, objects):
        """The objects as this place needs them: a Backend for the Service, the port of the registry, no pods of Kubernetes."""
        found = copy.deepcopy(objects)
        for one in found:
            if one["kind"].endswith("Route"):
                for rule in one["spec"]["rules"]:
                    rule["backendRefs"] = [{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": "customers"}]
            for module in one.get("spec", {}).get("wasm") or []:
                image = module["code"]["image"]
                image["url"] = image["url"].replace("registry.example.com/", f"{REGISTRY}/")
                image["sha256"] = self.image
            if one["kind"] == "Gateway":
                one["spec"].pop("infrastructure", None)  # Proxies of this host are made by the class.
        kept = ("NetworkPolicy", "EnvoyProxy") + tuple(kind for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"))
        return [one for one in found if one["kind"] not in kept]

    def serve(self, objects, ports):
        """What each caller gets by each port, from the real thing."""
        place = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (place / "in").mkdir()
        (place / "in/all.yaml").write_text("---\n".join(yaml.safe_dump(one) for one in self.around() + self.adapted(objects)))
        for name in ("config", "data", "state", "run"):
            (place / name).mkdir()
        shutil.copytree(self.home / "envoy-gateway", place / "config", dirs_exist_ok=True)
        versions = place / "data/envoy-versions/1.40.0/bin"
        versions.mkdir(parents=True)
        os.symlink((self.repository / ".venv/bin/envoy").resolve(), versions / "envoy")
        host = {"configHome": str(place / "config"), "dataHome": str(place / "data"), "stateHome": str(place / "state"), "runtimeDir": str(place / "run")}
        (place / "gateway.yaml").write_text(yaml.safe_dump({
            "apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": "EnvoyGateway", "gateway": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
            "provider": {"type": "Custom", "custom": {"resource": {"type": "File", "file": {"paths": [str(place / "in")]}},
                                                      "infrastructure": {"type": "Host", "host": host}}},
            "extensionApis": {"enableBackend": True, "enableEnvoyPatchPolicy": True}, "logging": {"level": {"default": "info"}}}))
        environment = {**os.environ, "SSL_CERT_FILE": str(self.authority.folder / "ca.crt"), "MESHVEIL_KEY": "00112233445566778899aabbccddeeff" * 2}
        log = open(place / "gateway.log", "w")
        process = subprocess.Popen([self.arguments.gateway, "server", "--config-path", str(place / "gateway.yaml")], env=environment, stdout=log,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            tried = [("https", 443), *ports]
            wait("answer of Envoy", lambda: process.poll() is None and any(self.ask(scheme, port, "billing")[0] for scheme, port in tried), 60)
            # Until nothing changes any more: listeners, routes and modules arrive one after the other.
            before, quiet, begun = None, 0, time.time()
            while time.time() < begun + 15:
                now = {(scheme, port, caller): self.ask(scheme, port, caller) for scheme, port in tried for caller in CALLERS}
                silent = any(now[scheme, port, "billing"][0] in (0, 404, 500, 503) for scheme, port in tried)
                quiet = quiet + 1 if now == before and (not silent or time.time() > begun + 10) else 0
                if quiet >= 3 and time.time() > begun + 3:
                    break
                before = now
                time.sleep(0.4)
            return now
        finally:
            if self.arguments.keep:
                keep = pathlib.Path(self.arguments.keep)
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(place / "gateway.log", keep)
                shutil.copy(place / "in/all.yaml", keep)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            self.end_proxies(place)
            shutil.rmtree(place, ignore_errors=True)

    def end_proxies(self, place):
        """The proxies of a place, should they outlive their controller: those whose program lies below it."""
        def left():
            found = []
            for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    if str(place) in entry.read_text():
                        found.append(int(entry.parent.name))
                except OSError:
                    continue
            return found
        for number in left():
            os.kill(number, signal.SIGKILL)
        wait("end of the proxies", lambda: not left(), 10)

    def ask(self, scheme, port, caller):
        """Status and body; status 0 where there is no answer."""
        if scheme == "https":
            context = ssl.create_default_context(cafile=str(self.authority.folder / "ca.crt"))
            context.check_hostname = False
            if caller:
                context.load_cert_chain(self.authority.folder / f"{caller}.crt", self.authority.folder / f"{caller}.key")
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/customers/c-1001", headers={"host": "customers.shop"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def end(self):
        for process in self.running:
            process.kill()
            process.wait()
        for place in ("/etc/hosts", "/certs", self.home):
            subprocess.run(["umount", str(place)], capture_output=True)


def form(name, status, body):
    """The form of a field in an answer."""
    if status == 0:
        return "unreachable"
    if status != 200:
        return "denied"
    try:
        value = FIELDS[name](json.loads(body))
    except ValueError:
        return "denied"
    clear = CLEAR[name]
    if value == clear:
        return "clear"
    parts = {clear[at:at + 2] for at in range(len(clear) - 1)} if isinstance(value, str) else set()
    # A pseudonym may share two characters with the value; a mask that shows part keeps them where they were.
    shown = isinstance(value, str) and (value[-2:] == clear[-2:] or value[:2] == clear[:2]) and any(part in value for part in parts)
    return "partial" if shown else "masked"


def simulated(arguments, objects):
    """What we say, by caller and field; the worst over all that none of the callers is, for clients without a certificate."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("\n---\n".join(json.dumps(one) for one in objects))
        file.flush()
        done = subprocess.run([arguments.meshveil, "simulate", f"{arguments.repository}/shop/policy.yaml", file.name, "--wide", "--output", "json"],
                              capture_output=True, text=True)
    answer = json.loads(done.stdout)
    if "matrix" not in answer:
        raise RuntimeError(done.stdout[:2000] + done.stderr[:2000])
    said = {}
    for row in answer["matrix"][0]["sources"]:
        caller = None if "[External]" in row["source"] else row["source"].split("/")[-1].split("[")[0]
        for name, cell in row["fields"].items():
            known = said.setdefault(caller, {}).get(name)
            said[caller][name] = max(filter(None, (known, cell["form"])), key=lambda form: 9 if form == "unknown" else ORDER.index(form))
    return said


def more(real, said):
    """Where the real one shows more than we say."""
    found = []
    for (scheme, port, caller), (status, body) in real.items():
        # Whoever has no certificate may be anybody without one, a workload too; on plain HTTP so is everybody.
        for name in FIELDS:
            shown, known = form(name, status, body), said[caller][name]
            if known != "unknown" and ORDER.index(shown) > max(ORDER.index(known), ORDER.index("denied")):
                found.append(f"{caller or 'nobody'} gets {name} {shown} by {scheme}:{port}, and {known} is said")
    return found


def less(real, said):
    """Where we say more than the real one shows, at worst over all ports."""
    found = 0
    for caller in CALLERS:
        for name in FIELDS:
            shown = max((ORDER.index(form(name, *real[key])) for key in real if key[2] == caller), default=0)
            known = said[caller][name]
            found += known == "unknown" or ORDER.index(known) > max(shown, ORDER.index("denied"))
    return found


def documents(folder):
    for file in sorted(folder.glob("*.yaml")):
        yield from (one for one in yaml.safe_load_all(file.read_text()) if one and one["kind"] != "Kustomization")


def put(objects, own):
    objects = copy.deepcopy(objects)
    if AT_GATEWAY in own:
        own = [one for one in own if one != AT_GATEWAY]
        for one in objects:
            if one["kind"] == "EnvoyExtensionPolicy":
                one["spec"]["targetRefs"] = [target for target in one["spec"]["targetRefs"] if target["kind"] == "Gateway"]
    named = lambda one: (one["kind"], one["metadata"]["name"])
    taken = {named(one) for one in own}
    return [one for one in objects if named(one) not in taken] + own


def judge(arguments, laboratory):
    repository = laboratory.repository
    generated = list(documents(repository / "manifests/envoy-gateway"))
    application = list(documents(repository / "manifests/app"))
    for one in application:
        if one["kind"] == "Namespace":
            one["metadata"].pop("labels", None)  # No Istio here.
    passed, failed, said_more = 0, [], 0
    closed = simulated(arguments, application + generated)
    for title, added, own, ports, opens in SCENARIOS:
        if arguments.only and arguments.only not in title:
            continue
        objects = put(generated, own) + added
        try:
            real = laboratory.serve(objects, ports)
        except RuntimeError as error:
            failed.append(f"{title}: {error}")
            continue
        said = simulated(arguments, application + objects)
        wrong = more(real, said)
        passed += len(real) * len(FIELDS) - len(wrong)
        failed.extend(f"{title}: {one}" for one in wrong)
        said_more += less(real, said)
        # The same with what is said without the object: only an object that opens something may make it fail.
        found = more(real, closed)
        if opens is not None and bool(found) != opens:
            failed.append(f"{title}: it {'opens nothing' if opens else 'opens something'}: {found[:2]}")
        else:
            passed += 1
        if title == "as generated" and (exact := less(real, said)):
            failed.append(f"{title}: more is said than the real one shows, {exact} times")
        views = {f"{caller}@{port}": status for (_, port, caller), (status, _) in real.items()}
        print(f"{title}: {json.dumps(views)}{' OPEN' if found else ''}", flush=True)
    for one in failed:
        print("FAILED", one)
    print(f"more is said than the real one shows: {said_more}")
    print(f"{passed} passed, {len(failed)} failed")
    return bool(failed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--meshveil", required=True)
    parser.add_argument("--repository", required=True)
    parser.add_argument("--only")
    parser.add_argument("--keep")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        os.execvp("unshare", ["unshare", "-n", "-m", "--propagation", "private", sys.executable, *sys.argv, "--inside"])
    for name in ("gateway", "meshveil"):
        setattr(arguments, name, os.path.abspath(getattr(arguments, name)))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="oracle-gateway-"))
    laboratory = None
    try:
        laboratory = Laboratory(arguments, folder)
        return judge(arguments, laboratory)
    finally:
        if laboratory:
            laboratory.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
