//! A module as an OCI image: a layer, a configuration and a manifest, the same bytes each time.
//!
//! Two forms of images with a module exist (the Wasm image specification of Solo.io): *compat*, an ordinary image whose last
//! layer is a gzipped archive with the file `plugin.wasm`; and *oci*, with media types of its own. This is the first. Istio's
//! agent tries it before the other (pkg/wasm/imagefetcher.go), and Envoy Gateway, whose fetcher comes from there, reads both;
//! registries that refuse media types they do not know store it; and tools for containers unpack it. Of the other form Istio
//! demands two layers, where one says everything.
//!
//! No timestamps: the archive says 1970, and the configuration nothing.

use std::{collections::HashMap, io};

use flate2::{Compression, GzBuilder};
use oci_spec::{
    OciSpecError,
    image::{
        ANNOTATION_DESCRIPTION, ANNOTATION_LICENSES, ANNOTATION_TITLE, ANNOTATION_VERSION, Arch, Descriptor,
        DescriptorBuilder, Digest, ImageConfigurationBuilder, ImageManifestBuilder, MediaType, Os, RootFsBuilder,
        SCHEMA_VERSION, Sha256Digest,
    },
};
use sha2::{Digest as _, Sha256};

/// The name that readers look for in the layer.
pub(super) const FILE: &str = "plugin.wasm";

/// A part of an image, which its digest names.
pub(super) struct Blob {
    /// SHA-256, in hexadecimal digits.
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self { digest: sha256(&bytes), bytes }
    }

    fn descriptor(&self, media_type: MediaType) -> Result<Descriptor, Error> {
        let size = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let digest: Sha256Digest = self.digest.parse()?;
        Ok(DescriptorBuilder::default().media_type(media_type).digest(digest).size(size).build()?)
    }
}

/// An image.
pub(super) struct Image {
    /// SHA-256 of the manifest, in hexadecimal digits: the digest that registries and agents know the image by.
    pub(super) digest: String,
    /// Describes the manifest.
    pub(super) manifest: Descriptor,
    /// The layer, the configuration and the manifest.
    pub(super) blobs: Vec<Blob>,
}

/// Why the image cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("cannot describe the image: {0}")]
    Specification(#[from] OciSpecError),
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot write the archive: {0}")]
    Archive(#[from] io::Error),
}

/// SHA-256, in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By way of a value, as the maps of the types have an order of their own in each run.
pub(super) fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&serde_json::to_value(value)?)
}

fn archive(module: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(u64::try_from(module.len()).unwrap_or(u64::MAX));
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, FILE, module)?;
    archive.into_inner()
}

fn compressed(archive: &[u8]) -> io::Result<Vec<u8>> {
    // 255 is "unknown system" (RFC 1952, section 2.3.1), wherever this runs.
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    io::Write::write_all(&mut encoder, archive)?;
    encoder.finish()
}

/// The image of a module.
pub(super) fn build(module: &[u8], version: &str) -> Result<Image, Error> {
    let archive = archive(module)?;
    let layer = Blob::new(compressed(&archive)?);
    let files: Digest = sha256(&archive).parse::<Sha256Digest>()?.into();
    let files = RootFsBuilder::default().typ("layers").diff_ids([files.to_string()]).build()?;
    // A module runs anywhere, and its readers do not look at the platform. This is the one that tools for containers
    // unpack without being asked to, and what `docker build` writes.
    let configuration =
        ImageConfigurationBuilder::default().architecture(Arch::Amd64).os(Os::Linux).rootfs(files).build()?;
    let configuration = Blob::new(json(&configuration)?);
    let annotations = [
        (ANNOTATION_TITLE, "meshveil"),
        (ANNOTATION_DESCRIPTION, "Masks fields of JSON responses: a proxy-wasm filter"),
        (ANNOTATION_VERSION, version),
        (ANNOTATION_LICENSES, env!("CARGO_PKG_LICENSE")),
    ];
    let annotations: HashMap<String, String> =
        annotations.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(configuration.descriptor(MediaType::ImageConfig)?)
        .layers([layer.descriptor(MediaType::ImageLayerGzip)?])
        .annotations(annotations)
        .build()?;
    let manifest = Blob::new(json(&manifest)?);
    let descriptor = manifest.descriptor(MediaType::ImageManifest)?;
    Ok(Image { digest: manifest.digest.clone(), manifest: descriptor, blobs: vec![layer, configuration, manifest] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of this digest is a change of every digest that users wrote into a manifest: it must be meant.
    #[test]
    fn bytes_of_an_image_are_the_same_everywhere() {
        let image = build(b"\0asm\x01\0\0\0", "1.2.3").unwrap();
        assert_eq!(image.digest, "adb5aa56bd66a240674ba5927c919536c1937488f68753deb1204c01ae960a72");
    }
}
