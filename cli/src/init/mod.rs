//! `meshveil init`: a starter policy, from what is there already.

mod found;
mod openapi;
mod sample;
mod sensitive;
mod text;
mod workload;

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
};

use clap::ArgGroup;

use crate::Failure;
use found::Found;

/// Write a policy to begin with, from what is there already
///
/// Members that look sensitive, by their names or, in samples, by their values, get a mask to begin with and a comment
/// that says why. No value of a sample is written anywhere. What nobody can know is marked `TODO`.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("source").required(true).multiple(true))]
pub(crate) struct Arguments {
    /// An OpenAPI document, in YAML or JSON: its responses are looked at
    #[arg(long, value_name = "FILE", group = "source")]
    openapi: Vec<PathBuf>,
    /// Sample responses: JSON, or a line of JSON each
    #[arg(long, value_name = "FILE", num_args = 1.., group = "source")]
    sample: Vec<PathBuf>,
    /// Manifests of the application: files, directories, `-` for standard input
    #[arg(long, value_name = "PATH", num_args = 1.., group = "source")]
    manifests: Vec<PathBuf>,
    /// The workload that holds the data, where the manifests have several
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = workload_name, requires = "manifests")]
    workload: Option<(String, String)>,
    /// The file to write to; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Write over a file that exists
    #[arg(long)]
    force: bool,
}

fn workload_name(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok((namespace.to_owned(), name.to_owned()))
        }
        _ => Err("expected `namespace/name`, such as `shop/customers`".to_owned()),
    }
}

/// Writes the policy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut found = Found::default();
    let mut notes = Vec::new();
    for path in &arguments.openapi {
        openapi::read(path, &mut found, &mut notes)?;
    }
    for path in &arguments.sample {
        sample::read(path, &mut found)?;
    }
    let target = match arguments.manifests.as_slice() {
        [] => None,
        paths => Some(workload::read(paths, arguments.workload.as_ref())?),
    };
    let (text, todos) = text::write(&found, target.as_ref());
    write(&arguments.output, arguments.force, &text)?;
    for note in notes {
        eprintln!("note: {note}");
    }
    let (places, wait) = if todos == 1 { ("place", "waits") } else { ("places", "wait") };
    if todos > 0 {
        eprintln!("note: {todos} {places} marked `TODO` {wait} for somebody who knows");
    }
    Ok(())
}

fn write(path: &Path, force: bool, text: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing);
    }
    let failed = |error| Failure::Io { what: format!("write `{}`", path.display()), error };
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}
