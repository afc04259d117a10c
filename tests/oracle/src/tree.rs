//! A document as a tree: strict RFC 8259, recursive, with spelling, order, white space and duplicate names kept.

use std::ops::Range;

use meshveil_body::Framing;
use meshveil_json::{ErrorCode, StreamError};
use meshveil_plan::Limits;

/// One value.
#[derive(Debug, Clone)]
pub struct Node {
    /// Number in the order of the document; the root is 0.
    pub id: usize,
    /// Bytes from the first to the last of the value.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// A kind of value.
#[derive(Debug, Clone)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number as spelled.
    Number(String),
    /// A string.
    String(Text),
    /// Elements in order.
    Array(Vec<Node>),
    /// Members in order, duplicates included.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone)]
pub struct Member {
    /// Bytes of the name, with its quotes.
    pub key: Range<usize>,
    /// The name.
    pub name: Text,
    /// The value.
    pub value: Node,
}

/// A string: as spelled between the quotes, and decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// As spelled.
    pub spelled: String,
    /// Decoded; `None` when an escape is a lone surrogate.
    pub decoded: Option<String>,
    /// Decoded, with U+FFFD for each lone surrogate.
    pub lossy: String,
}

impl Node {
    /// The children, in order.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Array(elements) => elements.iter().collect(),
            Kind::Object(members) => members.iter().map(|member| &member.value).collect(),
            _ => Vec::new(),
        }
    }

    /// This node and everything below it, in the order of the document.
    #[must_use]
    pub fn descendants(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for child in self.children() {
            all.extend(child.descendants());
        }
        all
    }
}

/// The documents of a stream, or the first fault. A byte order mark at the start belongs to none of them.
///
/// Events are no such stream: each of them holds one.
///
/// # Errors
/// The code and offset that the engine has to report.
pub fn parse(bytes: &[u8], framing: Framing, limits: &Limits) -> Result<Vec<Node>, StreamError> {
    let mut reader = Reader { bytes, at: 0, depth: 0, limits, next_id: 0, open: Vec::new() };
    let roots = reader.stream(framing);
    roots.map_err(|code| StreamError { code, offset: reader.at as u64 })
}

/// A valid document that starts with the part of `bytes` before the first fault; `None` when `bytes` is valid or the part
/// ends inside an escape or a character.
#[must_use]
pub fn complete(bytes: &[u8], limits: &Limits) -> Option<(usize, Vec<u8>)> {
    const MIDDLES: [&str; 19] = [
        "", "\"", "0", "null", "\":0", ":0", "\"\":0", "rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l", "\"\"",
        ".0", "\"\"\"",
    ];
    let mut reader = Reader { bytes, at: 0, depth: 0, limits, next_id: 0, open: Vec::new() };
    reader.stream(Framing::Document).err()?;
    let (fault, open) = (reader.at, reader.open);
    let candidates = MIDDLES.iter().map(|middle| {
        let mut whole = bytes[..fault].to_vec();
        whole.extend_from_slice(middle.as_bytes());
        whole.extend(open.iter().rev());
        whole
    });
    candidates.into_iter().find(|whole| parse(whole, Framing::Document, limits).is_ok()).map(|whole| (fault, whole))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    limits: &'a Limits,
    next_id: usize,
    /// Closing brackets that are still to come.
    open: Vec<u8>,
}

