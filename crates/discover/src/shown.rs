//! Texts of documents, as messages and comments may show them.

use meshveil_text::printable::is_printable;

/// A text of a document for messages and comments: one line, and nothing that moves a cursor or turns the writing direction.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count >= 200 {
            shown.push('…');
            break;
        }
        if is_printable(letter) { shown.push(letter) } else { shown.extend(letter.escape_unicode()) }
    }
    shown
}
