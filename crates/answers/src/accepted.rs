//! Findings that people accept: with a reason, and a day until which they do.
//!
//! Accepted is by a comment beside the place, or by a list of its own. What has no reason, is over, or concerns nothing is itself
//! a finding. What cannot be read cannot be accepted: nothing is known about it.

use meshveil_policy::Date;
use meshveil_text::{
    Code, FileId, Files, Finding, Node, Severity, Span, block,
    codes::{self, acceptance},
    flow, tree,
    yaml::{self, quoted},
};

/// The name of a list of accepted findings, wherever it lies.
pub const FILE: &str = ".meshveil-allow.yaml";

/// What a comment begins with.
const MARK: &str = "# meshveil:";

/// How a comment is written.
const FORM: &str = "write `# meshveil: allow MV-B15 until 2027-01-31: the reason`";

/// How an item of a list is written.
const ITEM: &str = "write `- { code: MV-B15, file: app.yaml, message: part of it, until: 2027-01-31, reason: why }`; `file` and `message` can be left out";

/// One thing that is accepted.
#[derive(Debug, Clone)]
struct Acceptance {
    code: &'static Code,
    until: Date,
    /// Where it is accepted.
    span: Span,
    scope: Scope,
}

/// Where findings have to be.
#[derive(Debug, Clone)]
enum Scope {
    /// On some lines of a file.
    Lines(FileId, u32, u32),
    /// In files of this name, with this in their messages.
    Listed { file: Option<String>, message: Option<String> },
}

/// What is accepted by some texts.
#[derive(Debug, Clone, Default)]
pub struct Acceptances {
    accepted: Vec<Acceptance>,
    /// What is malformed.
    malformed: Vec<Finding>,
}

impl Acceptances {
    /// What comments of all texts and some lists accept.
    #[must_use]
    pub fn read(files: &Files, lists: &[FileId]) -> Self {
        let mut read = Self::default();
        for at in 0..files.names().count() {
            let file = FileId(u32::try_from(at).unwrap_or(u32::MAX));
            match lists.contains(&file) {
                true => read.list(files, file),
                false => read.comments(files, file),
            }
        }
        read
    }

    /// What is wrong with acceptances on a day: malformed ones, and those that are over.
    #[must_use]
    pub fn faults(&self, today: Option<Date>) -> Vec<Finding> {
        let over = self.accepted.iter().filter(|one| one.is_over(today)).map(|one| {
            let message = format!("{} was accepted until {}, which is over", one.code, one.until);
            let help = "repair what it is about, or say again why it is accepted and until when";
            Finding::new(&acceptance::EXPIRED, one.span, message).help(help)
        });
        self.malformed.iter().cloned().chain(over).collect()
    }

