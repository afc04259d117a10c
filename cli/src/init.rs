//! `meshveil init`: a starter policy from what is already there.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use meshveil_discover::{Discovery, Error, Wishes, is_name, shown};
use meshveil_policy::Policies;
use meshveil_reach::Manifests;
use meshveil_text::Severity;

use crate::{Failure, input};

/// Write a starter policy from an OpenAPI document, samples of responses or manifests
///
/// Asks nothing. Fields are proposed by their names, formats and sampled values, callers by their ServiceAccounts; what
/// cannot be known is marked TODO. No value of a sample is ever written, only names, paths and counts.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(group = clap::ArgGroup::new("sources").required(true).multiple(true))]
pub(crate) struct Arguments {
    /// OpenAPI 3.0, 3.1 or Swagger 2.0, in YAML or JSON: the schemas of JSON responses
    #[arg(long, value_name = "FILE", group = "sources", num_args = 1..)]
    openapi: Vec<PathBuf>,
    /// Other descriptions of the data: JSON Schema, GraphQL, protobuf descriptors, SQL tables, Avro
    #[arg(long = "schema", value_name = "FILE", group = "sources", num_args = 1..)]
    schemas: Vec<PathBuf>,
    /// Responses of the service, JSON or NDJSON
    #[arg(long = "sample", value_name = "FILE", group = "sources", num_args = 1..)]
    samples: Vec<PathBuf>,
    /// Manifests of the application: files, directories, patterns
    #[arg(long, value_name = "PATH", group = "sources", num_args = 1..)]
    manifests: Vec<PathBuf>,
    /// The workload that serves the data, where several could be meant
    #[arg(long, value_name = "NAMESPACE/NAME")]
    workload: Option<String>,
    /// The environment variable of the sidecar that holds a key: pseudonyms are proposed where they suit
    #[arg(long, value_name = "NAME", value_parser = variable)]
    key_env: Option<String>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Overwrite the file where there is one
    #[arg(long)]
    force: bool,
}

const AFTER_HELP: &str = "\
Each of --openapi, --schema, --sample and --manifests takes `-` for standard input, one of them at a time.

Examples:
  meshveil init --openapi openapi.yaml --manifests k8s/ -o policy.yaml
  kubectl get deploy,svc,sa -A -o yaml | meshveil init --manifests - --workload shop/customers
  curl -s https://shop.example.com/customers | meshveil init --sample -";

/// The name of an environment variable.
fn variable(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_name =
        !text.is_empty() && !text.starts_with(|letter: char| letter.is_ascii_digit()) && text.chars().all(fits);
    if is_name { Ok(text.to_owned()) } else { Err("expected a name such as `MESHVEIL_KEY`".to_owned()) }
}

/// The name that messages call a file by.
pub(crate) fn source_name(path: &Path) -> String {
    if path.as_os_str() == "-" { "(standard input)".to_owned() } else { path.display().to_string() }
}

/// Opens a file, or standard input.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    if path.is_dir() {
        return Err(Failure::Usage(format!("`{}` is a directory: name its files", path.display())));
    }
    Ok(Box::new(File::open(path).map_err(Failure::reading(path))?))
}

pub(crate) fn failure(error: Error) -> Failure {
    match error {
        Error::Read { name, error } => Failure::Io { what: format!("read `{name}`"), error },
        error => Failure::usage(error),
    }
}

/// Writes the policy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let paths =
        || arguments.openapi.iter().chain(&arguments.schemas).chain(&arguments.samples).chain(&arguments.manifests);
    if paths().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::Usage("standard input can be read once: one `-` among the sources".to_owned()));
    }
    let is_file = arguments.output.as_os_str() != "-";
    if is_file && !arguments.force && arguments.output.symlink_metadata().is_ok() {
        return Err(exists(&arguments.output));
    }
    let named = arguments.workload.as_deref().map(name).transpose()?;
    let mut discovery = Discovery::default();
    if !arguments.manifests.is_empty() {
        let texts = input::texts(&arguments.manifests)?;
        let manifests = Manifests::from_texts(texts.clone());
        let names = arguments.manifests.iter().map(|path| source_name(path)).collect();
        let found = discovery.manifests(names, &manifests, &texts, arguments.workload.as_deref());
        if let Some(note) =
            meshveil_answers::cluster::skipped(&manifests.skipped_kinds()).filter(|_| manifests.is_sound())
        {
            eprintln!("{note}");
        }
        found.map_err(failure)?;
    }
    for path in &arguments.openapi {
        discovery.openapi(&source_name(path), open(path)?).map_err(failure)?;
    }
    for path in &arguments.schemas {
        discovery.source(&source_name(path), open(path)?).map_err(failure)?;
    }
    for path in &arguments.samples {
        discovery.sample(&source_name(path), open(path)?).map_err(failure)?;
    }
    let policy = discovery.policy(&Wishes { workload: named.flatten(), key: arguments.key_env.clone() });
    discovery.notes().for_each(|note| eprintln!("note: {note}"));
    write(&arguments.output, arguments.force, &policy)?;
    report(&arguments.output, &policy);
    Ok(())
}

fn exists(path: &Path) -> Failure {
    Failure::Usage(format!("`{}` exists: `--force` overwrites it", path.display()))
}

/// `namespace/name`; a name alone says nothing where there are no manifests to find it in.
fn name(text: &str) -> Result<Option<(String, String)>, Failure> {
    let (namespace, name) = text.split_once('/').unzip();
    let name = name.map(|name| name.split('[').next().unwrap_or(name));
    match (namespace, name) {
        (None, _) => Ok(None),
        (Some(namespace), Some(name)) if is_name(namespace) && is_name(name) => {
            Ok(Some((namespace.to_owned(), name.to_owned())))
        }
        _ => Err(Failure::Usage(format!("--workload `{}`: expected `NAMESPACE/NAME`", shown(text)))),
    }
}

fn write(path: &Path, force: bool, policy: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return std::io::stdout().lock().write_all(policy.as_bytes()).map_err(Failure::writing);
    }
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::Io { what: format!("write `{}`", path.display()), error },
    };
    let mut options = OpenOptions::new();
    // A file that came into being meanwhile is not ours to overwrite, either.
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.write(true).open(path).and_then(|mut file| file.write_all(policy.as_bytes())).map_err(failed)
}

/// What is left to do, on standard error.
fn report(path: &Path, policy: &str) {
    let name = if path.as_os_str() == "-" { "the policy".to_owned() } else { format!("`{}`", path.display()) };
    let findings = Policies::from_texts([(source_name(path), policy)]).findings;
    for finding in findings.iter().filter(|finding| finding.severity > Severity::Note) {
        eprintln!("{}: line {}: {}", finding.severity, finding.span.line, shown(&finding.message));
    }
    match policy.lines().filter(|line| line.contains("# TODO")).count() {
        0 => {}
        1 => eprintln!("note: 1 TODO is left in {name}"),
        count => eprintln!("note: {count} TODOs are left in {name}"),
    }
}
