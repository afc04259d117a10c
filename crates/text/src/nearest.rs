//! The known word that a misspelt one probably means.

/// The word of `known` nearest to `word`, letter case aside; of equally near words the first by name. `None` where none
/// is near: at most two edits, more in long words, and fewer than would turn a short word into another one.
#[must_use]
pub fn nearest<W: AsRef<str> + Ord>(word: &str, known: impl IntoIterator<Item = W>) -> Option<W> {
    let lower = word.to_lowercase();
    let distance = |known: &W| strsim::osa_distance(&lower, &known.as_ref().to_lowercase());
    let is_near = |distance: usize, letters: usize| distance <= 2.min(letters / 2).max(letters / 4);
    known
        .into_iter()
        .map(|known| (distance(&known), known))
        .filter(|(distance, known)| is_near(*distance, known.as_ref().len()))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_other_words_are_not() {
        let known = ["at", "email", "externalTrafficPolicy", "partial", "redact"];
        for (word, expected) in [
            ("redcat", Some("redact")),
            ("EMAIL", Some("email")),
            ("partail", Some("partial")),
            ("externTrafficPolicies", Some("externalTrafficPolicy")),
            ("ab", Some("at")),
            ("xy", None),
            ("drop", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(nearest("parta", ["partb".to_owned(), "partc".to_owned()]), Some("partb".to_owned()));
    }
}