    /// Findings without those that are accepted on a day, and with what is wrong with acceptances. `asked` says which codes were
    /// looked for: others cannot be found, and are not missed. `may` says which findings can be accepted at all, beside those that
    /// say that something cannot be read.
    #[must_use]
    pub fn apply(
        &self,
        files: &Files,
        findings: Vec<Finding>,
        today: Option<Date>,
        asked: impl Fn(&'static Code) -> bool,
        may: impl Fn(&Finding) -> bool,
    ) -> Vec<Finding> {
        let mut used = vec![false; self.accepted.len()];
        let mut refused = Vec::new();
        let mut left = Vec::new();
        for finding in findings {
            let mut is_accepted = false;
            for (one, used) in self.accepted.iter().zip(&mut used).filter(|(one, _)| one.concerns(files, &finding)) {
                *used = true;
                if one.is_over(today) {
                    continue;
                }
                if is_acceptable(&finding) && may(&finding) {
                    is_accepted = true;
                } else {
                    let message = format!("{} cannot be accepted here: {}", one.code, finding.message);
                    let help = "what cannot be read, and data that leaves unmasked, has to be repaired";
                    refused.push(Finding::new(&acceptance::NOT_ACCEPTABLE, one.span, message).help(help));
                }
            }
            if !is_accepted {
                left.push(finding);
            }
        }
        let is_missed = |one: &Acceptance| !one.is_over(today) && one.is_read(files) && asked(one.code);
        let unused = self.accepted.iter().zip(used).filter(|(one, used)| !used && is_missed(one));
        let unused = unused.map(|(one, _)| {
            let message = format!("{} is accepted, and not found", one.code);
            Finding::new(&acceptance::UNUSED, one.span, message).help("take it out")
        });
        left.extend(unused);
        left.append(&mut refused);
        left.extend(self.faults(today));
        left.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        left.dedup();
        left
    }

    fn malformed(&mut self, span: Span, message: &str, help: &str) {
        self.malformed.push(Finding::new(&acceptance::MALFORMED, span, message).help(help));
    }

    fn comments(&mut self, files: &Files, file: FileId) {
        let text = files.text(file);
        if !text.contains(MARK) {
            return;
        }
        let lines: Vec<&str> = text.lines().collect();
        let mut start = 0;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let begun = start;
            start += line.len();
            let line = line.trim_end();
            let Some(column) = line.find(MARK) else { continue };
            let (before, comment) = line.split_at(column);
            // `"# meshveil: …"` in a text is none.
            if !before.is_empty() && !before.ends_with([' ', '\t']) {
                continue;
            }
            let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span {
                file,
                start: number(begun + column),
                end: number(begun + line.len()),
                line: number(at + 1),
                column: number(before.chars().count() + 1),
            };
            let lines = match before.trim().is_empty() {
                true => below(&lines, at),
                false => (at, at),
            };
            let scope = Scope::Lines(file, number(lines.0 + 1), number(lines.1 + 1));
            match words(comment) {
                Ok((codes, until)) => {
                    self.accepted.extend(codes.into_iter().map(|code| Acceptance {
                        code,
                        until,
                        span,
                        scope: scope.clone(),
                    }));
                }
                Err(message) => self.malformed(span, &message, FORM),
            }
        }
    }

    fn list(&mut self, files: &Files, file: FileId) {
        let mut findings = Vec::new();
        let documents = tree::parse(file, files.text(file), &mut findings);
        self.malformed.append(&mut findings);
        for document in &documents {
            for (key, _) in document.entries().iter().filter(|(key, _)| key.name != "allow") {
                self.malformed(key.span, "a list of accepted findings has one member, `allow`", ITEM);
            }
            let items = document.get("allow").map_or(&[][..], Node::items);
            items.iter().for_each(|item| self.item(item));
        }
    }

    fn item(&mut self, item: &Node) {
        let known = ["code", "file", "message", "until", "reason"];
        if let Some((key, _)) = item.entries().iter().find(|(key, _)| !known.contains(&key.name.as_str())) {
            return self.malformed(key.span, &format!("unknown member `{}`", yaml_free(&key.name)), ITEM);
        }
        let text = |name: &str| item.text_at(name).filter(|text| !text.trim().is_empty());
        let code = text("code").ok_or("no `code`".to_owned()).and_then(code);
        let until = text("until").ok_or("no `until`: nothing is accepted for ever".to_owned()).and_then(date);
        let reason = text("reason").ok_or("no `reason`".to_owned());
        match (code, until, reason) {
            (Ok(code), Ok(until), Ok(_)) => {
                let owned = |name: &str| text(name).map(str::to_owned);
                let span = item.get("code").map_or(item.span, |code| code.span);
                let scope = Scope::Listed { file: owned("file"), message: owned("message") };
                self.accepted.push(Acceptance { code, until, span, scope });
            }
            (Err(message), ..) | (_, Err(message), _) | (_, _, Err(message)) => {
                self.malformed(item.span, &message, ITEM)
            }
        }
    }
}

impl Acceptance {
    fn is_over(&self, today: Option<Date>) -> bool {
        today.is_some_and(|today| self.until < today)
    }

    fn concerns(&self, files: &Files, finding: &Finding) -> bool {
        self.code == finding.code
            && match &self.scope {
                Scope::Lines(file, first, last) => {
                    finding.span.file == *file && (*first..=*last).contains(&finding.span.line)
                }
                Scope::Listed { file, message } => {
                    file.as_ref().is_none_or(|file| is_named(files.name(finding.span.file), file))
                        && message.as_ref().is_none_or(|message| finding.message.contains(message.as_str()))
                }
            }
    }

