//! Findings with the lines they are about, as rustc shows them.

use std::io::Write;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use meshveil_source::{Files, Finding, Severity, Span};

use crate::Failure;

pub(super) fn write(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    for finding in findings {
        let text = Renderer::styled().render(&report(files, finding)).to_string();
        writeln!(output, "{text}\n").map_err(Failure::writing)?;
    }
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts: Vec<String> = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")]
        .into_iter()
        .filter_map(|(severity, word)| match count(severity) {
            0 => None,
            1 => Some(format!("1 {word}")),
            count => Some(format!("{count} {word}s")),
        })
        .collect();
    let summary = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
    writeln!(output, "{summary}").map_err(Failure::writing)
}

const fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..(span.end as usize).max(span.start as usize)
}

fn report<'f>(files: &'f Files, finding: &'f Finding) -> Vec<Group<'f>> {
    let title = level(finding.severity).primary_title(&*finding.message).id(finding.code);
    let mut group = Group::with_title(title);
    if finding.span.is_somewhere() {
        let mut snippet = source(files, finding.span).annotation(AnnotationKind::Primary.span(range(finding.span)));
        let mut elsewhere = Vec::new();
        for label in &finding.labels {
            let annotation = AnnotationKind::Context.span(range(label.span)).label(&*label.message);
            if label.span.file == finding.span.file {
                snippet = snippet.annotation(annotation);
            } else if label.span.is_somewhere() {
                elsewhere.push(source(files, label.span).annotation(annotation));
            }
        }
        group = group.element(snippet);
        for snippet in elsewhere {
            group = group.element(snippet);
        }
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let mut groups = vec![group];
    if let Some(fix) = &finding.fix {
        let patch = Snippet::source(files.text(fix.span.file))
            .path(files.name(fix.span.file))
            .patch(Patch::new(range(fix.span), &*fix.replacement));
        groups.push(Group::with_title(Level::HELP.secondary_title(&*fix.message)).element(patch));
    }
    groups
}

fn source(files: &Files, span: Span) -> Snippet<'_, Annotation<'_>> {
    Snippet::source(files.text(span.file)).path(files.name(span.file))
}