type Read<T> = Result<T, ErrorCode>;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The fault at the current byte: what is there does not belong there, or there is nothing.
    fn fault<T>(&self) -> Read<T> {
        Err(if self.at < self.bytes.len() { ErrorCode::Syntax } else { ErrorCode::UnexpectedEnd })
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.peek() != Some(byte) {
            return self.fault();
        }
        self.at += 1;
        Ok(())
    }

    /// Whether there was white space.
    fn skips_blanks(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        self.at > start
    }

    fn mark(&mut self) -> Read<()> {
        if self.peek() == Some(0xef) {
            for byte in *b"\xef\xbb\xbf" {
                self.expect(byte)?;
            }
        }
        Ok(())
    }

    fn stream(&mut self, framing: Framing) -> Read<Vec<Node>> {
        self.mark()?;
        let mut roots: Vec<Node> = Vec::new();
        loop {
            let last = roots.last().map(|root| root.span.end);
            let is_blank_after = self.skips_blanks();
            let Some(byte) = self.peek() else {
                let is_cut = last.is_some_and(|last| !is_blank_after && !self.closes(last));
                return if is_cut && framing == Framing::Sequence { Err(ErrorCode::UnexpectedEnd) } else { Ok(roots) };
            };
            match framing {
                Framing::Document if last.is_some() => return Err(ErrorCode::TrailingData),
                Framing::Lines if last.is_some_and(|last| !self.bytes[last..self.at].contains(&b'\n')) => {
                    return Err(ErrorCode::TrailingData);
                }
                Framing::Documents if last.is_some_and(|last| !is_blank_after && !self.closes(last)) => {
                    return Err(ErrorCode::TrailingData);
                }
                Framing::Sequence => {
                    if byte != 0x1e {
                        return Err(if last.is_some() { ErrorCode::TrailingData } else { ErrorCode::Syntax });
                    }
                    if last.is_some_and(|last| !is_blank_after && !self.closes(last)) {
                        return Err(ErrorCode::UnexpectedEnd);
                    }
                    while self.peek() == Some(0x1e) {
                        self.at += 1;
                        self.blanks();
                    }
                    if self.peek().is_none() {
                        return Ok(roots);
                    }
                }
                _ => {}
            }
            self.next_id = 0;
            roots.push(self.value()?);
        }
    }

    /// Whether the byte before `end` ends a document by itself.
    fn closes(&self, end: usize) -> bool {
        b"}]\"".contains(&self.bytes[end - 1])
    }

    fn value(&mut self) -> Read<Node> {
        let start = self.at;
        let id = self.next_id;
        self.next_id += 1;
        let kind = match self.peek() {
            Some(b'n') => self.word(b"null", Kind::Null)?,
            Some(b't') => self.word(b"true", Kind::Boolean(true))?,
            Some(b'f') => self.word(b"false", Kind::Boolean(false))?,
            Some(b'"') => Kind::String(self.string(usize::MAX)?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'[') => self.nested(b']', Self::array)?,
            Some(b'{') => self.nested(b'}', Self::object)?,
            _ => return self.fault(),
        };
        Ok(Node { id, span: start..self.at, kind })
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Read<Kind> {
        for byte in word {
            self.expect(*byte)?;
        }
        Ok(kind)
    }

    fn digits(&mut self) -> Read<()> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.fault();
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Read<Kind> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Kind::Number(self.bytes[start..self.at].iter().map(|byte| char::from(*byte)).collect()))
    }

    fn nested(&mut self, close: u8, inside: fn(&mut Self) -> Read<Kind>) -> Read<Kind> {
        if self.depth == self.limits.depth {
            return Err(ErrorCode::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        self.open.push(close);
        let kind = inside(self)?;
        self.open.pop();
        self.depth -= 1;
        Ok(kind)
    }

    fn array(&mut self) -> Read<Kind> {
        let mut elements = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Array(elements));
        }
        loop {
            self.blanks();
            elements.push(self.value()?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Kind::Array(elements));
                }
                _ => return self.fault(),
            }
        }
    }

    fn object(&mut self) -> Read<Kind> {
        let mut members = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(members));
        }
        loop {
            self.blanks();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.fault();
            }
            let name = self.string(self.limits.key)?;
            let key = start..self.at;
            self.blanks();
            self.expect(b':')?;
            self.blanks();
            members.push(Member { key, name, value: self.value()? });
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Object(members));
                }
                _ => return self.fault(),
            }
        }
    }

    /// A string of at most `most` bytes between its quotes.
    fn string(&mut self, most: usize) -> Read<Text> {
        self.at += 1;
        let start = self.at;
        let mut units = Vec::new();
        loop {
            let Some(byte) = self.peek() else { return Err(ErrorCode::UnexpectedEnd) };
            if byte == b'"' {
                break;
            }
            let read = match byte {
                b'\\' => {
                    self.at += 1;
                    self.escape().map(|unit| units.push(unit))
                }
                0..=0x1f => Err(ErrorCode::Syntax),
                _ => self.character().map(|char| units.extend(char.encode_utf16(&mut [0; 2]).iter())),
            };
            if self.at - start > most {
                self.at = start + most;
                return Err(ErrorCode::KeyTooLong);
            }
            read?;
        }
        // All bytes came through `character` or are ASCII.
        let spelled = String::from_utf8(self.bytes[start..self.at].to_vec()).map_err(|_| ErrorCode::InvalidUtf8)?;
        self.at += 1;
        Ok(Text { spelled, decoded: String::from_utf16(&units).ok(), lossy: String::from_utf16_lossy(&units) })
    }

    /// One UTF-16 code unit.
    fn escape(&mut self) -> Read<u16> {
        let unit = match self.peek() {
            Some(b'"') => b'"',
            Some(b'\\') => b'\\',
            Some(b'/') => b'/',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let mut unit = 0;
                for _ in 0..4 {
                    match self.peek().map(char::from).and_then(|digit| digit.to_digit(16)) {
                        Some(digit) => unit = unit << 4 | digit as u16,
                        None => return self.fault(),
                    }
                    self.at += 1;
                }
                return Ok(unit);
            }
            _ => return self.fault(),
        };
        self.at += 1;
        Ok(u16::from(unit))
    }

    /// One character of RFC 3629, section 4. The fault is at the first byte that no valid character could have there.
    fn character(&mut self) -> Read<char> {
        let start = self.at;
        loop {
            let part = &self.bytes[start..=self.at.min(self.bytes.len() - 1)];
            match std::str::from_utf8(part) {
                Ok(text) => {
                    self.at += 1;
                    return text.chars().next().ok_or(ErrorCode::InvalidUtf8);
                }
                Err(error) if error.error_len().is_some() => return Err(ErrorCode::InvalidUtf8),
                Err(_) => {
                    self.at += 1;
                    if self.at == self.bytes.len() {
                        return Err(ErrorCode::UnexpectedEnd);
                    }
                }
            }
        }
    }
}
