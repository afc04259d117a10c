//! Texts from files, directories, patterns and standard input, and what they describe.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use glob::MatchOptions;
use meshveil_answers::{
    Cluster,
    cluster::{Faulty, Unprotected},
};
use meshveil_policy::Policy;
use meshveil_reach::Reach;
use meshveil_text::Cidr;

use crate::{
    Failure,
    render::{self, Output},
};

/// Reads policies and manifests. Errors in them are printed as `output` says, and end it; what an answer rests on is said
/// on standard error.
pub(crate) fn cluster(paths: &[PathBuf], output: Output) -> Result<Cluster, Failure> {
    let cluster = match Cluster::read(texts(paths)?) {
        Ok(cluster) => cluster,
        Err(Faulty { files, findings }) => {
            render::findings(output, &files, &findings)?;
            return Err(Failure::Findings);
        }
    };
    for remark in cluster.remarks(&cluster.reach()) {
        eprintln!("{}", remark.said(&cluster.manifests.files));
    }
    if cluster.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        let message = format!("nothing to read in {}: no policy and no workload", names.join(", "));
        return Err(Failure::Usage(message));
    }
    Ok(cluster)
}

/// Every policy with each workload it protects; a policy that protects nothing, or no policy at all, is a failure.
pub(crate) fn protected<'c>(
    cluster: &'c Cluster,
    reach: &Reach<'_>,
    output: Output,
) -> Result<Vec<(&'c Policy, usize)>, Failure> {
    cluster.must_protect(reach).or_else(|error| match error {
        Unprotected::Idle(findings) => {
            render::findings(output, &cluster.manifests.files, &findings)?;
            Err(Failure::Findings)
        }
        error => Err(Failure::usage(error)),
    })
}

/// Sets the addresses of the cluster's pods, where any are given.
pub(crate) fn set_pod_ranges(cluster: &mut Cluster, ranges: &[String]) -> Result<(), Failure> {
    let parsed: Result<Vec<Cidr>, Failure> = ranges
        .iter()
        .map(|text| text.parse().map_err(|_| Failure::Usage(format!("`--pod-range {text}`: not a block of addresses"))))
        .collect();
    let parsed = parsed?;
    if !parsed.is_empty() {
        cluster.manifests.pod_ranges = parsed;
    }
    Ok(())
}

/// Every text named by `paths`, with the name that reports call it by: a file, `-` for standard input, every `.yaml`,
/// `.yml` and `.json` file in a directory and below, by name, or those that a pattern such as `policies/*.yaml`
/// or `**/policy.yaml` matches. A file that several paths name is read once; links to directories and hidden directories are not
/// followed.
pub(crate) fn texts(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    let mut named = Vec::new();
    for path in paths {
        if is_pattern(path) { named.append(&mut matches(path)?) } else { named.push(path.clone()) }
    }
    for path in &named {
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
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes).map_err(Failure::reading(Path::new(STANDARD_INPUT)))?;
                texts.push((STANDARD_INPUT.to_owned(), decoded(STANDARD_INPUT, bytes)?));
            }
        } else if seen.insert(fs::canonicalize(&file).unwrap_or_else(|_| file.clone())) {
            // A pipe (`<(kustomize build)`) has no other name than this one; what does not exist fails here, too.
            let bytes = fs::read(&file).map_err(Failure::reading(&file))?;
            let name = file.display().to_string();
            let text = decoded(&name, bytes)?;
            texts.push((name, text));
        }
    }
    Ok(texts)
}

/// Every file of the kinds that are read in a directory and below, by name, that is text.
pub(crate) fn readable(directory: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut files = Vec::new();
    walk(directory, &mut files)?;
    files.sort();
    let mut texts = Vec::new();
    for path in files {
        let bytes = fs::read(&path).map_err(Failure::reading(&path))?;
        texts.extend(String::from_utf8(bytes).ok().map(|text| (path, text)));
    }
    Ok(texts)
}

/// What reports call standard input.
const STANDARD_INPUT: &str = "(standard input)";

/// Bytes as text; where they are none, the place of the first that is not.
fn decoded(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let good = bytes.get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.split(|byte| *byte == b'\n').count();
        let hint = match bytes {
            // What `>` of older PowerShells writes.
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "; it begins like UTF-16: save it as UTF-8",
            _ => "",
        };
        Failure::Usage(format!("not UTF-8: {name}:{line}{hint}"))
    })
}

/// Whether a path is meant for several files. One that exists means itself.
fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|text| text.contains(['*', '?', '['])) && fs::symlink_metadata(path).is_err()
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == *known))
}

/// What a pattern matches, by name: directories, and files of the kinds that are read. Hidden ones are matched only by a dot.
fn matches(pattern: &Path) -> Result<Vec<PathBuf>, Failure> {
    let options =
        MatchOptions { require_literal_separator: true, require_literal_leading_dot: true, ..MatchOptions::new() };
    let wrong = |message: String| Failure::Usage(format!("`{}`: {message}", pattern.display()));
    let found = glob::glob_with(pattern.to_str().unwrap_or_default(), options)
        .map_err(|error| wrong(format!("not a pattern: {}", error.msg.to_lowercase())))?;
    let mut paths = Vec::new();
    for path in found {
        let path = path.map_err(|error| {
            let what = format!("read `{}`", error.path().display());
            Failure::Io { what, error: error.into() }
        })?;
        if path.is_dir() || is_text(&path) {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(wrong("no file matches".to_owned()));
    }
    Ok(paths)
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(directory).map_err(Failure::reading(directory))? {
        let entry = entry.map_err(Failure::reading(directory))?;
        let path = entry.path();
        let is_directory = entry.file_type().map_err(Failure::reading(&path))?.is_dir();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_directory && !is_hidden {
            walk(&path, files)?;
        } else if is_text(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
