//! Answers as programs get them: JSON documents of one version.

use std::{borrow::Cow, collections::BTreeMap};

use meshveil_text::{Files, Finding, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::{
    connections::Connection,
    diff::{Change, Diff, Effect},
    explain::Explanation,
    faults::SingleFaults,
    matrix::{AccessMatrix, ClassedMatrix, Decision, Interned, WideMatrix},
    unknown_pods::UnknownPods,
};

/// What `--output json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[schemars(deny_unknown_fields, title = "What meshveil writes with --output json")]
pub enum Document {
    /// `check`, and every other question where the files have faults (exit code 1).
    Findings {
        /// The version of these shapes.
        version: Version,
        /// What is wrong, by place.
        findings: Vec<FindingData>,
    },
    /// `simulate`: one for each workload that a policy protects.
    Matrix {
        /// The version of these shapes.
        version: Version,
        /// Sources that no answer tells apart, by the name of the first: names, each with the identity in the mesh.
        groups: BTreeMap<String, BTreeMap<String, Option<String>>>,
        /// What decided; answers name them by number, from 0.
        decisions: Vec<Decision>,
        /// The answers.
        matrix: Vec<ClassedMatrix>,
    },
    /// `simulate --wide`: one for each workload that a policy protects.
    Wide {
        /// The version of these shapes.
        version: Version,
        /// The answers.
        matrix: Vec<WideMatrix>,
    },
    /// `simulate --connections`.
    Connections {
        /// The version of these shapes.
        version: Version,
        /// Every connection, sorted.
        connections: Vec<Connection>,
    },
    /// `simulate --exposure`: one for each workload that a policy protects.
    UnknownPods {
        /// The version of these shapes.
        version: Version,
        /// The answers.
        exposure: Vec<UnknownPods>,
    },
    /// `simulate --single-fault`: one for each workload that a policy protects.
    SingleFaults {
        /// The version of these shapes.
        version: Version,
        /// The answers.
        single_fault: Vec<SingleFaults>,
    },
    /// `simulate --assert`.
    Expectations {
        /// The version of these shapes.
        version: Version,
        /// How many there are.
        expectations: usize,
        /// Those that do not hold.
        broken: Vec<FindingData>,
    },
    /// `explain SOURCE DESTINATION`: one for each pair.
    Explanations {
        /// The version of these shapes.
        version: Version,
        /// The answers.
        answers: Vec<Explanation>,
    },
    /// `diff`.
    Diff {
        /// The version of these shapes.
        version: Version,
        /// How many changes have each effect.
        counts: Counts,
        /// The changes, the most dangerous first.
        changes: Vec<Change>,
    },
}

/// The version of the shapes: raised when a member goes away or means something else; new members do not raise it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Version;

impl Version {
    const NUMBER: u32 = 2;
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::NUMBER)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "The version of these shapes. New members do not raise it.", "const": Self::NUMBER })
    }
}

/// How many changes have each effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Counts {
    gained: usize,
    weaker: usize,
    changed: usize,
    stronger: usize,
    lost: usize,
}

/// A finding with its places.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FindingData {
    /// Stable; `meshveil explain CODE` explains it.
    #[schemars(regex(pattern = "^MV-[A-Z][0-9]{2}$"))]
    code: &'static str,
    severity: Severity,
    message: String,
    at: Range,
    /// Further places.
    labels: Vec<LabelData>,
    /// What to do about it.
    help: Option<String>,
    /// A change that removes the finding.
    fix: Option<FixData>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Error,
    Warning,
    Note,
}

/// A range of bytes in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Range {
    file: String,
    line: u32,
    /// In characters, from 1.
    column: u32,
    /// First byte, from 0.
    start: u32,
    /// Byte after the last.
    end: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LabelData {
    at: Range,
    message: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FixData {
    at: Range,
    message: String,
    replacement: String,
    /// Whether it is only what was probably meant: `check --fix` leaves it alone.
    guess: bool,
}

impl Document {
    /// Findings of any question.
    #[must_use]
    pub fn findings(files: &Files, findings: &[Finding]) -> Self {
        Self::Findings { version: Version, findings: FindingData::list(files, findings) }
    }

    /// The answers of `simulate`, by class.
    #[must_use]
    pub fn matrix(matrix: &[AccessMatrix]) -> Self {
        let Interned { groups, decisions, matrix } = Interned::new(matrix);
        Self::Matrix { version: Version, groups, decisions, matrix }
    }

    /// The answers of `simulate --wide`: each source by itself.
    #[must_use]
    pub fn wide(matrix: &[AccessMatrix]) -> Self {
        Self::Wide { version: Version, matrix: matrix.iter().map(WideMatrix::from).collect() }
    }

    /// The answer of `simulate --connections`.
    #[must_use]
    pub fn connections(connections: Vec<Connection>) -> Self {
        Self::Connections { version: Version, connections }
    }

    /// The answers of `simulate --exposure`.
    #[must_use]
    pub fn unknown_pods(exposure: Vec<UnknownPods>) -> Self {
        Self::UnknownPods { version: Version, exposure }
    }

    /// The answers of `simulate --single-fault`.
    #[must_use]
    pub fn single_faults(single_fault: Vec<SingleFaults>) -> Self {
        Self::SingleFaults { version: Version, single_fault }
    }

    /// The answer of `simulate --assert`.
    #[must_use]
    pub fn expectations(files: &Files, count: usize, broken: &[Finding]) -> Self {
        Self::Expectations { version: Version, expectations: count, broken: FindingData::list(files, broken) }
    }

    /// The answers of `explain`.
    #[must_use]
    pub fn explanations(answers: Vec<Explanation>) -> Self {
        Self::Explanations { version: Version, answers }
    }

    /// The answer of `diff`.
    #[must_use]
    pub fn diff(diff: Diff) -> Self {
        let count = |effect| diff.with(effect).count();
        let counts = Counts {
            gained: count(Effect::Gained),
            weaker: count(Effect::Weaker),
            changed: count(Effect::Other),
            stronger: count(Effect::Stronger),
            lost: count(Effect::Lost),
        };
        Self::Diff { version: Version, counts, changes: diff.changes }
    }

    /// The JSON schema (draft 2020-12) of every document.
    #[must_use]
    pub fn schema() -> Schema {
        let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        settings.into_generator().into_root_schema_for::<Self>()
    }
}

impl FindingData {
    fn list(files: &Files, findings: &[Finding]) -> Vec<Self> {
        findings.iter().map(|finding| Self::new(files, finding)).collect()
    }

    fn new(files: &Files, finding: &Finding) -> Self {
        let labels = finding.labels.iter();
        Self {
            code: finding.code.id,
            severity: match finding.severity {
                meshveil_text::Severity::Error => Severity::Error,
                meshveil_text::Severity::Warning => Severity::Warning,
                meshveil_text::Severity::Note => Severity::Note,
            },
            message: finding.message.clone(),
            at: Range::new(files, finding.span),
            labels: labels
                .map(|label| LabelData { at: Range::new(files, label.span), message: label.message.clone() })
                .collect(),
            help: finding.help.clone(),
            fix: finding.fix.as_ref().map(|fix| FixData {
                at: Range::new(files, fix.span),
                message: fix.message.clone(),
                replacement: fix.replacement.clone(),
                guess: fix.guess,
            }),
        }
    }
}

impl Range {
    fn new(files: &Files, span: Span) -> Self {
        let Span { line, column, start, end, .. } = span;
        Self { file: files.name(span.file).to_owned(), line, column, start, end }
    }
}
