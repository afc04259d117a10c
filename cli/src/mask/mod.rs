//! `meshveil mask`: the engine on files and streams.

mod rule;

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use meshveil_body::{Framing, Pipeline, Rewrite, Stage};
use meshveil_json::{Masker, Rule};
use meshveil_mask::Keys;
use meshveil_plan::Limits;

use crate::Failure;

/// Bytes read at once. What is held in memory beyond that is bounded by the limits of the engine.
const CHUNK: usize = 256 << 10;

/// Mask fields of JSON documents, byte for byte outside what is masked
///
/// Reads the files one after the other (standard input where none is given) as a stream and writes to standard output.
/// Memory does not grow with the size of a document.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// What to mask and how: a JSONPath query (RFC 9535), `=`, a mask
    #[arg(long = "rule", value_name = "QUERY=MASK")]
    rules: Vec<String>,
    /// A JSON list of rules such as [{"path": "$..ssn", "mask": {"redact": {"with": "#"}}}]
    #[arg(long = "rules", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read documents that are separated by line feeds (NDJSON, JSON Lines)
    #[arg(long)]
    lines: bool,
    /// The environment variable that holds the key of keyed masks such as `pseudonym`
    #[arg(long, value_name = "NAME", default_value = "MESHVEIL_KEY")]
    key_env: String,
    /// Documents to mask; `-` is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil mask --rule '$..ssn=partial(keepLast=4)' customers.json
  meshveil mask --rule '$..email=email' --rule '$..notes=drop' --lines < events.ndjson
  meshveil mask --rules rules.json orders.json

Exit codes: 0 done, 1 a document cannot be masked, 2 wrong usage or input/output failed.";

/// Masks every input; the first that cannot be masked ends it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let masker = masker(arguments)?;
    let framing = if arguments.lines { Framing::Lines } else { Framing::Document };
    let mut output = std::io::stdout().lock();
    let standard_input = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &standard_input[..] } else { &arguments.files };
    for path in files {
        if path.as_os_str() == "-" {
            copy(&masker, framing, "standard input", Path::new("-"), &mut std::io::stdin().lock(), &mut output)?;
        } else {
            let mut file = File::open(path).map_err(Failure::reading(path))?;
            copy(&masker, framing, &path.display().to_string(), path, &mut file, &mut output)?;
        }
    }
    output.flush().map_err(Failure::writing)
}

fn masker(arguments: &Arguments) -> Result<Masker, Failure> {
    let mut rules = Vec::new();
    for text in &arguments.rules {
        rules.push(rule::parse(text).map_err(|message| Failure::Usage(format!("--rule `{text}`: {message}")))?);
    }
    if let Some(path) = &arguments.file {
        let text = std::fs::read(path).map_err(Failure::reading(path))?;
        rules.extend(
            rule::list(&text).map_err(|message| Failure::Usage(format!("--rules `{}`: {message}", path.display())))?,
        );
    }
    if rules.is_empty() {
        return Err(Failure::Usage("nothing to mask: give --rule or --rules".to_owned()));
    }
    let keys = keys(arguments, &rules)?;
    Masker::compile(rules, &keys, Limits::default()).map_err(|error| Failure::Usage(error.to_string()))
}

/// The key, which is asked for only when a mask needs one.
fn keys(arguments: &Arguments, rules: &[Rule]) -> Result<Keys, Failure> {
    if !rules.iter().any(|rule| rule.mask.is_keyed()) {
        return Ok(Keys::none());
    }
    let name = &arguments.key_env;
    match std::env::var_os(name) {
        Some(key) if !key.is_empty() => Ok(Keys::new(key.as_encoded_bytes())),
        _ => Err(Failure::Usage(format!("a keyed mask needs a key in the environment variable `{name}`"))),
    }
}

/// Masks one input. What is written before an error holds nothing of a matched value.
fn copy(
    masker: &Masker,
    framing: Framing,
    name: &str,
    path: &Path,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Failure> {
    let mut body = Pipeline::new(masker, framing.into());
    let (mut chunk, mut masked) = (vec![0; CHUNK], Vec::new());
    loop {
        let read = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::reading(path)(error)),
        };
        let chunk = chunk.get(..read).unwrap_or_default();
        masked.clear();
        let result = body.rewrite(chunk, &mut masked);
        let goes_on = if result == Ok(Rewrite::Unchanged) { chunk } else { &masked };
        output.write_all(goes_on).map_err(Failure::writing)?;
        if let Err(error) = result {
            return Err(Failure::Malformed(format!("{name}: {error}")));
        }
    }
    masked.clear();
    let result = body.finish(&mut masked);
    output.write_all(&masked).map_err(Failure::writing)?;
    result.map_err(|error| Failure::Malformed(format!("{name}: {error}")))
}
