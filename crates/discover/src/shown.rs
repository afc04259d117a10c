//! Texts of documents, as messages and comments may show them.

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

/// Whether a character stands for itself on a screen and in YAML.
pub(crate) fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}')
        && !matches!(letter, '\u{e0000}'..='\u{e007f}')
}
