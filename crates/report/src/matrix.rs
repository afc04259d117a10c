//! The matrices by class, with the chain of reasons behind every cell.

use std::collections::BTreeMap;

use maud::{Markup, html};
use meshveil_answers::{
    expect::Expectations,
    explain::{ExplainedPath, Explanation},
    matrix::{AccessMatrix, Class, Part, Source},
};
use meshveil_policy::Policy;
use meshveil_reach::{network::Endpoint, verdict::Form};

use crate::{
    Report, findings,
    places::Places,
    words::{cell_class, count, name, shown},
};

/// Chains of reasons that a page shows in full; beyond it, what decided.
const CHAINS: usize = 400;

/// Parts of a class that are shown each with its reasons.
const PARTS: usize = 12;

/// Names that are listed; what is more is counted.
const LISTED: usize = 2_000;

/// Every matrix, as it is shown.
pub(crate) struct Matrices<'m> {
    answers: &'m [AccessMatrix],
    /// For each class of each matrix its reasons.
    reasons: Vec<Vec<Markup>>,
    is_short: bool,
}

/// The address of the reasons of a cell.
fn address(matrix: usize, class: usize, group: usize) -> String {
    format!("why-{}-{}-{}", matrix + 1, class + 1, group + 1)
}

/// The address of a row.
pub(crate) fn row_address(matrix: usize, class: usize) -> String {
    format!("row-{}-{}", matrix + 1, class + 1)
}

/// Fields of a class about which the same decided in every part.
fn groups<'m>(matrix: &'m AccessMatrix, class: &Class) -> Vec<Vec<&'m str>> {
    let alike = |one: &str, other: &str| class.parts.iter().all(|part| part.fields.get(one) == part.fields.get(other));
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for field in &matrix.fields {
        match groups.iter_mut().find(|fields| fields.first().is_some_and(|first| alike(first, field))) {
            Some(fields) => fields.push(field),
            None => groups.push(vec![field]),
        }
    }
    groups
}

/// `frontend`, or how many sources a class has.
pub(crate) fn label(sources: &[Source]) -> String {
    match sources {
        [one] => one.to_string(),
        several => count(several.len(), "source"),
    }
}

impl<'m> Matrices<'m> {
    pub(crate) fn new(
        report: &Report<'_>,
        protected: &[(&Policy, usize)],
        answers: &'m [AccessMatrix],
        places: &mut Places,
    ) -> Self {
        let mut reasons = Reasons { report, places, left: CHAINS, endpoints: BTreeMap::new() };
        let network = &report.reach.network;
        reasons.endpoints = network.endpoints().map(|endpoint| (network.title(endpoint), endpoint)).collect();
        let mut all = Vec::new();
        for (number, (matrix, (_, workload))) in answers.iter().zip(protected).enumerate() {
            let classes = matrix.classes.iter().enumerate();
            all.push(classes.map(|(at, class)| reasons.of_class(matrix, (number, at), class, *workload)).collect());
        }
        let is_short = reasons.left == 0;
        Self { answers, reasons: all, is_short }
    }

