//! The other way round: a line of a file, and the cells that it decides.

use std::collections::BTreeMap;

use maud::{Markup, html};
use meshveil_answers::Place;

use crate::words::name;

/// What each place decides.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: BTreeMap<String, Line>,
}

#[derive(Debug, Default)]
struct Line {
    number: usize,
    /// Cells in words, with their addresses.
    cells: Vec<(String, String)>,
}

impl Places {
    /// Notes that a place decides some cells; gives a link to it.
    pub(crate) fn decides(&mut self, place: &Place, cells: &str, address: &str) {
        let line = self.line(place);
        let cell = (cells.to_owned(), address.to_owned());
        if !line.cells.contains(&cell) {
            line.cells.push(cell);
        }
    }

    /// A link to a place.
    pub(crate) fn link(&mut self, place: &Place) -> Markup {
        let number = self.line(place).number;
        html! { a.place href=(format!("#line-{number}")) { (name(&place.to_string())) } }
    }

    fn line(&mut self, place: &Place) -> &mut Line {
        let next = self.known.len() + 1;
        self.known.entry(place.to_string()).or_insert_with(|| Line { number: next, cells: Vec::new() })
    }

    pub(crate) fn section(&self) -> Markup {
        html! {
            section #places {
                h2 { "Lines, and what they decide" }
                @if self.known.is_empty() { p { "No line decides anything." } }
                dl.lines {
                    @for (place, line) in &self.known {
                        div.line id=(format!("line-{}", line.number)) tabindex="-1" {
                            dt { (name(place)) }
                            @if line.cells.is_empty() { dd { "is on the way and decides no cell" } }
                            @for (cell, address) in &line.cells { dd { a href=(format!("#{address}")) { (name(cell)) } } }
                        }
                    }
                }
            }
        }
    }
}
