//! Words and signs that every part of the page uses.

use maud::{Markup, html};
use meshveil_answers::matrix::Cell;
use meshveil_reach::verdict::Form;
use meshveil_text::printable::in_one_line;

/// A name or a text that others wrote, in printable characters of its own direction.
pub(crate) fn name(text: &str) -> Markup {
    html! { bdi { (in_one_line(text)) } }
}

/// The sign of a form, which differs from the others in shape.
pub(crate) const fn sign(form: Form) -> &'static str {
    match form {
        Form::Clear => "●",
        Form::Partial => "◐",
        Form::Masked => "○",
        Form::Denied => "⊘",
        Form::Unreachable => "–",
        Form::Unknown => "?",
    }
}

/// The class of a form in the style sheet.
pub(crate) fn class(form: Form) -> String {
    format!("f f-{}", form.name())
}

/// The class of a cell: its form, and whether it is more or less than is granted.
pub(crate) fn cell_class(cell: &Cell) -> String {
    let mark = if cell.exceeds {
        " more"
    } else if cell.lacks {
        " less"
    } else {
        ""
    };
    format!("{}{mark}", class(cell.form))
}

/// Sign and word of a cell.
pub(crate) fn shown(cell: &Cell) -> Markup {
    html! {
        @if cell.exceeds { span.mark title="more than granted" { "!" } }
        @if cell.lacks { span.mark title="less than granted" { "<" } }
        span.sign aria-hidden="true" { (sign(cell.form)) } " " (cell.form.name())
        @if cell.exceeds { span.unseen { " (more than granted)" } }
        @if cell.lacks { span.unseen { " (less than granted)" } }
    }
}

/// `1 source`, `2 sources`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}
