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

/// The same in backticks.
pub fn quoted(words: &[impl AsRef<str>]) -> String {
    list(&words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>())
}
