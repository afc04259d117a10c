//! Cases as data: `tests/cases/*.toml`, one file per topic.

use std::path::{Path, PathBuf};

use meshveil_body::Framing;
use meshveil_json::{Query, Rule};
use meshveil_mask::MaskSpec;
use meshveil_plan::{Limits, Reading};
use serde::Deserialize;

/// One case, ready to run.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file's name and the name of the case.
    pub name: String,
    /// The rules, as given to the engine; `id` is `field0` and so on.
    pub rules: Vec<Rule>,
    /// How documents follow each other.
    pub framing: Framing,
    /// Limits.
    pub limits: Limits,
    /// The stream.
    pub input: Vec<u8>,
    /// What has to become of it.
    pub expected: Expected,
}

/// What has to become of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It is masked.
    Output {
        /// What comes out.
        bytes: Vec<u8>,
        /// Values masked per rule, where the case says it.
        masked: Option<Vec<u64>>,
    },
    /// It is refused.
    Error {
        /// The code's stable name.
        code: String,
        /// The offset.
        offset: u64,
        /// Text that must not come out before it.
        hidden: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rules: Vec<RawRule>,
    #[serde(rename = "case")]
    cases: Vec<RawCase>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct RawRule {
    path: String,
    mask: MaskSpec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawCase {
    name: String,
    /// The source of a verdict that is not obvious.
    why: Option<String>,
    rules: Option<Vec<RawRule>>,
    #[serde(default)]
    lines: bool,
    /// How documents follow each other, where it is neither one document nor lines.
    reads: Option<Reading>,
    #[serde(default)]
    limits: Limits,
    input: Option<String>,
    /// Bytes in hexadecimal, blanks allowed.
    input_hex: Option<String>,
    /// `[text, times]` pairs.
    input_repeat: Option<Vec<(String, usize)>>,
    output: Option<String>,
    output_hex: Option<String>,
    output_repeat: Option<Vec<(String, usize)>>,
    masked: Option<Vec<u64>>,
    error: Option<RawError>,
    hidden: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawError {
    code: String,
    offset: u64,
}

/// The folder with the cases.
///
/// # Panics
/// Never: this crate lies two folders below the root.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/").join("cases")
}

/// All cases, in the order of their files.
///
/// # Panics
/// When a file cannot be read or is wrong; the message names it.
#[must_use]
pub fn all() -> Vec<Case> {
    let folder = folder();
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files.iter().flat_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vec<Case> {
    let topic = path.file_stem().expect("a file name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let File { rules, cases } = file;
    let name = |case: &RawCase| {
        let why = case.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{topic}: {}{why}", case.name)
    };
    cases.into_iter().map(|case| build(name(&case), &rules, case)).collect()
}

fn build(name: String, shared: &[RawRule], case: RawCase) -> Case {
    let rules = case.rules.unwrap_or_else(|| shared.to_vec());
    let rules = rules.into_iter().enumerate().map(|(index, rule)| {
        let query = Query::parse(&rule.path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Rule { id: format!("field{index}"), query, mask: rule.mask }
    });
    let rules = rules.collect();
    let input = bytes(case.input, case.input_hex, case.input_repeat).unwrap_or_else(|| panic!("{name}: one input"));
    let expected = match (bytes(case.output, case.output_hex, case.output_repeat), case.error) {
        (Some(bytes), None) => Expected::Output { bytes, masked: case.masked },
        (None, Some(RawError { code, offset })) => Expected::Error { code, offset, hidden: case.hidden },
        _ => panic!("{name}: an output or an error"),
    };
    let framing = match case.reads {
        Some(reading) => reading.into(),
        None if case.lines => Framing::Lines,
        None => Framing::Document,
    };
    Case { name, rules, framing, limits: case.limits, input, expected }
}

/// The one that is given; `None` when it is not exactly one.
fn bytes(text: Option<String>, hex: Option<String>, repeat: Option<Vec<(String, usize)>>) -> Option<Vec<u8>> {
    match (text, hex, repeat) {
        (Some(text), None, None) => Some(text.into_bytes()),
        (None, Some(hex), None) => {
            let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
            Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
        }
        (None, None, Some(parts)) => {
            Some(parts.iter().map(|(text, times)| text.repeat(*times)).collect::<String>().into_bytes())
        }
        _ => None,
    }
}
