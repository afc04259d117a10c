//! One question: a policy and a sample; one answer: findings, and what each caller gets.

use meshveil_answers::{Cluster, matrix::AccessMatrix};
use meshveil_body::{Framing, Pipeline, Rewrite, Stage};
use meshveil_json::Masker;
use meshveil_mask::Keys;
use meshveil_plan::{Decisions, Identity, Plan};
use meshveil_policy::{Policies, Policy};
use meshveil_text::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    spans::changed,
    view::{ViewError, is_keyed, view},
};

/// The key of keyed masks here: pseudonyms differ from those of a proxy, whose key never leaves it.
const KEY: &[u8] = b"the key of the playground, which everybody knows";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The text of a policy.
    pub policy: String,
    /// A body in JSON.
    pub sample: String,
    /// Manifests of the cluster; empty where reachability is not asked about.
    #[serde(default)]
    pub manifests: String,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The version of the program.
    pub version: &'static str,
    /// What is wrong with the policy, by place.
    pub findings: Vec<Note>,
    /// A view for each caller, then that of an unlisted caller; none where the policy has errors.
    pub views: Vec<View>,
    /// What the policy shows to its callers, as expectations.
    pub expectations: Vec<String>,
    /// Who gets what, where manifests were given.
    pub access: Vec<Access>,
}

/// Who gets which field of one workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// The workload.
    pub workload: String,
    /// Sources that get the same.
    pub classes: Vec<AccessClass>,
}

/// Sources that get the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessClass {
    /// Their names.
    pub sources: Vec<String>,
    /// Each field with its form, and `!` where that is more than granted.
    pub cells: Vec<(String, String)>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// `MV-P01`
    pub code: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line in the policy, from 1; 0 where it has none.
    pub line: u32,
}

/// What one caller gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The caller; none for an unlisted caller.
    pub caller: Option<String>,
    /// The body, in pieces, or why there is none.
    #[serde(flatten)]
    pub body: Body,
}

/// A body, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// The body in pieces, each with whether a mask wrote it.
    Pieces(Vec<(String, bool)>),
    /// Why nothing arrives.
    Refused(String),
}

impl Body {
    /// The whole body; none where nothing arrives.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Pieces(pieces) => Some(pieces.iter().map(|(text, _)| text.as_str()).collect()),
            Self::Refused(_) => None,
        }
    }
}

/// Answers a question.
#[must_use]
pub fn answer(question: &Question) -> Answer {
    answer_with(question, &Keys::new(KEY))
}

/// Answers a question with the masks under some keys.
#[must_use]
pub fn answer_with(question: &Question, keys: &Keys) -> Answer {
    let policies = Policies::from_texts([("policy.yaml", question.policy.as_str())]);
    let mut findings: Vec<Note> = policies.findings.iter().map(note).collect();
    let (mut all, mut expectations) = (Vec::new(), Vec::new());
    if policies.is_sound() {
        for policy in &policies.policies {
            all.append(&mut views_with(policy, &question.sample, keys));
            expectations.append(&mut expected(&policy.plan()));
        }
    }
    let access = if policies.is_sound() && !question.manifests.trim().is_empty() {
        access(question).unwrap_or_else(|mut faults| {
            findings.append(&mut faults);
            Vec::new()
        })
    } else {
        Vec::new()
    };
    Answer { version: env!("CARGO_PKG_VERSION"), findings, views: all, expectations, access }
}

/// What each caller of a policy gets of a body, then an unlisted caller. Keyed masks have a key that everybody knows.
#[must_use]
pub fn views(policy: &Policy, sample: &str) -> Vec<View> {
    views_with(policy, sample, &Keys::new(KEY))
}

fn views_with(policy: &Policy, sample: &str, keys: &Keys) -> Vec<View> {
    let plan = policy.plan();
    let none = Keys::none();
    let keys = if is_keyed(&plan) { keys } else { &none };
    let callers = plan.callers.iter().map(|caller| Some(caller.name.clone()));
    let of = |caller: Option<String>| {
        let body = match view(plan.clone(), caller.as_deref(), keys) {
            Ok(masker) => body(&masker, sample),
            Err(ViewError::Nothing) => Body::Refused("denied: this caller gets nothing".to_owned()),
            Err(error) => Body::Refused(error.to_string()),
        };
        View { caller, body }
    };
    callers.chain(std::iter::once(None)).map(of).collect()
}

