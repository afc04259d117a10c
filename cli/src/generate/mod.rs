//! `meshveil generate`: everything that forces traffic through the filter.

mod directory;

use std::{io::Write, path::PathBuf};

use clap::ValueEnum;
use meshveil_generate::{Environment, File, Settings, Version};
use meshveil_policy::{Policies, Policy};
use meshveil_text::Severity;

use crate::{
    Failure, input,
    render::{self, Output},
};

/// Write everything that forces traffic through the filter
///
/// The same policy always gives the same text; each document names the part of the policy it comes from.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies: files, directories, patterns such as 'policies/*.yaml', `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// What the workloads run on
    #[arg(long, value_enum, default_value_t = Target::IstioSidecar)]
    target: Target,
    /// The release of Istio
    #[arg(long, value_name = "1.N", default_value_t = Version::new(1, 29))]
    istio_version: Version,
    /// The release of Envoy, for the targets `envoy` and `envoy-gateway`
    #[arg(long, value_name = "1.N", default_value_t = Version::new(1, 40))]
    envoy_version: Version,
    /// Where proxies get the module: `oci://…` or `https://…`; for the target `envoy` a path
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// SHA-256 that proxies then check: of the image for `oci://…` (`meshveil package` prints it), else of the module
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    sha256: Option<String>,
    /// Another namespace the policy applies to, as a kustomize overlay; can be repeated
    #[arg(long = "environment", value_name = "NAME=NAMESPACE", value_parser = environment)]
    environments: Vec<Environment>,
    /// The same policies as they are to become: what they would change is counted, and nothing of them is in force; can be repeated
    #[arg(long = "next", value_name = "FILE")]
    next: Vec<PathBuf>,
    /// The directory to write to; `-` is standard output
    #[arg(short, long, value_name = "DIR", default_value = "-")]
    output: PathBuf,
    /// Write nothing: exit with 1 where the directory does not hold exactly this
    #[arg(long)]
    check: bool,
    /// Without `--url`, exit with 0 all the same: an image that does not exist stands where the module's would
    #[arg(long)]
    allow_placeholder: bool,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil generate policy.yaml --url oci://registry.example.com/meshveil:1 -o manifests/
  meshveil generate policy.yaml --environment staging=shop-staging -o manifests/
  meshveil generate policy.yaml --target istio-ambient | kubectl diff -f -
  meshveil generate policy.yaml -o manifests/ --check
  meshveil generate policy.yaml --next changed.yaml -o manifests/

In the directory, files that were generated from the same policies and are no longer written are removed. Other files are
never touched: where one is in the way, nothing is written.

Exit codes: 0 done, 1 faults in a policy, no `--url`, or, with --check, a difference, 2 wrong usage or input/output failed.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Istio with a sidecar beside each workload
    IstioSidecar,
    /// Istio without sidecars: a waypoint in front of the workload
    IstioAmbient,
    /// Envoy alone, with docker-compose
    Envoy,
    /// Envoy Gateway in front of the workload
    EnvoyGateway,
}

impl Target {
    /// Where the module is by default.
    const fn module(self) -> &'static str {
        match self {
            Self::Envoy => "./meshveil_filter.wasm",
            _ => "oci://registry.example.com/meshveil:0.1.0",
        }
    }
}

impl From<Target> for meshveil_generate::Target {
    fn from(target: Target) -> Self {
        match target {
            Target::IstioSidecar => Self::IstioSidecar,
            Target::IstioAmbient => Self::IstioAmbient,
            Target::Envoy => Self::Envoy,
            Target::EnvoyGateway => Self::EnvoyGateway,
        }
    }
}

fn sha256(text: &str) -> Result<String, String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok(text.to_ascii_lowercase()) } else { Err("expected 64 hexadecimal digits".to_owned()) }
}

fn environment(text: &str) -> Result<Environment, String> {
    let is_label = |text: &str| {
        let inner = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        inner && !text.is_empty() && text.len() < 64 && !text.starts_with('-') && !text.ends_with('-')
    };
    match text.split_once('=') {
        Some((name, namespace)) if is_label(name) && is_label(namespace) => {
            Ok(Environment { name: name.to_owned(), namespace: namespace.to_owned(), ..Environment::default() })
        }
        _ => Err("expected `name=namespace`, such as `staging=shop-staging`".to_owned()),
    }
}

/// Policies without errors.
fn read(files: &[PathBuf]) -> Result<Policies, Failure> {
    let policies = Policies::from_texts(input::texts(files)?);
    let errors: Vec<_> =
        policies.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        render::findings(Output::Text, &policies.files, &errors)?;
        return Err(Failure::Findings);
    }
    Ok(policies)
}

/// Puts each policy of `next` beside the one of its name that is in force.
fn observe(next: Policies, policies: &mut Policies) -> Result<(), Failure> {
    for next in next.policies {
        let name = next.full_name();
        let Some(policy) = policies.policies.iter_mut().find(|policy| policy.full_name() == name) else {
            return Err(Failure::Usage(format!(
                "`--next`: no policy `{name}` is in force: expected one of the same name"
            )));
        };
        policy.next = Some(Box::new(next));
    }
    Ok(())
}

/// Writes the files of every policy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut policies = read(&arguments.files)?;
    if policies.policies.is_empty() {
        return Err(Failure::Usage("there is no policy".to_owned()));
    }
    if !arguments.next.is_empty() {
        observe(read(&arguments.next)?, &mut policies)?;
    }
    let settings = Settings {
        target: arguments.target.into(),
        istio: arguments.istio_version,
        envoy: arguments.envoy_version,
        url: arguments.url.clone().unwrap_or_else(|| arguments.target.module().to_owned()),
        sha256: arguments.sha256.clone(),
        environments: arguments.environments.clone(),
    };
    let generated = meshveil_generate::generate(&policies.policies, &settings)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    for note in &generated.notes {
        eprintln!("note: {note}");
    }
    let is_placeholder = arguments.url.is_none() && arguments.target != Target::Envoy;
    if is_placeholder && arguments.allow_placeholder {
        eprintln!("note: no `--url`: `{}` is an example, no image is there", settings.url);
    }
    match (arguments.output.as_os_str() == "-", arguments.check) {
        (true, true) => Err(Failure::Usage("`--check` needs a directory to look at: `--output DIR`".to_owned())),
        (true, false) => print(&generated.files),
        (false, true) => return directory::compare(&arguments.output, &generated.files),
        (false, false) => {
            let names: Vec<String> = policies.policies.iter().map(Policy::full_name).collect();
            directory::write(&arguments.output, &generated.files, &names)
        }
    }?;
    if is_placeholder && !arguments.allow_placeholder {
        eprintln!(
            "error: no `--url`: `{}` is an example, no image is there, and proxies would refuse every request; `--allow-placeholder` where that is meant",
            settings.url
        );
        return Err(Failure::Findings);
    }
    Ok(())
}

/// Documents one after the other; kustomizations are for directories.
fn print(files: &[File]) -> Result<(), Failure> {
    let texts = files.iter().filter(|file| !file.path.ends_with("kustomization.yaml")).map(|file| file.text.as_str());
    let text = texts.collect::<Vec<_>>().join("---\n");
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::writing)
}
