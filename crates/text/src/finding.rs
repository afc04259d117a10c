//! What is wrong in a manifest, as data: renderers only read it.

use std::fmt;
use std::sync::Arc;

use crate::codes::Code;

/// Index of a text in [`Files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A range of bytes in one file, with the line and column it starts at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Column of the first character, from 1.
    pub column: u32,
}

impl Span {
    /// The place of things no file holds: implicit namespaces and Kubernetes' own defaults.
    pub const NOWHERE: Self = Self { file: FileId(u32::MAX), start: 0, end: 0, line: 0, column: 0 };

    /// Whether a file holds this.
    #[must_use]
    pub fn is_somewhere(self) -> bool {
        self.file != Self::NOWHERE.file
    }
}

/// The texts that were read.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// Name and text of each. Shared twice over: manifests are copied often, and texts are never copied.
    files: Arc<Vec<Arc<(String, String)>>>,
}

impl Files {
    /// Adds a text under the name findings call it by.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        Arc::make_mut(&mut self.files).push(Arc::new((name.into(), text.into())));
        FileId(u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }

    /// The name of a file; `(built in)` for what no file holds.
    #[must_use]
    pub fn name(&self, id: FileId) -> &str {
        self.files.get(id.0 as usize).map_or("(built in)", |file| file.0.as_str())
    }

    /// The names of all files, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.0.as_str())
    }

    /// Name and text of every file, in their order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|file| (file.0.as_str(), file.1.as_str()))
    }

    /// The text of a file; empty for what no file holds.
    #[must_use]
    pub fn text(&self, id: FileId) -> &str {
        self.files.get(id.0 as usize).map_or("", |file| file.1.as_str())
    }

    /// The bytes of a span, as text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// `file:line`, as reports show it; with the column where the whole file is one line, as JSON often is.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let name = self.name(span.file);
        match span.is_somewhere() {
            true if span.line == 1 && !self.text(span.file).trim_end().contains('\n') => {
                format!("{name}:1:{}", span.column)
            }
            true => format!("{name}:{}", span.line),
            false => name.to_owned(),
        }
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Likely not what was meant.
    Warning,
    /// The cluster rejects it, or it opens a bypass of the mask.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A further place that belongs to a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// A change of the text that removes the finding and gives no source access.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fix {
    /// What the change does.
    pub message: String,
    /// The bytes to replace; empty ranges insert.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
    /// Whether it is only what was probably meant: shown, but never applied by itself.
    pub guess: bool,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind of finding it is.
    pub code: &'static Code,
    /// How much it matters.
    pub severity: Severity,
    /// One line: lower case, backticks round names, no final period.
    pub message: String,
    /// The place.
    pub span: Span,
    /// Further places.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// The change that does it, where it is safe.
    pub fix: Option<Fix>,
}

impl Finding {
    /// A finding without help or fix, as severe as its code says.
    #[must_use]
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        let severity = code.severity;
        Self { code, severity, message: message.into(), span, labels: Vec::new(), help: None, fix: None }
    }

    /// The same with another severity than its code says.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Adds the change that removes the finding.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>, message: impl Into<String>) -> Self {
        self.fix = Some(Fix { message: message.into(), span, replacement: replacement.into(), guess: false });
        self
    }

    /// Adds a change that was probably meant, such as another spelling.
    #[must_use]
    pub fn suggest(self, span: Span, replacement: impl Into<String>, message: impl Into<String>) -> Self {
        let mut finding = self.fix(span, replacement, message);
        if let Some(fix) = &mut finding.fix {
            fix.guess = true;
        }
        finding
    }
}
