"""The images go through a registry unchanged, and the program in one runs."""

import hashlib
import io
import json
import re
import subprocess
import tarfile

from tests.support import DIST, REGISTRY_TOOLS, Test, VERSION, built, contents, this_machine


class Images(Test):
    def registry(self) -> str:
        """Starts a registry on the loopback; gives its address."""
        configuration = self.place / "registry.yaml"
        storage = json.dumps({"filesystem": {"rootdirectory": str(self.place / "storage")}})
        configuration.write_text(f"version: 0.1\nstorage: {storage}\nhttp: {{ addr: '127.0.0.1:0' }}\n")
        process = subprocess.Popen(
            [REGISTRY_TOOLS / "docker-registry", "serve", configuration],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={"OTEL_TRACES_EXPORTER": "none"},
        )
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stderr.close()))
        for line in process.stderr:
            if found := re.search(r"listening on ([0-9.:]+)", line):
                return found[1]
        self.fail("the registry ended")

    def skopeo(self, *arguments) -> bytes:
        return self.must(REGISTRY_TOOLS / "skopeo", "--insecure-policy", *arguments)

    def blobs(self, layout) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (layout / "blobs/sha256").iterdir()}

    def test_images_come_back_from_a_registry_as_the_same_bytes(self):
        address = self.registry()
        for name in ("image", "filter-image"):
            remote = f"docker://{address}/{name}:{VERSION}"
            copy = ["copy", "--all", "--preserve-digests"]
            self.skopeo(*copy, "--dest-tls-verify=false", f"oci:{DIST / name}:{VERSION}", remote)
            back = self.place / name
            self.skopeo(*copy, "--src-tls-verify=false", remote, f"oci:{back}:{VERSION}")
            self.assertEqual(self.blobs(DIST / name), self.blobs(back), name)
            for digest, content in self.blobs(back).items():
                self.assertEqual(hashlib.sha256(content).hexdigest(), digest)

    def test_the_image_has_the_program_of_each_platform(self):
        blobs = self.blobs(DIST / "image")
        part = lambda descriptor: json.loads(blobs[descriptor["digest"].removeprefix("sha256:")])
        index = part(json.loads((DIST / "image/index.json").read_text())["manifests"][0])
        linux = {target.arch: target for target in built() if target.is_linux}
        self.assertEqual({one["platform"]["architecture"] for one in index["manifests"]}, set(linux))
        for one in index["manifests"]:
            manifest = part(one)
            settings = part(manifest["config"])["config"]
            layer = blobs[manifest["layers"][0]["digest"].removeprefix("sha256:")]
            with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
                program = tar.extractfile(settings["Entrypoint"][0].removeprefix("/")).read()
                self.assertEqual(tar.getmember("usr/bin/meshveil").mode, 0o755)
            target = linux[one["platform"]["architecture"]]
            self.assertEqual(program, contents(target)["meshveil"])
            self.assertNotIn(settings["User"].split(":")[0], ("", "0", "root"))
            if target == this_machine():
                self.masks(self.put("meshveil", program))

    def test_the_image_of_the_filter_holds_the_module_of_the_release(self):
        layers = [content for content in self.blobs(DIST / "filter-image").values() if content[:2] == b"\x1f\x8b"]
        self.assertEqual(len(layers), 1)
        with tarfile.open(fileobj=io.BytesIO(layers[0])) as tar:
            self.assertEqual(tar.extractfile("plugin.wasm").read(), (DIST / "meshveil_filter.wasm").read_bytes())