    /// Whether what it is about is read at all.
    fn is_read(&self, files: &Files) -> bool {
        match &self.scope {
            Scope::Listed { file: Some(file), .. } => files.names().any(|name| is_named(name, file)),
            _ => true,
        }
    }
}

/// Whether a file is called so, from whichever directory it is named.
fn is_named(name: &str, file: &str) -> bool {
    let (name, file) = (name.trim_start_matches("./"), file.trim_start_matches("./"));
    name == file || name.strip_suffix(file).is_some_and(|front| front.ends_with('/'))
}

/// Whether something can be known about what a finding is about: not where it cannot be read.
fn is_acceptable(finding: &Finding) -> bool {
    use codes::{expectation, manifest, policy};
    let unread = [
        &manifest::INVALID_YAML,
        &manifest::DUPLICATE_KEY,
        &manifest::UNKNOWN_KEY,
        &manifest::WRONG_TYPE,
        &manifest::REFUSED_OBJECT,
    ];
    let is_of = |family: &[&Code]| family.contains(&finding.code);
    let is_fault = finding.severity == Severity::Error && is_of(policy::ALL);
    !is_fault && !unread.contains(&finding.code) && !is_of(expectation::ALL) && !is_of(acceptance::ALL)
}

/// The lines that a comment on a line of its own is about: the next that is no comment, or the document whose first it is.
fn below(lines: &[&str], at: usize) -> (usize, usize) {
    let is_filler = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let next = lines.iter().enumerate().skip(at).find(|(_, line)| !is_filler(line)).map_or(at, |(next, _)| next);
    let is_first = lines.iter().take(at).rev().take_while(|line| !line.starts_with("---")).all(is_filler);
    if !is_first {
        return (next, next);
    }
    let end = lines.iter().enumerate().skip(next).find(|(_, line)| line.starts_with("---"));
    (next, end.map_or(lines.len(), |(end, _)| end).saturating_sub(1))
}

/// The codes and the day of a comment.
fn words(comment: &str) -> Result<(Vec<&'static Code>, Date), String> {
    let rest = comment.strip_prefix(MARK).unwrap_or_default().trim();
    let rest = rest.strip_prefix("allow ").ok_or("a comment for `meshveil` that is not read")?;
    let (names, rest) = rest.split_once(" until ").ok_or("no `until`: nothing is accepted for ever")?;
    let (day, reason) = rest.split_once(':').ok_or("no reason")?;
    if reason.trim().is_empty() {
        return Err("no reason".to_owned());
    }
    let codes: Result<Vec<_>, String> = names.split([',', ' ']).filter(|name| !name.is_empty()).map(code).collect();
    Ok((codes?, date(day.trim())?))
}

fn code(name: &str) -> Result<&'static Code, String> {
    codes::find(name).ok_or_else(|| format!("unknown code `{}`", yaml_free(name)))
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{}` is not a day such as `2027-01-31`", yaml_free(text)))
}

/// A word of a text, as messages show it.
fn yaml_free(word: &str) -> String {
    meshveil_text::printable::in_one_line(word)
}

/// A list that accepts findings until a day, for a baseline; and those that cannot be accepted.
#[must_use]
pub fn baseline<'f>(files: &Files, findings: &'f [Finding], until: Date, reason: &str) -> (String, Vec<&'f Finding>) {
    let (accepted, left): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| is_acceptable(finding));
    let mut items: Vec<(&str, &str, &str)> = accepted
        .iter()
        .map(|finding| (finding.code.id, files.name(finding.span.file), finding.message.as_str()))
        .collect();
    items.sort_unstable();
    items.dedup();
    let items = items.into_iter().map(|(code, file, message)| {
        flow!({ code: code, file: quoted(file), message: quoted(message), until: quoted(until.to_string()), reason: quoted(reason) })
    });
    let header = [
        "Findings that are accepted for now: `meshveil check --baseline FILE` leaves them out.",
        "Take out what is repaired.",
    ];
    (yaml::file(&header, [block!({ allow: [..items] })]), left)
}
