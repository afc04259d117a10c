//! The filter as an image: what `meshveil package` writes, and a round trip through a real registry.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use flate2::read::GzDecoder;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::root;

/// The filter: `MESHVEIL_WASM`, or what `make filter` left in the target directory.
fn filter() -> PathBuf {
    let path = env::var_os("MESHVEIL_WASM").map(PathBuf::from).unwrap_or_else(|| {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        root().join(target).join("wasm32-wasip1/filter/meshveil_filter.wasm")
    });
    assert!(path.is_file(), "no filter at `{}`: run `make filter`", path.display());
    path
}

/// A program that `make setup` provides: in `MESHVEIL_REGISTRY_TOOLS`, or below `.venv/`.
fn tool(name: &str) -> Command {
    let directory =
        env::var_os("MESHVEIL_REGISTRY_TOOLS").map_or_else(|| root().join(".venv/debian/bin"), PathBuf::from);
    let path = directory.join(name);
    assert!(path.is_file(), "no `{}`: run `make setup`", path.display());
    Command::new(path)
}

/// An empty place for one test.
fn place(name: &str) -> PathBuf {
    crate::place("package", name)
}

fn package(module: &Path, output: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshveil"));
    command.arg("package").arg(module).arg("-o").arg(output).args(more).output().unwrap()
}

/// What was printed after a word at the start of a line.
fn printed(output: &Output, word: &str) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(word)).unwrap();
    line.trim().to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Every file below a directory with its content, by name.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.push((name, fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

/// The module as Istio's agent takes it out of a layer: the first entry of this name in a gzipped archive.
fn unpacked(layer: &[u8]) -> Vec<u8> {
    let mut archive = tar::Archive::new(GzDecoder::new(layer));
    let mut entries = archive.entries().unwrap().map(Result::unwrap);
    let mut entry = entries.find(|entry| entry.path().unwrap().ends_with("plugin.wasm")).unwrap();
    let mut module = Vec::new();
    entry.read_to_end(&mut module).unwrap();
    module
}

/// Debian's registry on a free port of the loopback, ended with this value.
struct Registry {
    process: Child,
    address: String,
}

impl Registry {
    fn start(directory: &Path) -> Self {
        let storage = directory.join("storage");
        let text = format!(
            "version: 0.1\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: '127.0.0.1:0' }}\n",
            Value::from(storage.to_str().unwrap())
        );
        let configuration = directory.join("registry.yaml");
        fs::write(&configuration, text).unwrap();
        let mut command = tool("docker-registry");
        // Without a collector of traces, whatever this machine's environment says.
        command.env("OTEL_TRACES_EXPORTER", "none").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.arg("serve").arg(&configuration).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let (mut seen, mut line) = (String::new(), String::new());
        let address = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the registry ended: {seen}");
            seen.push_str(&line);
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(['"', ',', ' ', '\n']).next().unwrap().to_owned();
            }
        };
        // Nobody else reads its log, and a full pipe would stop it.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { process, address }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn skopeo(arguments: &[&str]) -> String {
    let output = tool("skopeo").arg("--insecure-policy").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_registry_gives_back_the_same_module_under_the_printed_digest() {
    let place = place("registry");
    let module = fs::read(filter()).unwrap();
    let output = package(&filter(), &place.join("layout"), &["--tag", "1.2.3"]);
    let image = printed(&output, "image ");
    assert_eq!(printed(&output, "module "), sha256(&module));

    let registry = Registry::start(&place);
    let remote = format!("docker://{}/meshveil:1.2.3", registry.address);
    let layout = format!("oci:{}:1.2.3", place.join("layout").display());
    skopeo(&["copy", "--preserve-digests", "--dest-tls-verify=false", &layout, &remote]);
    let digest = skopeo(&["inspect", "--tls-verify=false", "--format", "{{.Digest}}", &remote]);
    assert_eq!(digest.trim(), image);

    // By digest, too: a registry that changed anything could not answer.
    let pinned = format!("docker://{}/meshveil@{image}", registry.address);
    let pulled = place.join("pulled");
    skopeo(&["copy", "--src-tls-verify=false", &pinned, &format!("dir:{}", pulled.display())]);
    let manifest = fs::read(pulled.join("manifest.json")).unwrap();
    assert_eq!(sha256(&manifest), image);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let layer = fs::read(pulled.join(layer.strip_prefix("sha256:").unwrap())).unwrap();
    assert!(unpacked(&layer) == module, "the module is not the same");
}

#[test]
fn an_image_is_what_istio_reads() {
    let place = place("image");
    let output = package(&filter(), &place, &["--tag", "1.2.3"]);
    let files = files(&place);
    let json = |name: &str| -> Value {
        let name = name.replace("sha256:", "blobs/sha256/");
        let (_, bytes) = files.iter().find(|(file, _)| *file == name).expect("a file of the layout");
        serde_json::from_slice(bytes).unwrap()
    };
    assert_eq!(json("oci-layout")["imageLayoutVersion"], "1.0.0");
    let index = json("index.json");
    assert_eq!(index["manifests"][0]["digest"], printed(&output, "image "));
    assert_eq!(index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], "1.2.3");
    let manifest = json(&printed(&output, "image "));
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.title"], "meshveil");
    assert_eq!(annotations["org.opencontainers.image.version"], "1.2.3");
    assert_eq!(annotations["org.opencontainers.image.licenses"], "MIT OR Apache-2.0");
    let configuration = json(manifest["config"]["digest"].as_str().unwrap());
    assert_eq!(configuration["created"], Value::Null);
    // Every blob is what its name says.
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("blobs/")) {
        assert_eq!(name.replace("blobs/sha256/", "sha256:"), sha256(bytes));
    }
    assert_eq!(files.len(), 5);
}

