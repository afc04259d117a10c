//! Findings with the lines they are about, as rustc shows them.

use std::io::Write;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use meshveil_text::{Files, Finding, Severity, Span};

use crate::Failure;

/// Findings one after the other.
pub(crate) fn each(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    findings.iter().try_for_each(|finding| {
        let text = Renderer::styled().render(&report(files, finding)).to_string();
        writeln!(output, "{text}\n").map_err(Failure::writing)
    })
}

/// The same, and how many they are.
pub(super) fn write(files: &Files, findings: &[Finding]) -> Result<(), Failure> {
    each(files, findings)?;
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
    writeln!(anstream::stdout(), "{summary}").map_err(Failure::writing)
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
    let title = level(finding.severity).primary_title(&*finding.message).id(finding.code.id);
    let mut group = Group::with_title(title);
    if finding.span.is_somewhere() {
        let (here, elsewhere): (Vec<_>, Vec<_>) = finding.labels.iter().partition(|label| {
            label.span.file == finding.span.file && label.span.line.abs_diff(finding.span.line) < FAR
        });
        let window = Window::of(files, finding.span, here.iter().map(|label| label.span));
        let mut snippet = window.snippet().annotation(AnnotationKind::Primary.span(window.range(finding.span)));
        for label in here {
            snippet = snippet.annotation(AnnotationKind::Context.span(window.range(label.span)).label(&*label.message));
        }
        group = group.element(snippet);
        for label in elsewhere.into_iter().filter(|label| label.span.is_somewhere()) {
            let window = Window::of(files, label.span, []);
            let annotation = AnnotationKind::Context.span(window.range(label.span)).label(&*label.message);
            group = group.element(window.snippet::<Annotation<'_>>().annotation(annotation));
        }
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let mut groups = vec![group];
    if let Some(fix) = &finding.fix {
        let window = Window::of(files, fix.span, []);
        // A patch shows whole lines, and manifests in JSON are often one.
        if window.text.len() > LONG {
            let title = format!("{}: write `{}`", fix.message, fix.replacement.trim());
            groups.push(Group::with_title(Level::HELP.secondary_title(title)));
            return groups;
        }
        let patch = window.snippet().patch(Patch::new(window.range(fix.span), &*fix.replacement));
        groups.push(Group::with_title(Level::HELP.secondary_title(&*fix.message)).element(patch));
    }
    groups
}

/// Bytes of lines beyond which a change is said and not shown.
const LONG: usize = 2_000;

/// Lines apart at which two places are shown one by one.
const FAR: u32 = 500;

/// The lines of a text that a snippet is about: with thousands of findings, reading a long text again for each takes seconds.
struct Window<'f> {
    name: &'f str,
    text: &'f str,
    /// Where it begins: byte and line, from 1.
    start: usize,
    line: usize,
}

impl<'f> Window<'f> {
    /// Whole lines from the first of these places to the last.
    fn of(files: &'f Files, span: Span, others: impl IntoIterator<Item = Span>) -> Self {
        let text = files.text(span.file);
        let (mut first, mut last) = (span, range(span).end);
        for other in others {
            first = if other.start < first.start { other } else { first };
            last = last.max(range(other).end);
        }
        let before = text.get(..first.start as usize).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = text.get(last..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| last + newline + 1);
        Self {
            name: files.name(span.file),
            text: text.get(start..end).unwrap_or_default(),
            start,
            line: first.line as usize,
        }
    }

    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let range = range(span);
        range.start.saturating_sub(self.start)..range.end.saturating_sub(self.start)
    }

    fn snippet<T: Clone>(&self) -> Snippet<'f, T> {
        Snippet::source(self.text).line_start(self.line).path(self.name)
    }
}
