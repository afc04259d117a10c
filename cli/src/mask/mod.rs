//! `meshveil mask`: the engine on files and streams.

mod rule;
mod view;

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use meshveil_body::{Framing, Pipeline, Representation, Rewrite, Stage};
use meshveil_json::{Masker, Rule};
use meshveil_plan::BadLines;

use crate::Failure;
use view::{NamesWord, UnlistedWord};

/// Bytes read at once. What is held in memory beyond that is bounded by the limits of the engine.
const CHUNK: usize = 256 << 10;

/// Mask fields of JSON documents, byte for byte outside what is masked
///
/// Reads the files one after the other (standard input where none is given) as a stream and writes to standard output.
/// Memory does not grow with the size of a document.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// What to mask and how: a JSONPath query (RFC 9535), `=`, a mask; rules with the same name before them (`NAME: QUERY=MASK`) give a value
    /// the same pseudonym
    #[arg(long = "rule", value_name = "QUERY=MASK")]
    rules: Vec<String>,
    /// Members whose names are masked, as in a map by e-mail address; their values stay
    #[arg(long = "keys", value_name = "QUERY=MASK")]
    keys: Vec<String>,
    /// A JSON list of rules such as [{"path": "$..ssn", "mask": {"redact": {"with": "#"}}}]; also `name`, `names`, `keys`, `inside`
    #[arg(long = "rules", value_name = "FILE")]
    file: Option<PathBuf>,
    /// What happens to what no --show and no rule selects
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    unlisted: UnlistedWord,
    /// Scalars that go on as they are, with `--unlisted mask` or `refuse`
    #[arg(long = "show", value_name = "QUERY")]
    shows: Vec<String>,
    /// Mask what is found in all that no rule masks: a kind of value or a group of kinds, such as `strong`, `email`, `named`
    #[arg(long = "detect", value_name = "KIND")]
    detect: Vec<String>,
    /// How names in queries are compared
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    names: NamesWord,
    /// Mask as the filter does for this policy, with the same pseudonyms under the same key; without --as what an unlisted caller
    /// gets
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rules", "file", "keys", "unlisted", "shows", "names", "detect"])]
    policy: Option<PathBuf>,
    /// The caller of the policy whose view it is
    #[arg(long = "as", value_name = "CALLER", requires = "policy")]
    caller: Option<String>,
    /// Read documents one after the other: lines (NDJSON, JSON Lines), or with nothing between them
    #[arg(long)]
    lines: bool,
    /// What happens to a line that is not JSON: all ends there, or it is left out and counted; with `drop` each line is one document
    #[arg(long, value_name = "WHAT", default_value = "refuse", value_parser = bad_lines)]
    bad_lines: BadLines,
    /// Exit with 1 where a rule masked nothing; it is always said
    #[arg(long)]
    all_rules: bool,
    /// The environment variable that holds the key of keyed masks such as `pseudonym`; MESHVEIL_KEY, or what the policy names
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
    /// Documents to mask; `-` is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil mask --rule '$..ssn=partial(keepLast=4)' customers.json
  meshveil mask --rule '$..email=email' --rule '$..notes=drop' --lines < events.ndjson
  meshveil mask --unlisted mask --show '$.id' --show '$.items[*].price' orders.json
  meshveil mask --detect strong --detect named --lines < log.ndjson
  meshveil mask --policy policy.yaml --as support --lines --bad-lines drop < log.ndjson

Exit codes: 0 done, 1 a document cannot be masked (or, with --all-rules, a rule masked nothing), 2 wrong usage or input/output failed.";

fn bad_lines(word: &str) -> Result<BadLines, String> {
    match word {
        "refuse" => Ok(BadLines::Refuse),
        "drop" => Ok(BadLines::Drop),
        _ => Err("expected `refuse` or `drop`".to_owned()),
    }
}

/// What was done to all inputs.
#[derive(Default)]
struct Done {
    /// Values per rule.
    masked: Vec<u64>,
    dropped: u64,
    /// The last byte that was written.
    last: Option<u8>,
}

/// Masks every input; the first that cannot be masked ends it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let masker = view::masker(arguments)?;
    let framing = match (arguments.lines, arguments.bad_lines) {
        (false, _) => Framing::Document,
        (true, BadLines::Refuse) => Framing::Documents,
        (true, BadLines::Drop) => Framing::Lines,
    };
    let representation = Representation { bad_lines: arguments.bad_lines, ..framing.into() };
    let mut done = Done::default();
    let mut output = std::io::stdout().lock();
    let standard_input = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &standard_input[..] } else { &arguments.files };
    for path in files {
        // Documents of two files must not become one: 1 and 2 are not 12.
        if done.last.is_some_and(|last| last != b'\n') {
            output.write_all(b"\n").map_err(Failure::writing)?;
        }
        if path.as_os_str() == "-" {
            let name = ("standard input", Path::new("-"));
            copy(&masker, representation, name, &mut std::io::stdin().lock(), &mut output, &mut done)?;
        } else {
            let mut file = File::open(path).map_err(Failure::reading(path))?;
            copy(&masker, representation, (&path.display().to_string(), path), &mut file, &mut output, &mut done)?;
        }
    }
    output.flush().map_err(Failure::writing)?;
    if done.dropped > 0 {
        eprintln!("note: {} left out that {} not JSON", count(done.dropped, "line"), is(done.dropped));
    }
    let idle = idle(masker.rules(), &done.masked);
    for rule in &idle {
        eprintln!("warning: {rule} masked nothing");
    }
    if arguments.all_rules && !idle.is_empty() {
        return Err(Failure::Malformed(format!("{} masked nothing", count(idle.len() as u64, "rule"))));
    }
    Ok(())
}

fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

const fn is(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// Rules that masked nothing: a field of a policy only where none of its paths did.
fn idle(rules: &[Rule], masked: &[u64]) -> Vec<String> {
    let counted = || rules.iter().zip(masked);
    let has_masked = |id: &str| counted().any(|(rule, &values)| rule.id == id && values > 0);
    let mut idle = Vec::new();
    for (rule, _) in counted().filter(|(rule, _)| !has_masked(&rule.id)) {
        let text = &rule.query.text;
        idle.push(if rule.id == *text { format!("`{text}`") } else { format!("`{}` (`{text}`)", rule.id) });
    }
    idle
}

/// Masks one input. What is written before an error holds nothing of a matched value.
fn copy(
    masker: &Masker,
    representation: Representation,
    (name, path): (&str, &Path),
    input: &mut impl Read,
    output: &mut impl Write,
    done: &mut Done,
) -> Result<(), Failure> {
    let mut body = Pipeline::new(masker, representation);
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
        done.last = goes_on.last().copied().or(done.last);
        if let Err(error) = result {
            return Err(Failure::Malformed(format!("{name}: {error}")));
        }
    }
    masked.clear();
    let result = body.finish(&mut masked);
    output.write_all(&masked).map_err(Failure::writing)?;
    done.last = masked.last().copied().or(done.last);
    result.map_err(|error| Failure::Malformed(format!("{name}: {error}")))?;
    done.dropped += body.dropped();
    done.masked.resize(body.report().masked.len(), 0);
    for (all, one) in done.masked.iter_mut().zip(&body.report().masked) {
        *all += one;
    }
    Ok(())
}
