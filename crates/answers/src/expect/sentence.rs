//! `frontend sees ssn: partial`: the words of an expectation and what they mean.

use meshveil_reach::verdict::Form;
use meshveil_text::{Files, Finding, Node, Span, Value, codes, nearest};

/// A word and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Which sources a sentence with `nobody` or `everybody` is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scope {
    Anywhere,
    In(Word),
    Outside(Word),
    OutsideTheCluster,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    /// Each of these.
    Each(Vec<Word>),
    /// These and no other.
    Only(Vec<Word>),
    Everybody(Scope),
    Nobody(Scope),
}

/// In which form a field should arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Exactly(Form),
    AtMost(Form),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Claim {
    Sees { field: Word, wanted: Option<Wanted> },
    Reaches { destination: Word, port: Option<u16> },
}

/// One expectation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    pub(super) span: Span,
    pub(super) subject: Subject,
    /// `does not see`, `does not reach`.
    pub(super) negated: bool,
    pub(super) claim: Claim,
}

const HELP: &str =
    "such as `frontend sees ssn: partial`, `only billing sees iban: clear` or `nobody in staging reaches customers`";

fn fault(span: Span, message: impl Into<String>) -> Box<Finding> {
    Box::new(Finding::new(&codes::expectation::WORDING, span, message).help(HELP))
}

impl Sentence {
    /// Reads an item of `expect`: a sentence, or a map of one sentence and a form.
    pub(super) fn read(node: &Node, files: &Files) -> Result<Self, Box<Finding>> {
        let quoted;
        let (text, place, form) = match &node.value {
            // In quotes the form is part of the text.
            Value::Text(text) => match text.split_once(": ") {
                Some((text, form)) => {
                    let form = form.trim();
                    quoted = Node { value: Value::Text(form.to_owned()), span: within(node.span, form, files) };
                    (text, node.span, Some(&quoted))
                }
                None => (text.as_str(), node.span, None),
            },
            Value::Map(entries) => match entries.as_slice() {
                [(key, value)] => (key.name.as_str(), key.span, Some(value)),
                _ => return Err(fault(node.span, "expected one sentence")),
            },
            _ => return Err(fault(node.span, format!("expected a sentence, not {}", node.what()))),
        };
        let words = words(text, place, files);
        let at = words.iter().position(|word| VERBS.contains(&word.text.as_str()));
        let Some(at) = at else {
            return Err(fault(place, "no verb: expected `sees` or `reaches`"));
        };
        let (subject, rest) = words.split_at(at);
        let subject = read_subject(subject, place)?;
        let mut rest = rest.iter();
        let verb = rest.next().map(|word| word.text.as_str()).unwrap_or_default();
        let (verb, negated) = match verb {
            "does" | "do" => match (rest.next(), rest.next()) {
                (Some(not), Some(verb)) if not.text == "not" => (verb.text.as_str(), true),
                _ => return Err(fault(place, format!("expected `{verb} not see` or `{verb} not reach`"))),
            },
            verb => (verb, false),
        };
        let object = match (rest.next(), rest.next()) {
            (Some(object), None) => object.clone(),
            (None, _) => return Err(fault(place, format!("nothing follows `{verb}`"))),
            (_, Some(more)) => return Err(fault(more.span, format!("one word after `{verb}`, and nothing else"))),
        };
        let claim = match (verb, form) {
            ("sees" | "see", form) => Claim::Sees { field: object, wanted: form.map(read_form).transpose()? },
            (_, Some(form)) => {
                return Err(fault(form.span, "`reaches` has no form; a port is written `customers:8080`"));
            }
            _ => read_destination(object)?,
        };
        let sentence = Self { span: node.span, subject, negated, claim };
        sentence.must_make_sense(place)?;
        Ok(sentence)
    }

    fn must_make_sense(&self, place: Span) -> Result<(), Box<Finding>> {
        let several = matches!(self.subject, Subject::Nobody(_) | Subject::Only(_));
        if self.negated && several {
            return Err(fault(place, "`nobody` and `only` cannot be combined with `not`"));
        }
        let Claim::Sees { wanted, .. } = &self.claim else { return Ok(()) };
        match wanted {
            None if !self.negated && !several => {
                Err(fault(place, "add a form: `clear`, `partial`, `masked`, `denied`, `unreachable` or `nothing`"))
            }
            Some(Wanted::AtMost(_)) if self.negated || several => {
                Err(fault(place, "`at most` needs `sees`, and names or `everybody`"))
            }
            Some(Wanted::Exactly(form)) if *form < Form::Masked && (self.negated || several) => {
                Err(fault(place, format!("`does not see` contradicts `{}`: leave the form out", form.name())))
            }
            _ => Ok(()),
        }
    }
}

/// The last place of a part inside a place, or the whole where the part is not written so.
fn within(place: Span, part: &str, files: &Files) -> Span {
    let Some(at) = files.slice(place).rfind(part) else { return place };
    let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let start = place.start.saturating_add(short(at));
    Span {
        start,
        end: start.saturating_add(short(part.len())),
        column: place.column.saturating_add(short(at)),
        ..place
    }
}

