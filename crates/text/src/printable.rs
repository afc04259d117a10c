//! Which characters stand for themselves on a screen and in YAML.

/// Whether a character can be shown as it is: it is visible or a blank, and neither moves the cursor nor turns the
/// direction of the text around it.
///
/// Everything that YAML 1.1 and 1.2 call a line break or not printable is refused, and so is what Unicode calls a
/// bidirectional control, a zero-width character or a tag.
#[must_use]
pub fn is_printable(letter: char) -> bool {
    let is_hidden = matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}');
    !letter.is_control() && !is_hidden
}

/// A text in one line of printable characters: any other is written as `\u{..}`.
#[must_use]
pub fn in_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_printable(letter) { line.push(letter) } else { line.extend(letter.escape_unicode()) }
    }
    line
}