/// `frontend sees ssn: partial`, for each caller that has an identity in the mesh.
fn expected(plan: &Plan) -> Vec<String> {
    let decisions = Decisions::new(plan.clone());
    let mut lines = Vec::new();
    for caller in &plan.callers {
        let principal = caller.matches.iter().find_map(|identity| match identity {
            Identity::Principal(spiffe) => Some(spiffe.as_str()),
            _ => None,
        });
        let Some(principal) = principal else { continue };
        let worst = decisions.worst(Some(principal));
        let fields = plan.fields.iter().zip(worst);
        lines
            .extend(fields.map(|(field, worst)| format!("{} sees {}: {}", caller.name, field.name, worst.form.name())));
    }
    lines
}

/// Who gets what of the policy's workloads, or the faults in the manifests.
fn access(question: &Question) -> Result<Vec<Access>, Vec<Note>> {
    let texts = [("policy.yaml", &question.policy), ("manifests.yaml", &question.manifests)];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.clone())).to_vec();
    let cluster = Cluster::read(texts).map_err(|faulty| {
        let place = |finding: &Finding| faulty.files.place(finding.span);
        let in_manifests = |finding: &Finding| Note {
            message: format!("{} ({})", finding.message, place(finding)),
            line: 0,
            ..note(finding)
        };
        faulty.findings.iter().map(in_manifests).collect::<Vec<_>>()
    })?;
    let reach = cluster.reach();
    let answers = cluster.protected(&reach).into_iter().map(|(policy, workload)| {
        let matrix = AccessMatrix::find(&reach, policy, workload);
        let class = |class: &meshveil_answers::matrix::Class| AccessClass {
            sources: class.joined().iter().map(ToString::to_string).collect(),
            cells: matrix
                .fields
                .iter()
                .filter_map(|field| {
                    let cell = class.cell(field)?;
                    let mark = if cell.exceeds { "!" } else { "" };
                    Some((field.clone(), format!("{}{mark}", cell.form.name())))
                })
                .collect(),
        };
        Access { workload: matrix.workload.clone(), classes: matrix.classes.iter().map(class).collect() }
    });
    Ok(answers.collect())
}

fn note(finding: &Finding) -> Note {
    Note {
        code: finding.code.id,
        severity: finding.severity.to_string(),
        message: finding.message.clone(),
        help: finding.help.clone(),
        line: if finding.span.is_somewhere() { finding.span.line } else { 0 },
    }
}

fn body(masker: &Masker, sample: &str) -> Body {
    let mut pipeline = Pipeline::new(masker, Framing::Document.into());
    let (mut out, mut last) = (Vec::new(), Vec::new());
    let result = pipeline.rewrite(sample.as_bytes(), &mut out).map(|rewrite| {
        if rewrite == Rewrite::Unchanged {
            out = sample.as_bytes().to_vec();
        }
    });
    if let Err(error) = result.and_then(|()| pipeline.finish(&mut last)) {
        return Body::Refused(format!("refused: {error}"));
    }
    out.append(&mut last);
    match String::from_utf8(out) {
        Ok(text) => Body::Pieces(pieces(sample, &text)),
        Err(_) => Body::Refused("refused: the body is not UTF-8".to_owned()),
    }
}

/// A masked body in pieces that were and were not written by masks.
fn pieces(before: &str, after: &str) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut add = |range: std::ops::Range<usize>, is_masked| {
        if let Some(text) = after.get(range).filter(|text| !text.is_empty()) {
            pieces.push((text.to_owned(), is_masked));
        }
    };
    for range in changed(before, after) {
        add(at..range.start, false);
        at = range.end;
        add(range, true);
    }
    add(at..after.len(), false);
    pieces
}