const VERBS: [&str; 6] = ["sees", "see", "reaches", "reach", "does", "do"];

/// The words of a text with their places; commas are words.
fn words(text: &str, place: Span, files: &Files) -> Vec<Word> {
    // Only a sentence on one line without escapes stands in the file as it is.
    let written = files.slice(place);
    let quoted = u32::from(written.starts_with(['"', '\'']));
    let plain = written.trim_start_matches(['"', '\'']).starts_with(text);
    let mut words = Vec::new();
    let mut add = |start: usize, part: &str| {
        if !part.is_empty() {
            let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let from = place.start.saturating_add(quoted).saturating_add(short(start));
            let span = Span {
                start: from,
                end: from.saturating_add(short(part.len())),
                column: place.column.saturating_add(quoted).saturating_add(short(start)),
                ..place
            };
            words.push(Word { text: part.to_owned(), span: if plain { span } else { place } });
        }
    };
    let mut start = 0;
    for part in text.split_inclusive(|c: char| c.is_whitespace() || c == ',') {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || c == ',');
        add(start, word);
        if part.ends_with(',') {
            add(start + word.len(), ",");
        }
        start += part.len();
    }
    words
}

fn read_subject(words: &[Word], place: Span) -> Result<Subject, Box<Finding>> {
    let Some((first, rest)) = words.split_first() else { return Err(fault(place, "who?")) };
    match first.text.as_str() {
        "nobody" => Ok(Subject::Nobody(read_scope(rest)?)),
        "everybody" | "everyone" => Ok(Subject::Everybody(read_scope(rest)?)),
        "only" => Ok(Subject::Only(read_names(rest, place)?)),
        _ => Ok(Subject::Each(read_names(words, place)?)),
    }
}

fn read_scope(words: &[Word]) -> Result<Scope, Box<Finding>> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    match (texts.as_slice(), words) {
        ([], _) => Ok(Scope::Anywhere),
        (["outside", "the", "cluster"], _) => Ok(Scope::OutsideTheCluster),
        (["in", _], [_, namespace]) => Ok(Scope::In(namespace.clone())),
        (["outside", _], [_, namespace]) => Ok(Scope::Outside(namespace.clone())),
        (_, [first, ..]) => {
            Err(fault(first.span, "expected `in NAMESPACE`, `outside NAMESPACE` or `outside the cluster`"))
        }
        _ => Ok(Scope::Anywhere),
    }
}

/// `a`, `a and b`, `a, b and c`.
fn read_names(words: &[Word], place: Span) -> Result<Vec<Word>, Box<Finding>> {
    let mut names = Vec::new();
    let mut joined = true;
    for word in words {
        let is_joint = matches!(word.text.as_str(), "," | "and");
        match (is_joint, joined) {
            (true, _) => joined = true,
            (false, true) => {
                names.push(word.clone());
                joined = false;
            }
            (false, false) => return Err(fault(word.span, "expected `,` or `and` between names")),
        }
    }
    if names.is_empty() || joined { Err(fault(place, "who?")) } else { Ok(names) }
}

const FORMS: [(&str, Form); 6] = [
    ("clear", Form::Clear),
    ("partial", Form::Partial),
    ("masked", Form::Masked),
    ("denied", Form::Denied),
    ("unreachable", Form::Unreachable),
    ("nothing", Form::Denied),
];

fn read_form(node: &Node) -> Result<Wanted, Box<Finding>> {
    let text = node.text().unwrap_or_default();
    let (word, at_most) = match text.strip_prefix("at most ") {
        Some(word) => (word.trim(), true),
        None => (text, false),
    };
    let Some((_, form)) = FORMS.iter().find(|(name, _)| *name == word) else {
        let finding = Finding::new(&codes::expectation::WORDING, node.span, "unknown form");
        let near = nearest(word, FORMS.map(|(name, _)| name));
        return Err(Box::new(match near {
            Some(near) if !at_most => finding.suggest(node.span, near, format!("did you mean `{near}`?")),
            _ => finding.help(
                "`clear`, `partial`, `masked`, `denied`, `unreachable`, `nothing`, or one of them after `at most`",
            ),
        }));
    };
    Ok(if at_most || word == "nothing" { Wanted::AtMost(*form) } else { Wanted::Exactly(*form) })
}

fn read_destination(word: Word) -> Result<Claim, Box<Finding>> {
    let Some((name, port)) = word.text.rsplit_once(':') else {
        return Ok(Claim::Reaches { destination: word, port: None });
    };
    match port.parse() {
        Ok(port @ 1..) => {
            let destination = Word { text: name.to_owned(), span: word.span };
            Ok(Claim::Reaches { destination, port: Some(port) })
        }
        _ => Err(fault(word.span, format!("invalid port `{port}`: expected a number from 1 to 65535"))),
    }
}
