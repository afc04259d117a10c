//! An image layout on disk (OCI image specification 1.1, "Image Layout").

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use oci_spec::image::{
    ANNOTATION_REF_NAME, ImageIndex, ImageIndexBuilder, MediaType, OciLayout, OciLayoutBuilder, SCHEMA_VERSION,
};

use super::image::{self, Image};
use crate::Failure;

const VERSION: &str = "1.0.0";
const MARKER: &str = "oci-layout";
const INDEX: &str = "index.json";

/// Adds an image to the layout in `directory`, or makes one. What the layout called `tag` before goes.
pub(super) fn write(directory: &Path, tag: &str, image: &Image) -> Result<(), Failure> {
    let mut index = existing(directory)?.map_or_else(empty, Ok)?;
    let mut descriptor = image.manifest.clone();
    descriptor.set_annotations(Some(HashMap::from([(ANNOTATION_REF_NAME.to_owned(), tag.to_owned())])));
    let mut manifests = index.manifests().clone();
    manifests.retain(|known| {
        let name = known.annotations().as_ref().and_then(|annotations| annotations.get(ANNOTATION_REF_NAME));
        name.is_none_or(|name| name != tag)
    });
    manifests.push(descriptor);
    index.set_manifests(manifests);

    let blobs = directory.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(writing(&blobs))?;
    for blob in &image.blobs {
        replace(&blobs.join(&blob.digest), &blob.bytes)?;
    }
    let marker = OciLayoutBuilder::default().image_layout_version(VERSION).build();
    let marker = marker.map_err(|error| Failure::Usage(error.to_string()))?;
    // Last the index: until then the image is not visible.
    for (name, json) in [(MARKER, image::json(&marker)), (INDEX, image::json(&index))] {
        replace(&directory.join(name), &json.map_err(|error| Failure::Usage(error.to_string()))?)?;
    }
    Ok(())
}

fn empty() -> Result<ImageIndex, Failure> {
    let index = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(Vec::new())
        .build();
    index.map_err(|error| Failure::Usage(error.to_string()))
}

/// The index of the layout that is there; none where there is nothing at all.
fn existing(directory: &Path) -> Result<Option<ImageIndex>, Failure> {
    match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::reading(directory)(error)),
        Ok(mut entries) => {
            if entries.next().is_none() {
                return Ok(None);
            }
        }
    }
    let foreign = |why: &str| {
        let directory = directory.display();
        Failure::Usage(format!("`{directory}` is not empty and no image layout: {why}: name another directory"))
    };
    let marker = OciLayout::from_file(directory.join(MARKER)).map_err(|_| foreign("it has no `oci-layout`"))?;
    if marker.image_layout_version() != VERSION {
        return Err(foreign("its version is unknown"));
    }
    ImageIndex::from_file(directory.join(INDEX)).map(Some).map_err(|_| foreign("its `index.json` cannot be read"))
}

/// Writes a file as a whole: no reader sees half of it.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    fs::write(&new, bytes).and_then(|()| fs::rename(&new, path)).map_err(writing(path))
}

fn writing(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let what = format!("write `{}`", path.display());
    move |error| Failure::Io { what, error }
}