#[test]
fn the_same_module_always_gives_the_same_bytes() {
    let place = place("same");
    // The maps of one process could agree by chance: each of these is a process.
    let layouts: Vec<_> = (0..4)
        .map(|run| {
            let output = place.join(run.to_string());
            printed(&package(&filter(), &output, &["--tag", "1.2.3"]), "image ");
            files(&output)
        })
        .collect();
    assert!(layouts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_layout_keeps_its_other_tags() {
    let place = place("tags");
    let one = printed(&package(&filter(), &place, &["--tag", "1"]), "image ");
    let two = printed(&package(&filter(), &place, &["--tag", "2"]), "image ");
    assert_ne!(one, two);
    let before = files(&place);
    assert_eq!(printed(&package(&filter(), &place, &["--tag", "2"]), "image "), two);
    assert_eq!(files(&place), before);
    for (tag, image) in [("1", one), ("2", two)] {
        let layout = format!("oci:{}:{tag}", place.display());
        assert_eq!(skopeo(&["inspect", "--format", "{{.Digest}}", &layout]).trim(), image);
    }
}

#[test]
fn says_what_to_do_next() {
    let place = place("next");
    let output = package(&filter(), &place, &["--tag", "1.2.3", "--repository", "registry.internal:5000/mesh/filter"]);
    let image = printed(&output, "image ").replace("sha256:", "");
    let text = String::from_utf8(output.stdout).unwrap().replace(place.to_str().unwrap(), "DIR");
    let (_, text) = text.split_once("\n\n").unwrap();
    assert_eq!(
        text.replace(&image, "IMAGE"),
        "Push it, unchanged:
  skopeo copy --preserve-digests oci:DIR:1.2.3 docker://registry.internal:5000/mesh/filter:1.2.3

Proxies fetch it, and check the digest of the image:
  meshveil generate POLICY --url oci://registry.internal:5000/mesh/filter:1.2.3 --sha256 IMAGE

Where `--url` is `https://…` and names the module itself, `--sha256` is the module's.
"
    );
}

/// The exit code and the message.
fn refused(output: &Output) -> (Option<i32>, String) {
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr.clone()).unwrap())
}

#[test]
fn refuses_a_directory_that_holds_something_else() {
    let place = place("foreign");
    fs::write(place.join("notes.txt"), "somebody's own\n").unwrap();
    let (code, message) = refused(&package(&filter(), &place, &[]));
    let message = message.replace(place.to_str().unwrap(), "DIR");
    assert_eq!(code, Some(2));
    assert_eq!(
        message,
        "error: `DIR` is not empty and no image layout: it has no `oci-layout`: name another directory\n"
    );
    assert_eq!(files(&place).len(), 1);
    let (code, message) = refused(&package(&filter(), &place.join("notes.txt"), &[]));
    assert_eq!(code, Some(2));
    assert!(message.contains("notes.txt"), "{message}");
}

#[test]
fn refuses_what_is_no_filter_and_writes_nothing() {
    let place = place("refused");
    let cases: [(&[u8], &str); 3] = [
        (b"(module)", "is not WebAssembly: it does not begin with its magic number"),
        (b"\0asm\x0d\0\x01\0", "is a WebAssembly component, and proxies load modules: build it for `wasm32-wasip1`"),
        (
            b"\0asm\x01\0\0\0",
            "is no filter for this interface: it does not export the function `proxy_abi_version_0_2_1`",
        ),
    ];
    for (bytes, reason) in cases {
        let module = place.join("module.wasm");
        fs::write(&module, bytes).unwrap();
        let (code, message) = refused(&package(&module, &place.join("layout"), &[]));
        assert_eq!(code, Some(1));
        assert_eq!(message, format!("error: `{}` {reason}\n", module.display()));
        assert!(!place.join("layout").exists());
    }
}

#[test]
fn refuses_names_that_no_registry_takes() {
    let place = place("names");
    let wrong = [
        ("--tag", "a b"),
        ("--tag", ""),
        ("--tag", "-1"),
        ("--tag", "a:b"),
        ("--repository", "meshveil"),
        ("--repository", "https://registry.example.com/meshveil"),
        ("--repository", "registry.example.com/meshveil:1"),
        ("--repository", "registry.example.com/Meshveil"),
        ("--repository", "registry.example.com/"),
    ];
    for (option, value) in wrong {
        let (code, message) = refused(&package(&filter(), &place, &[&format!("{option}={value}")]));
        assert_eq!(code, Some(2), "{option} {value}");
        assert!(message.contains("expected"), "{message}");
    }
    assert_eq!(files(&place), []);
}
