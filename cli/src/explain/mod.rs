//! `meshveil explain`: what a code means, and why a source gets what it gets.

mod code;

use std::path::PathBuf;

use clap::ValueEnum;
use meshveil_answers::{
    Document,
    explain::{Explanation, UnknownField},
    names::Names,
};

use crate::{
    Failure, input,
    render::{self, Output},
};

/// Explain a code, or why a source gets what it gets from a workload
///
/// With a code: what it means, for policies with an example that is wrong and one that is right. With a source and a destination: what
/// each layer says (Service, NetworkPolicy on both sides, mesh, mutual TLS, authorisation, filter, view of the field), the
/// line that decided, and, where it is denied, what would have to change.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A code such as MV-P07 (all codes where none is given), or who asks: `namespace/name`, `namespace/name[Kind]`, an
    /// address, or the name of a caller
    #[arg(value_name = "CODE|SOURCE")]
    subject: Option<String>,
    /// Who is asked: a workload or a Service, and optionally its port: `shop/customers:8080`
    #[arg(value_name = "DESTINATION[:PORT]", requires = "manifests")]
    destination: Option<String>,
    /// A sensitive field, by its name in the policy; all of them where none is given
    #[arg(value_name = "FIELD")]
    field: Option<String>,
    /// Policies and manifests: files, directories, patterns, `-` for standard input
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    manifests: Vec<PathBuf>,
    /// Policies that stand apart: files, directories, patterns
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    policy: Vec<PathBuf>,
    /// How the answer is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    output: Format,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil explain MV-B01
  meshveil explain frontend customers ssn -m policy.yaml manifests/
  meshveil explain shop/batch shop/customers:8080 -m policy.yaml manifests/
  kubectl get all,netpol,authorizationpolicy -A -o yaml | meshveil explain 10.1.2.3 customers -m - -p policy.yaml

Exit codes: 0 done, 1 faults in the files, 2 wrong usage, an unknown name or a file that cannot be read.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// JSON, with every path and every step
    Json,
}

/// Explains a code or a path.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (Some(source), Some(destination)) = (&arguments.subject, &arguments.destination) else {
        if arguments.subject.is_some() && !arguments.manifests.is_empty() {
            return Err(Failure::Usage("a destination is missing: `meshveil explain SOURCE DESTINATION`".to_owned()));
        }
        return code::write(arguments.subject.as_deref());
    };
    let is_json = arguments.output == Format::Json;
    let paths: Vec<PathBuf> = arguments.policy.iter().chain(&arguments.manifests).cloned().collect();
    let cluster = input::cluster(&paths, if is_json { Output::Json } else { Output::Text })?;
    let reach = cluster.reach();
    let names = Names::new(&cluster, &reach);
    let (destination, port) = split_port(destination)?;
    let sources = names.sources(source).map_err(|error| render::unknown_name(&error))?;
    let destinations = names.destinations(destination).map_err(|error| render::unknown_name(&error))?;
    let mut answers = Vec::new();
    for &destination in &destinations {
        for &source in &sources {
            let field = arguments.field.as_deref();
            let answer = Explanation::find(&cluster, &reach, source, destination, port, field);
            answers.push(answer.map_err(|error| unknown_field(&error))?);
        }
    }
    if is_json {
        return render::document(&Document::explanations(answers));
    }
    render::print(&answers.iter().map(render::explain::text).collect::<Vec<_>>().join("\n"))
}

fn unknown_field(error: &UnknownField) -> Failure {
    Failure::Usage(format!("{error}{}", render::hint(error.near.as_deref())))
}

/// `shop/customers:8080` in its two parts.
fn split_port(text: &str) -> Result<(&str, Option<u16>), Failure> {
    let Some((destination, port)) = text.rsplit_once(':') else { return Ok((text, None)) };
    match port.parse() {
        Ok(port @ 1..) => Ok((destination, Some(port))),
        _ => Err(Failure::Usage(format!("invalid port `{port}`: expected a number from 1 to 65535"))),
    }
}
