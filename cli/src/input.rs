//! Texts from files, directories and standard input.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use crate::Failure;

/// Every text named by `paths`, with the name that reports call it by: a file, `-` for standard input, or every `.yaml`,
/// `.yml` and `.json` file in a directory and below, by name. A file that several paths name is read once; links to
/// directories and hidden directories are not followed.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() != "-" && path.is_dir() {
            let mut found = Vec::new();
            walk(path, &mut found)?;
            found.sort();
            files.append(&mut found);
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    for file in files {
        if file.as_os_str() == "-" {
            if seen.insert(file.clone()) {
                let mut text = String::new();
                std::io::stdin().lock().read_to_string(&mut text).map_err(Failure::reading(&file))?;
                texts.push(("(standard input)".to_owned(), text));
            }
        } else if seen.insert(fs::canonicalize(&file).map_err(Failure::reading(&file))?) {
            let text = fs::read_to_string(&file).map_err(Failure::reading(&file))?;
            texts.push((file.display().to_string(), text));
        }
    }
    Ok(texts)
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(directory).map_err(Failure::reading(directory))? {
        let entry = entry.map_err(Failure::reading(directory))?;
        let path = entry.path();
        let is_directory = entry.file_type().map_err(Failure::reading(&path))?.is_dir();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_read = path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|e| extension == *e));
        if is_directory && !is_hidden {
            walk(&path, files)?;
        } else if is_read && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
