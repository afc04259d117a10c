//! Texts from files, directories and standard input.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use crate::Failure;

/// Every text named by `paths`, with the name that reports call it by: a file, `-` for standard input, or every `.yaml`,
/// `.yml` and `.json` file in a directory and below, by name.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map_err(Failure::reading(path))?;
            texts.push(("(standard input)".to_owned(), text));
        } else if path.is_dir() {
            let mut files = Vec::new();
            walk(path, &mut files)?;
            files.sort();
            for file in files {
                texts.push(read(&file)?);
            }
        } else {
            texts.push(read(path)?);
        }
    }
    Ok(texts)
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    let text = fs::read_to_string(path).map_err(Failure::reading(path))?;
    Ok((path.display().to_string(), text))
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(directory).map_err(Failure::reading(directory))? {
        let path = entry.map_err(Failure::reading(directory))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !is_hidden {
            walk(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml" || extension == "json")
        {
            files.push(path);
        }
    }
    Ok(())
}
