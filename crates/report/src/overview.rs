//! The whole report: the answer first, and what it does not rest on.

use maud::{Markup, html};
use meshveil_answers::matrix::AccessMatrix;
use meshveil_plan::Stage;
use meshveil_policy::Policy;
use meshveil_text::{Files, Finding, Severity};

use crate::{
    Origin, Report, faults, findings, inputs, map,
    matrix::Matrices,
    page::Page,
    places::Places,
    playground, sample,
    words::{count, name},
};

/// Pages without a question: `title` says why.
pub(crate) fn faulty(files: &Files, found: &[Finding], origin: &Origin) -> String {
    let body = html! {
        section #answer {
            h1 { "No answer: there are faults in the files" }
            p { "Nothing is known about who gets what until they are put right." }
        }
        (findings::section(files, found))
        (inputs::section(files, origin))
    };
    let sections = vec![("answer", "Answer"), ("findings", "Findings"), ("inputs", "Inputs")];
    let page = Page { title: "report".to_owned(), sections, tools: html! {}, body, runs_module: false };
    page.render(origin)
}

pub(crate) fn report(report: &Report<'_>, answers: &[AccessMatrix]) -> String {
    let (cluster, reach) = (report.cluster, report.reach);
    let protected = cluster.protected(reach);
    let mut places = Places::default();
    let matrices = Matrices::new(report, &protected, answers, &mut places);
    let body = html! {
        (answer(report, answers))
        (matrices.exceeding(report.expectations))
        (matrices.section())
        (map::section(answers))
        (places.section())
        (findings::section(report.files, report.findings))
        (faults::section(reach, &protected))
        @if let Some((named, text)) = report.sample { (sample::section(cluster, named, text)) }
        @if let Some(module) = &report.module { (playground::section(module, &playground::start(report))) }
        (inputs::section(report.files, &report.origin))
    };
    let mut sections = vec![
        ("answer", "Answer"),
        ("exceeding", "Exceeding"),
        ("matrix", "Matrix"),
        ("map", "Map"),
        ("places", "Lines"),
        ("findings", "Findings"),
        ("faults", "Single faults"),
    ];
    if report.sample.is_some() {
        sections.push(("sample", "Before and after"));
    }
    if report.module.is_some() {
        sections.push(("playground", "Playground"));
    }
    sections.push(("inputs", "Inputs"));
    let page = Page {
        title: format!("{}, {}", count(answers.len(), "protected workload"), policies(cluster.policies.len())),
        sections,
        tools: tools(answers),
        body,
        runs_module: report.module.is_some(),
    };
    page.render(&report.origin)
}

fn policies(number: usize) -> String {
    if number == 1 { "1 policy".to_owned() } else { format!("{number} policies") }
}

/// Search and filters, for those who run scripts.
fn tools(answers: &[AccessMatrix]) -> Markup {
    let mut fields: Vec<&str> = answers.iter().flat_map(|answer| &answer.fields).map(String::as_str).collect();
    fields.sort_unstable();
    fields.dedup();
    html! {
        div.tools role="search" hidden {
            label { "Search " input #search type="search" placeholder="caller, field, reason" aria-keyshortcuts="/"; }
            label { "Field " select #field { option value="" { "all" } @for field in fields { option value=(field) { (field) } } } }
            label { "Show " select #only {
                option value="" { "all" } option value="more" { "exceeding" } option value="open" { "what arrives" } option value="f-unknown" { "unknown" }
            } }
            button #theme type="button" { "Theme" }
            button #keys type="button" aria-keyshortcuts="?" { "Keys" }
        }
        dialog #help aria-label="Keys" {
            h2 { "Keys" }
            dl {
                dt { kbd { "/" } } dd { "search" }
                dt { kbd { "←" } " " kbd { "↑" } " " kbd { "→" } " " kbd { "↓" } } dd { "move in a matrix" }
                dt { kbd { "Enter" } } dd { "why" }
                dt { kbd { "Esc" } } dd { "back" }
                dt { kbd { "[" } " " kbd { "]" } } dd { "previous and next cell that exceeds what is granted" }
                dt { kbd { "?" } } dd { "this list" }
            }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// What comes of it, and what it rests on.
fn answer(report: &Report<'_>, answers: &[AccessMatrix]) -> Markup {
    let cluster = report.cluster;
    let remarks = cluster.remarks(report.reach);
    let files = &cluster.manifests.files;
    let exceeding: usize = answers.iter().map(|answer| answer.exceeding().count).sum();
    let unknown: usize = answers.iter().map(|answer| answer.unknown().count).sum();
    let lacking: usize = answers.iter().map(|answer| answer.lacking().count).sum();
    let all: usize = answers.iter().map(AccessMatrix::size).sum();
    let observed: Vec<&Policy> =
        cluster.policies.iter().filter(|policy| policy.rolled_out() == Stage::Observe).collect();
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let broken = report.expectations.map(|expectations| (expectations.broken.len(), expectations.count));
    html! {
        section #answer {
            h1 {
                @if cluster.policies.is_empty() { "No policy: nothing is known to be sensitive" }
                @else if answers.is_empty() { "Nothing is protected: no policy selects a workload of these files" }
                @else if exceeding > 0 { (count(exceeding, "cell")) " of " (all) " get more than a policy grants" }
                @else if unknown > 0 { "It is not known what arrives in " (count(unknown, "cell")) " of " (all) }
                @else { "Nothing exceeds what the policies grant, in " (count(all, "cell")) }
            }
            @if !observed.is_empty() {
                p.observe role="note" {
                    "Observed only, nothing is masked: "
                    @for policy in observed { (name(&format!("{}/{}", policy.namespace.value, policy.name.value))) " " }
                }
            }
            ul.counts {
                @if errors > 0 { li.more { a href="#findings" { (count(errors, "error")) " in the files, so the cluster may refuse objects" } } }
                @if cluster.has_refused() { li.more { "The API server refuses an object: answers are about the cluster without it" } }
                @if exceeding > 0 { li.more { a href="#exceeding" { (count(exceeding, "cell")) " above what is granted" } } }
                @if let Some((broken, count)) = broken { li.more[broken > 0] { a href="#exceeding" { (broken) " of " (count) " expectations do not hold" } } }
                @if unknown > 0 { li { (count(unknown, "cell")) " unknown" } }
                @if lacking > 0 { li { (count(lacking, "cell")) " below what is granted: callers get nothing" } }
                li { a href="#findings" { (count(report.findings.len(), "finding")) } }
            }
            h2 { "Not read" }
            @if remarks.is_empty() { p { "Every object of these files is read." } }
            @else { ul.remarks { @for remark in &remarks { li { (name(&remark.said(files))) } } } }
        }
    }
}
