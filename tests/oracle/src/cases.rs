//! Cases as data: `tests/cases/*.json`.

use std::path::{Path, PathBuf};

use meshveil_engine::{Framing, Limits, MaskSpec, Query, Rule};
use serde::Deserialize;

/// One document, what is masked in it, and what comes out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A claim.
    pub name: String,
    /// Queries and their masks, in order.
    #[serde(default)]
    pub rules: Vec<(String, MaskSpec)>,
    /// The document.
    #[serde(default)]
    pub input: String,
    /// The document where it is not UTF-8, in hexadecimal digits; blanks are ignored.
    #[serde(default)]
    pub hex: Option<String>,
    /// Documents separated by line feeds.
    #[serde(default)]
    pub lines: bool,
    /// Other limits than the default.
    #[serde(default)]
    pub limits: Option<Limits>,
    /// What comes out.
    #[serde(default)]
    pub output: Option<String>,
    /// Or the code of the error and the offset of the byte it is about.
    #[serde(default)]
    pub error: Option<(String, u64)>,
    /// Text that must not come out before the error.
    #[serde(default)]
    pub hidden: Option<String>,
}

impl Case {
    /// The document as bytes.
    ///
    /// # Panics
    /// When `hex` is not hexadecimal.
    #[must_use]
    #[expect(clippy::expect_used, reason = "only tests come here")]
    pub fn body(&self) -> Vec<u8> {
        let Some(hex) = &self.hex else { return self.input.clone().into_bytes() };
        let digits: Vec<u32> =
            hex.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).expect("a hexadecimal digit")).collect();
        let byte = |pair: &[u32]| {
            let value = pair.iter().fold(0, |value, digit| value * 16 + digit);
            u8::try_from(value).expect("two digits")
        };
        digits.chunks(2).map(byte).collect()
    }

    /// The rules, compiled as far as they are text.
    ///
    /// # Panics
    /// When a query is wrong.
    #[must_use]
    #[expect(clippy::expect_used, reason = "only tests come here")]
    pub fn rules(&self) -> Vec<Rule> {
        let rule = |(path, mask): &(String, MaskSpec)| {
            let query = Query::parse(path).expect("a query that parses");
            Rule { id: path.clone(), query, mask: mask.clone() }
        };
        self.rules.iter().map(rule).collect()
    }

    /// How documents follow each other.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        if self.lines { Framing::Lines } else { Framing::Document }
    }
}

/// Every case of every file.
///
/// # Panics
/// When a file cannot be read.
#[must_use]
#[expect(clippy::expect_used, clippy::panic, reason = "only tests come here")]
pub fn all() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .expect("the directory of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read(&file).expect("a file of cases");
        let topic = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read: Vec<Case> =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        cases.extend(read.into_iter().map(|case| Case { name: format!("{topic}: {}", case.name), ..case }));
    }
    cases
}
