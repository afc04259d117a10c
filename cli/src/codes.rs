//! What each code about manifests means, from the page that explains them.

const PAGE: &str = include_str!("../../docs/reference/reachability.md");

/// Title and explanation of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
}

/// Every code of the page: sections headed `### MV-B01 …`, and rows of its table of faults.
pub(crate) fn all() -> impl Iterator<Item = Meaning> {
    let sections = PAGE.split("\n### ").skip(1).filter_map(|section| {
        let (head, text) = section.split_once("\n\n")?;
        let (code, title) = head.split_once(' ')?;
        let text = text.split_once("\n\n").map_or(text, |(text, _)| text).trim();
        Some(Meaning { code, title, text })
    });
    let rows = PAGE.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (code, title, text) = (cells.next()?, cells.next()?, cells.next()?);
        code.starts_with("MV-").then_some(Meaning { code, title, text })
    });
    sections.chain(rows)
}

/// What one code means.
pub(crate) fn find(code: &str) -> Option<Meaning> {
    all().find(|meaning| meaning.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_explained_under_its_own_title() {
        for check in meshveil_reach::checks::all() {
            let meaning = find(check.code).unwrap_or_else(|| panic!("{} is not explained", check.code));
            assert_eq!(meaning.title, check.title, "{}", check.code);
            assert!(meaning.text.len() > 30 && !meaning.text.contains('\n'), "{}: {}", check.code, meaning.text);
        }
        assert_eq!(all().filter(|meaning| meaning.code.starts_with("MV-M")).count(), 9);
    }
}
