//! What a catalogue entry is: the documentation of one mask as data, so that examples are tests and the reference page is
//! generated.

/// One mask as the reference page shows it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// How the mask is spelled in a policy.
    pub id: &'static str,
    /// What it does, in one sentence or two.
    pub summary: &'static str,
    /// What it does with a matched object or array, in words.
    pub container: &'static str,
    /// Its parameters, in the order of the page.
    pub parameters: &'static [Parameter],
    /// What it makes of which value. Each is a test.
    pub examples: &'static [Example],
}

/// One parameter of a mask.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name in JSON and YAML.
    pub name: &'static str,
    /// What may be written, in words.
    pub kind: &'static str,
    /// The JSON value it has when it is not written.
    pub default: &'static str,
    /// What it does.
    pub summary: &'static str,
}

/// One value before and after.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The mask's parameters, as a JSON object.
    pub parameters: &'static str,
    /// The matched value, as JSON.
    pub input: &'static str,
    /// What stands in for it, as JSON; empty where nothing does ([`Container::Drop`](super::Container::Drop)).
    pub output: &'static str,
    /// What the example shows; may be empty.
    pub note: &'static str,
}
