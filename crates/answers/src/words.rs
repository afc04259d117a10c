//! Lists of names and forms, in words.

use meshveil_reach::verdict::Form;

/// `ssn and card partial, notes masked`: fields that come in one form together, in their order.
pub fn by_form<'f>(fields: impl IntoIterator<Item = (&'f str, Form)>) -> String {
    let mut groups: Vec<(Form, Vec<&str>)> = Vec::new();
    for (field, form) in fields {
        match groups.iter_mut().find(|(known, _)| *known == form) {
            Some((_, names)) => names.push(field),
            None => groups.push((form, vec![field])),
        }
    }
    if let [(form, names)] = groups.as_slice()
        && names.len() > 1
    {
        return format!("every field {}", form.name());
    }
    let group = |(form, names): &(Form, Vec<&str>)| format!("{} {}", list(names), form.name());
    groups.iter().map(group).collect::<Vec<_>>().join(", ")
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Names that a sentence has; what is more is counted.
const FEW: usize = 6;

/// `a, b, c, d, e, f and 975 more`: a list that stays short.
pub fn few(words: &[impl AsRef<str>]) -> String {
    let more = words.len().saturating_sub(FEW);
    // One name is as short as its number.
    if more < 2 {
        return list(words);
    }
    let shown: Vec<&str> = words.iter().take(FEW).map(AsRef::as_ref).collect();
    format!("{} and {more} more", shown.join(", "))
}

/// The same in backticks.
pub fn quoted(words: &[impl AsRef<str>]) -> String {
    list(&words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>())
}