    /// Cells above what is granted, and expectations that do not hold.
    pub(crate) fn exceeding(&self, expectations: Option<&Expectations>) -> Markup {
        let mut cells = Vec::new();
        for (number, matrix) in self.answers.iter().enumerate() {
            for (at, class) in matrix.classes.iter().enumerate() {
                for (group, fields) in groups(matrix, class).iter().enumerate() {
                    let cell = fields.first().and_then(|field| class.cell(field)).filter(|cell| cell.exceeds);
                    if let Some(cell) = cell {
                        cells.push((matrix, class, cell, fields.join(", "), address(number, at, group)));
                    }
                }
            }
        }
        html! {
            section #exceeding {
                h2 { "More than granted" }
                @if cells.is_empty() { p { "No source gets more than a policy grants." } }
                @else {
                    ul.exceeding {
                        @for (matrix, class, cell, fields, address) in cells {
                            li {
                                a href=(format!("#{address}")) { (name(&label(&class.joined()))) }
                                " gets " (name(&fields)) " of " (name(&matrix.workload)) " "
                                span class=(cell_class(cell)) { (shown(cell)) } ", granted: " (cell.granted.name())
                            }
                        }
                    }
                }
                @if let Some(expectations) = expectations {
                    h3 { "Expectations" }
                    @if expectations.broken.is_empty() { p { "All " (expectations.count) " hold." } }
                    @else { (findings::list(&expectations.files, &expectations.broken, "expectation")) }
                }
            }
        }
    }

    pub(crate) fn section(&self) -> Markup {
        html! {
            section #matrix {
                h2 { "Who gets what" }
                @if self.answers.is_empty() { p { "There is no protected workload." } }
                @if self.is_short { p.note { "This cluster has many reasons: beyond the first " (CHAINS) " chains only what decided is shown. `meshveil explain` shows each." } }
                @for (number, matrix) in self.answers.iter().enumerate() { (self.matrix(number, matrix)) }
            }
        }
    }

    fn matrix(&self, number: usize, matrix: &AccessMatrix) -> Markup {
        let heading = format!("to-{}", number + 1);
        let widest = matrix.fields.len() + 1;
        html! {
            h3 id=(heading) { "to " (name(&matrix.workload)) " " small { "policy " (name(&matrix.policy)) } }
            div.scroll tabindex="0" role="region" aria-labelledby=(heading) {
                table.matrix aria-labelledby=(heading) {
                    thead { tr { th scope="col" { "source" } @for field in &matrix.fields { th scope="col" data-field=(field) { (name(field)) } } } }
                    tbody {
                        @for (at, class) in matrix.classes.iter().enumerate() {
                            (row(matrix, (number, at), class))
                            tr.why id=(format!("reasons-{}-{}", number + 1, at + 1)) {
                                td colspan=(widest) {
                                    @if let Some(reasons) = self.reasons.get(number).and_then(|reasons| reasons.get(at)) { div.panel { (reasons) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(matrix: &AccessMatrix, (number, at): (usize, usize), class: &Class) -> Markup {
    let sources = class.joined();
    let groups = groups(matrix, class);
    let group_of = |field: &str| groups.iter().position(|fields| fields.contains(&field)).unwrap_or(0);
    let fields = matrix.fields.iter().enumerate();
    let cells: Vec<_> = fields.filter_map(|(column, field)| Some((column, field, class.cell(field)?))).collect();
    let is_open = cells.iter().any(|(_, _, cell)| cell.form >= Form::Masked);
    html! {
        tr.class.open[is_open] id=(row_address(number, at)) tabindex="-1" {
            th scope="row" {
                @if let [one] = sources.as_slice() { (name(&one.to_string())) }
                @else {
                    details {
                        summary { (label(&sources)) }
                        ul { @for source in sources.iter().take(LISTED) { li { (name(&source.to_string())) } } }
                        @if sources.len() > LISTED { p { "and " (sources.len() - LISTED) " more" } }
                    }
                }
            }
            @for (column, field, cell) in cells {
                td class=(cell_class(cell)) data-field=(field) {
                    span.field aria-hidden="true" { (name(field)) " " }
                    a id=(format!("cell-{}-{}-{}", number + 1, at + 1, column + 1)) href=(format!("#{}", address(number, at, group_of(field)))) { (shown(cell)) }
                }
            }
        }
    }
}

/// Makes the reasons, and remembers which line decides what.
struct Reasons<'r, 'p> {
    report: &'r Report<'r>,
    places: &'p mut Places,
    /// Chains that may still be shown in full.
    left: usize,
    endpoints: BTreeMap<String, Endpoint>,
}

impl Reasons<'_, '_> {
    fn of_class(&mut self, matrix: &AccessMatrix, at: (usize, usize), class: &Class, workload: usize) -> Markup {
        let groups = groups(matrix, class);
        let mut shown_groups = Vec::new();
        for (group, fields) in groups.iter().enumerate() {
            let address = address(at.0, at.1, group);
            let Some(cell) = fields.first().and_then(|field| class.cell(field)) else { continue };
            let mut parts = Vec::new();
            for part in class.parts.iter().take(PARTS) {
                parts.push(self.of_part(matrix, part, fields, workload, &address));
            }
            // Those that are not shown decide, too.
            for part in class.parts.iter().skip(PARTS) {
                self.note(matrix, part, fields, &address);
            }
            let more = class.parts.len().saturating_sub(PARTS);
            shown_groups.push(html! {
                div.reason id=(address) tabindex="-1" {
                    h4 {
                        (name(&label(&class.joined()))) " → " (name(&fields.join(", "))) ": "
                        span class=(cell_class(cell)) { (shown(cell)) }
                        small { " granted: " (cell.granted.name()) }
                    }
                    @for part in &parts { (part) }
                    @if more > 0 { p { "and " (count(more, "more reason")) " of the same kind, each with other lines" } }
                }
            });
        }
        html! { @for group in &shown_groups { (group) } }
    }

    /// Notes the lines that decide about a part.
    fn note(&mut self, matrix: &AccessMatrix, part: &Part, fields: &[&str], address: &str) {
        let sources = part.joined();
        let Some(cell) = fields.first().and_then(|field| part.fields.get(*field)) else { return };
        let cells = format!("{} → {} {}: {}", label(&sources), matrix.workload, fields.join(", "), cell.form.name());
        for place in cell.decided.iter().flat_map(|decided| &decided.places).filter(|place| place.is_somewhere()) {
            self.places.decides(place, &cells, address);
        }
    }

    fn of_part(
        &mut self,
        matrix: &AccessMatrix,
        part: &Part,
        fields: &[&str],
        workload: usize,
        address: &str,
    ) -> Markup {
        self.note(matrix, part, fields, address);
        let sources = part.joined();
        let decided = fields.first().and_then(|field| part.fields.get(*field)).and_then(|cell| cell.decided.as_ref());
        let chain = self.chain(part, fields, workload);
        let mut lines = Vec::new();
        if let Some(path) = &chain {
            for step in &path.steps {
                let places: Vec<Markup> = step.places.iter().map(|place| self.places.link(place)).collect();
                let is_decisive = decided.is_some_and(|decided| decided.reason == step.text);
                lines.push((step.layer.name(), step.passed, step.text.clone(), places, is_decisive));
            }
        } else if let Some(decided) = decided {
            let places: Vec<&_> = decided.places.iter().filter(|place| place.is_somewhere()).collect();
            let places = places.into_iter().map(|place| self.places.link(place)).collect();
            lines.push((decided.layer.name(), true, decided.reason.clone(), places, true));
        }
        html! {
            p { @match sources.as_slice() { [one] => (name(&one.to_string())), several => { (count(several.len(), "source")) ", such as " (name(&several.first().map(ToString::to_string).unwrap_or_default())) } } @if let Some(path) = &chain { ": " (name(&path.way)) } }
            @if lines.is_empty() { p { "No path: no port is declared, and the network lets nothing through." } }
            ol.chain {
                @for (layer, passed, text, places, is_decisive) in &lines {
                    li.passed[*passed].stopped[!*passed].decided[*is_decisive] {
                        span.layer { (layer) } " " (name(text)) @for place in places { " " (place) }
                        @if *is_decisive { span.unseen { " (decides)" } }
                    }
                }
            }
            @if let Some(remedy) = chain.as_ref().and_then(|path| path.remedy.as_ref()) { p.remedy { "It would take: " (name(remedy)) } }
        }
    }

    /// The path of the first source on which it gets the first field at worst.
    fn chain(&mut self, part: &Part, fields: &[&str], workload: usize) -> Option<ExplainedPath> {
        self.left = self.left.checked_sub(1)?;
        let source = part.sources.first()?.to_string();
        let endpoint = *self.endpoints.get(&source)?;
        let (cluster, reach) = (self.report.cluster, self.report.reach);
        let field = fields.first().copied();
        let explained = Explanation::find(cluster, reach, endpoint, workload, None, field).ok()?;
        let form = part.fields.get(field?)?.form;
        let decided = part.fields.get(field?)?.decided.as_ref();
        // The path that the cell is about, among those in the same form.
        let is_it = |path: &ExplainedPath| {
            let is_form = path.forms.values().all(|known| *known == form);
            is_form && decided.is_none_or(|decided| path.steps.iter().any(|step| step.text == decided.reason))
        };
        let mut paths = explained.paths;
        let at = paths.iter().position(is_it).unwrap_or(0);
        (at < paths.len()).then(|| paths.swap_remove(at))
    }
}
