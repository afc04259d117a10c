//! Tabs before what stands on a line of its own inside brackets: the reader of YAML that kubectl and the API server have
//! takes them there for blanks (`go.yaml.in/yaml/v2`, `yaml_parser_scan_to_next_token`), as YAML 1.2 does (section 6.1).

/// The text with blanks for such tabs, if it has any: every byte keeps its place.
pub(crate) fn without(text: &str) -> Option<String> {
    if !text.contains('\t') {
        return None;
    }
    let mut depth = 0_usize;
    // The quote that is open.
    let mut quote: Option<u8> = None;
    // The indent of the key whose block of text is being read.
    let mut block: Option<usize> = None;
    let mut changed = false;
    let mut lines: Vec<u8> = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let rest = line.get(indent..).unwrap_or_default();
        if block.is_some_and(|key| indent > key || rest.trim().is_empty()) {
            lines.extend(line.as_bytes());
            continue;
        }
        block = None;
        if quote.is_none() && (line.starts_with("---") || line.starts_with("...")) {
            depth = 0;
        }
        let leading = line.as_bytes().get(..indent).unwrap_or_default();
        if depth > 0 && quote.is_none() && leading.contains(&b'\t') {
            changed = true;
            lines.extend(std::iter::repeat_n(b' ', indent));
        } else {
            lines.extend(leading);
        }
        lines.extend(rest.as_bytes());
        scan(rest.as_bytes(), &mut depth, &mut quote);
        if depth == 0 && quote.is_none() && opens_text(rest) {
            block = Some(indent);
        }
    }
    changed.then(|| String::from_utf8(lines).ok()).flatten()
}

/// Follows brackets and quotes over one line.
fn scan(line: &[u8], depth: &mut usize, quote: &mut Option<u8>) {
    let mut before = b' ';
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match (*quote, byte) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if byte == open => *quote = None,
            (Some(_), _) => {}
            // A quote opens a text only where a value may begin; so do brackets outside of other brackets.
            (None, b'\'' | b'"') if begins(before) => *quote = Some(byte),
            (None, b'[' | b'{') if *depth > 0 || begins(before) => *depth += 1,
            (None, b']' | b'}') => *depth = depth.saturating_sub(1),
            (None, b'#') if matches!(before, b' ' | b'\t') => return,
            _ => {}
        }
        before = byte;
        at += 1;
    }
}

fn begins(before: u8) -> bool {
    matches!(before, b' ' | b'\t' | b'[' | b'{' | b',' | b':' | b'-')
}

/// Whether the lines below are the text of this one's value: `key: |`, `- >-`.
fn opens_text(line: &str) -> bool {
    let head = line.split(" #").next().unwrap_or_default().trim_end();
    let sign = head.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
    let before = sign.strip_suffix(['|', '>']);
    before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tabs_inside_brackets_are_blanks() {
        for (text, expected) in [
            ("a: [\n\t1,\n\t 2\n]\n", Some("a: [\n 1,\n  2\n]\n")),
            ("a: {\n\tb: 1\n}\n", Some("a: {\n b: 1\n}\n")),
            ("a:\n\tb: 1\n", None),
            ("a: '[\n\t'\n", None),
            ("a: |\n  [\n\tx\n", None),
            ("a: x[\n\tb\n", None),
            ("a: 1 # [\n\tb\n", None),
            ("a: [ '#', \"]\\\"\"\n\t]\n", Some("a: [ '#', \"]\\\"\"\n ]\n")),
            ("a: b\n", None),
        ] {
            assert_eq!(without(text).as_deref(), expected, "{text}");
        }
    }
}
