//! The map: namespaces as bands, and what arrives from each at every protected workload.

use std::collections::BTreeMap;

use maud::{Markup, html};
use meshveil_answers::matrix::{AccessMatrix, Class};
use meshveil_reach::verdict::Form;

use crate::{
    matrix::row_address,
    words::{count, sign},
};
use meshveil_text::printable::in_one_line;

/// The height of a band, in units of the picture.
const BAND: usize = 30;
/// Its width, and where the workload stands.
const WIDTH: usize = 760;
const LEFT: usize = 250;
const RIGHT: usize = 520;

/// Sources of one namespace that get the same at worst.
struct Band {
    title: String,
    form: Form,
    exceeds: bool,
    /// The address of their row.
    row: String,
}

pub(crate) fn section(answers: &[AccessMatrix]) -> Markup {
    html! {
        section #map {
            h2 { "Map" }
            @if answers.is_empty() { p { "There is no protected workload." } }
            @for (number, matrix) in answers.iter().enumerate() { (picture(number, matrix)) }
            p.legend {
                @for form in [Form::Clear, Form::Partial, Form::Masked, Form::Denied, Form::Unreachable, Form::Unknown] {
                    span class=(crate::words::class(form)) { span aria-hidden="true" { (sign(form)) } " " (form.name()) } " "
                }
            }
        }
    }
}

/// The worst of all fields of a class; what is not known counts as more than what is masked.
fn worst(class: &Class) -> Form {
    class.parts.first().and_then(|part| part.fields.values().map(|cell| cell.form).max()).unwrap_or(Form::Unreachable)
}

fn bands(number: usize, matrix: &AccessMatrix) -> (Vec<Band>, usize) {
    let mut bands = Vec::new();
    let mut shut = BTreeMap::new();
    for (at, class) in matrix.classes.iter().enumerate() {
        let form = worst(class);
        let mut namespaces: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for source in class.joined() {
            let namespace = source.namespace().unwrap_or("outside of the cluster").to_owned();
            namespaces.entry(namespace).or_default().push(source.to_string());
        }
        let exceeds = class.parts.first().is_some_and(|part| part.fields.values().any(|cell| cell.exceeds));
        for (namespace, sources) in namespaces {
            if form == Form::Unreachable {
                *shut.entry(namespace).or_insert(0) += sources.len();
                continue;
            }
            let title = match sources.as_slice() {
                [one] => one.clone(),
                several => format!("{namespace}: {}", count(several.len(), "source")),
            };
            bands.push(Band { title, form, exceeds, row: row_address(number, at) });
        }
    }
    bands.sort_by(|one, other| (other.exceeds, other.form, &one.title).cmp(&(one.exceeds, one.form, &other.title)));
    (bands, shut.values().sum())
}

/// At most so many characters; the rest is in the title.
fn short(text: &str, limit: usize) -> String {
    let text = in_one_line(text);
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

fn picture(number: usize, matrix: &AccessMatrix) -> Markup {
    let (bands, shut) = bands(number, matrix);
    let height = BAND * (bands.len() + 1) + 10;
    let middle = height / 2;
    let title = format!("What arrives from each namespace at {}", in_one_line(&matrix.workload));
    html! {
        figure {
            figcaption { "to " (crate::words::name(&matrix.workload)) ": each line leads to its row in the matrix" }
            svg.map role="group" aria-label=(title) viewBox=(format!("0 0 {WIDTH} {height}")) preserveAspectRatio="xMinYMin meet" {
                rect.node x=(RIGHT) y=(middle.saturating_sub(18)) width=(WIDTH - RIGHT - 10) height="36" rx="4" {}
                text x=(RIGHT + 10) y=(middle + 5) { (short(&matrix.workload, 30)) }
                @for (at, band) in bands.iter().enumerate() {
                    @let y = BAND * at + 20;
                    a href=(format!("#{}", band.row)) {
                        rect.band x="4" y=(y.saturating_sub(12)) width=(LEFT - 14) height="24" rx="3" {}
                        text x="12" y=(y + 4) { (short(&band.title, 32)) }
                        path class=(format!("edge e-{}", band.form.name())) d=(format!("M{LEFT} {y} C{} {y} {} {middle} {} {middle}", LEFT + 110, RIGHT - 110, end(band.form))) {}
                        @if band.form == Form::Denied { path.bar d=(format!("M{} {} V{}", RIGHT - 40, middle.saturating_sub(8), middle + 8)) {} }
                        text.word x=(LEFT + 8) y=(y.saturating_sub(4)) { @if band.exceeds { "! more than granted: " } (sign(band.form)) " " (band.form.name()) }
                    }
                }
                text.shut x="12" y=(BAND * bands.len() + 24) { (count(shut, "source")) " reach nothing" }
            }
        }
    }
}

/// Where an edge ends: before the workload where requests are denied.
const fn end(form: Form) -> usize {
    match form {
        Form::Denied => RIGHT - 40,
        _ => RIGHT,
    }
}
