//! `meshveil package`: the filter as an image that a registry takes and the agents of a mesh fetch.

mod image;
mod layout;
mod module;

use std::{fs, io::Write, path::PathBuf};

use crate::Failure;

/// Write the filter as an OCI image layout, which `skopeo` pushes and proxies fetch as `oci://…`
///
/// The same module and tag always give the same bytes. A directory that holds a layout keeps its other tags.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The module that `make filter` built
    #[arg(value_name = "WASM")]
    module: PathBuf,
    /// The directory to write to: new, empty, or an OCI image layout
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The image's tag and version
    #[arg(long, value_name = "TAG", default_value = env!("CARGO_PKG_VERSION"), value_parser = tag)]
    tag: String,
    /// Where the image will be pushed; only for the commands that are printed
    #[arg(long, value_name = "HOST/NAME", default_value = "registry.example.com/meshveil", value_parser = repository)]
    repository: String,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil package meshveil_filter.wasm -o image --repository registry.example.com/meshveil";

/// A tag (distribution-spec 1.1, "Pulling manifests").
fn tag(text: &str) -> Result<String, String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins_well = text.bytes().next().is_some_and(is_word);
    if begins_well && text.len() <= 128 && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-')) {
        Ok(text.to_owned())
    } else {
        Err("expected up to 128 letters, digits, `_`, `.` and `-`, such as `0.1.0`".to_owned())
    }
}

/// A registry and a name, without scheme, tag and digest.
fn repository(text: &str) -> Result<String, String> {
    let expected = || "expected a registry and a name, such as `registry.example.com/meshveil`".to_owned();
    let (host, name) = text.split_once('/').ok_or_else(expected)?;
    let is_host = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'));
    let is_part = |part: &str| {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends_well = part.bytes().next().is_some_and(is_word) && part.bytes().last().is_some_and(is_word);
        ends_well && part.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'_' | b'-'))
    };
    if is_host && name.split('/').all(is_part) { Ok(text.to_owned()) } else { Err(expected()) }
}

/// Writes the image and says what to do with it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bytes = fs::read(&arguments.module).map_err(Failure::reading(&arguments.module))?;
    module::check(&bytes).map_err(|reason| Failure::Malformed(format!("`{}` {reason}", arguments.module.display())))?;
    let image = image::build(&bytes, &arguments.tag).map_err(|error| Failure::Usage(error.to_string()))?;
    layout::write(&arguments.output, &arguments.tag, &image)?;
    let (output, tag, repository) = (arguments.output.display(), &arguments.tag, &arguments.repository);
    let text = format!(
        "image   sha256:{image}
module  sha256:{module}

Push it, unchanged:
  skopeo copy --preserve-digests oci:{output}:{tag} docker://{repository}:{tag}

Proxies fetch it, and check the digest of the image:
  meshveil generate POLICY --url oci://{repository}:{tag} --sha256 {image}

Where `--url` is `https://…` and names the module itself, `--sha256` is the module's.
",
        image = image.digest,
        module = image::sha256(&bytes),
    );
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
}
