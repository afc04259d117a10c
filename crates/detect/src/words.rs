//! The words of a member name: `dateOfBirth`, `date_of_birth`, `date-of-birth` and `DateOfBIRTH` are the same three.

/// The words of a name, in lower case. Digits are words of their own.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    let mut before: Option<char> = None;
    for (at, &letter) in letters.iter().enumerate() {
        let next_is_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let starts = before.is_some_and(|before| {
            let after_lower = letter.is_uppercase() && !before.is_uppercase();
            // The last capital of a run begins the next word: `SSNNumber`.
            let ends_run = letter.is_uppercase() && before.is_uppercase() && next_is_lower;
            after_lower || ends_run || letter.is_numeric() != before.is_numeric()
        });
        if starts || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = Some(letter);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A word without accents, as it is often written: `prénom`, `straße`.
#[must_use]
pub fn plain(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut plain = String::with_capacity(word.len());
    for letter in word.chars() {
        let letters = match letter {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ą' => "a",
            'ç' | 'ć' | 'č' => "c",
            'é' | 'è' | 'ê' | 'ë' | 'ę' => "e",
            'í' | 'ì' | 'î' | 'ï' => "i",
            'ł' => "l",
            'ñ' | 'ń' => "n",
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => "o",
            'ś' | 'š' => "s",
            'ß' => "ss",
            'ú' | 'ù' | 'û' | 'ü' => "u",
            'ź' | 'ż' | 'ž' => "z",
            'æ' => "ae",
            'œ' => "oe",
            other => {
                plain.push(other);
                continue;
            }
        };
        plain.push_str(letters);
    }
    plain
}

/// Whether a word is written without spaces between words, as in Chinese, Japanese and Korean.
#[must_use]
pub fn is_unspaced(word: &str) -> bool {
    word.chars()
        .any(|letter| matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'))
}

/// A word, and what it may be the plural of.
pub(crate) fn singulars(word: &str) -> impl Iterator<Item = &str> {
    [Some(word), word.strip_suffix('s'), word.strip_suffix("es")].into_iter().flatten().filter(|word| !word.is_empty())
}

/// Whether a word is this one, or more of it: `cards`, `addresses`.
fn is_word(word: &str, known: &str) -> bool {
    word.strip_prefix(known).is_some_and(|rest| matches!(rest, "" | "s" | "es"))
}

/// Where a name holds a pattern (words separated by blanks): the index after its last word. A pattern of several words may be
/// written as one (`firstname`); one that begins with `=` has to be the whole name.
#[must_use]
pub fn find(words: &[String], pattern: &str) -> Option<std::ops::Range<usize>> {
    let (pattern, whole) = pattern.strip_prefix('=').map_or((pattern, false), |rest| (rest, true));
    let parts: Vec<&str> = pattern.split(' ').collect();
    let joined = parts.concat();
    if is_word(&words.concat(), &joined) {
        return Some(0..words.len());
    }
    if whole {
        return None;
    }
    if is_unspaced(pattern) {
        return words.iter().position(|word| word.contains(pattern)).map(|at| at..at + 1);
    }
    if let Some(at) = words.iter().position(|word| parts.len() > 1 && is_word(word, &joined)) {
        return Some(at..at + 1);
    }
    let fits = |window: &[String]| window.iter().zip(&parts).all(|(word, part)| is_word(word, part));
    words.windows(parts.len()).position(fits).map(|at| at..at + parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_the_same_words() {
        for name in ["dateOfBirth", "date_of_birth", "date-of-birth", "DateOfBirth", "DATE_OF_BIRTH", "date of birth"] {
            assert_eq!(words(name), ["date", "of", "birth"], "{name}");
        }
        assert_eq!(words("customerSSN"), ["customer", "ssn"]);
        assert_eq!(words("SSNNumber"), ["ssn", "number"]);
        assert_eq!(words("addressLine2"), ["address", "line", "2"]);
        assert_eq!(words("Straße"), ["straße"]);
        assert_eq!(words("*__"), Vec::<String>::new());
    }

    #[test]
    fn a_pattern_is_found_whole_in_plural_and_joined() {
        let at = |name: &str, pattern: &str| find(&words(name), pattern);
        assert_eq!(at("firstName", "first name"), Some(0..2));
        assert_eq!(at("firstname", "first name"), Some(0..2).map(|_| 0..1));
        assert_eq!(at("userFirstNames", "first name"), Some(1..3));
        assert_eq!(at("addresses", "address"), Some(0..1));
        assert_eq!(at("cardNumbers", "card number"), Some(0..2));
        assert_eq!(at("cvv2", "cvv"), Some(0..1));
        assert_eq!(at("clientIPAddress", "ip address"), Some(1..3));
        assert_eq!(at("sexton", "sex"), None);
        assert_eq!(at("mail", "=mail"), Some(0..1));
        assert_eq!(at("mailingList", "=mail"), None);
        assert_eq!(at("japan", "pan"), None);
    }
}
