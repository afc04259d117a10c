//! The lexical level of a query: blanks, integers, numbers, string literals and names (RFC 9535, appendix A).

use super::{Literal, QueryError};

/// The largest integer a query may hold: RFC 9535, section 2.1.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A place in the text of a query.
#[derive(Debug)]
pub(super) struct Cursor<'q> {
    text: &'q str,
    at: usize,
    /// Open brackets of filters, parentheses and functions.
    depth: usize,
    /// Where the latest shorthand name started, for hints.
    last_name: usize,
}

impl<'q> Cursor<'q> {
    pub(super) const fn new(text: &'q str) -> Self {
        Self { text, at: 0, depth: 0, last_name: 0 }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Goes back to a place that [`Cursor::at`] told.
    pub(super) const fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) const fn last_name(&self) -> usize {
        self.last_name
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'q str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text between two places.
    pub(super) fn between(&self, start: usize, end: usize) -> &'q str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The next byte; only to be compared with ASCII.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().as_bytes().first().copied()
    }

    fn peek_char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek_char()?;
        self.at += char.len_utf8();
        Some(char)
    }

    /// Takes `wanted` when it is next.
    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Takes blanks: space, tab, line feed, carriage return.
    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// An error at the current place.
    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T, QueryError> {
        self.fail_at(self.at, message)
    }

    /// An error at `offset`.
    pub(super) fn fail_at<T>(&self, offset: usize, message: impl Into<String>) -> Result<T, QueryError> {
        Err(self.error(offset, message.into()))
    }

    #[cold]
    fn error(&self, offset: usize, message: String) -> QueryError {
        QueryError { query: self.text.to_owned(), offset, message }
    }

    /// Enters a bracket, so that nesting stays bounded. Each is left with [`Cursor::leave`].
    pub(super) fn enter(&mut self) -> Result<(), QueryError> {
        if self.depth == super::MAX_NESTING {
            return self.fail(format!("more than {} nested brackets", super::MAX_NESTING));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// `int` of the grammar: no leading zeros, no `-0`, within ±(2^53 - 1).
    pub(super) fn integer(&mut self) -> Result<i64, QueryError> {
        let start = self.at;
        let negative = self.eat("-");
        let first = self.peek();
        let digits = self.digits();
        match first {
            Some(b'0') if digits > 1 => {
                return self.fail_at(start, "an integer has no leading zeros");
            }
            Some(b'0') if negative => {
                return self.fail_at(start, "`-0` is not an index: write `0`");
            }
            Some(b'0'..=b'9') => {}
            _ => return self.fail("expected a digit"),
        }
        match self.between(start, self.at).parse::<i64>() {
            Ok(value) if (-MAX_INTEGER..=MAX_INTEGER).contains(&value) => Ok(value),
            _ => self.fail_at(start, "an integer is at most 2^53 - 1 away from 0"),
        }
    }

    /// `number` of the grammar, as spelled.
    pub(super) fn number(&mut self) -> Result<Literal, QueryError> {
        let start = self.at;
        self.eat("-");
        let first = self.peek();
        match (first, self.digits()) {
            (_, 0) => return self.fail("expected a digit"),
            (Some(b'0'), 2..) => return self.fail_at(start, "a number has no leading zeros"),
            _ => {}
        }
        if self.eat(".") && self.digits() == 0 {
            return self.fail("expected a digit after the decimal point");
        }
        if self.eat("e") || self.eat("E") {
            let _sign = self.eat("-") || self.eat("+");
            if self.digits() == 0 {
                return self.fail("expected a digit in the exponent");
            }
        }
        Ok(Literal::Number(self.between(start, self.at).to_owned()))
    }

    /// A string literal in either kind of quotes, decoded. The next byte is the opening quote.
    pub(super) fn string(&mut self) -> Result<String, QueryError> {
        let mut decoded = String::new();
        self.string_pieces(|char, _| decoded.push(char))?;
        Ok(decoded)
    }

    /// Where in the text of the query the character at byte `decoded` of the string literal at `literal` is spelled.
    pub(super) fn offset_in_string(&self, literal: usize, decoded: usize) -> usize {
        let mut cursor = Cursor { at: literal, ..Cursor::new(self.text) };
        let mut length = 0;
        let mut found = None;
        let end = cursor.string_pieces(|char, offset| {
            if length >= decoded && found.is_none() {
                found = Some(offset);
            }
            length += char.len_utf8();
        });
        found.unwrap_or(if end.is_ok() { cursor.at.saturating_sub(1) } else { literal })
    }

    /// Feeds each decoded character and where it is spelled.
    fn string_pieces(&mut self, mut each: impl FnMut(char, usize)) -> Result<(), QueryError> {
        let open = self.at;
        let Some(quote @ ('\'' | '"')) = self.bump() else {
            return self.fail_at(open, "expected a string in quotes");
        };
        loop {
            let start = self.at;
            match self.bump() {
                None => {
                    return self.fail_at(open, format!("the string is not closed: expected `{quote}`"));
                }
                Some(char) if char == quote => return Ok(()),
                Some('\\') => {
                    let char = self.escape(start, quote)?;
                    each(char, start);
                }
                Some(char) if char < ' ' => {
                    return self.fail_at(
                        start,
                        format!("a control character in a string: write `\\u{:04x}`", u32::from(char)),
                    );
                }
                Some(char) => each(char, start),
            }
        }
    }

    /// What follows a backslash at `start`.
    fn escape(&mut self, start: usize, quote: char) -> Result<char, QueryError> {
        match self.bump() {
            Some('b') => Ok('\u{8}'),
            Some('t') => Ok('\t'),
            Some('n') => Ok('\n'),
            Some('f') => Ok('\u{c}'),
            Some('r') => Ok('\r'),
            Some(char @ ('/' | '\\')) => Ok(char),
            Some(char) if char == quote => Ok(char),
            Some('u') => self.unicode_escape(start),
            Some('\'' | '"') => {
                self.fail_at(start, format!("only `{quote}` needs a backslash in a string in `{quote}` quotes"))
            }
            _ => {
                self.fail_at(start, "unknown escape: expected one of b t n f r u / \\ or the quote after the backslash")
            }
        }
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, QueryError> {
        let first = self.hex4(start)?;
        let code = match first {
            0xD800..=0xDBFF => {
                let low = if self.eat("\\u") { self.hex4(start)? } else { 0 };
                if !(0xDC00..=0xDFFF).contains(&low) {
                    return self.fail_at(start, "a high surrogate without a low one after it");
                }
                0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00)
            }
            0xDC00..=0xDFFF => {
                return self.fail_at(start, "a low surrogate without a high one before it");
            }
            code => code,
        };
        match char::from_u32(code) {
            Some(char) => Ok(char),
            None => self.fail_at(start, "not a Unicode character"),
        }
    }

    fn hex4(&mut self, start: usize) -> Result<u32, QueryError> {
        let digits = self.rest().get(..4).unwrap_or_default();
        match u32::from_str_radix(digits, 16) {
            Ok(code) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                self.at += 4;
                Ok(code)
            }
            _ => self.fail_at(start, "expected four hexadecimal digits after `\\u`"),
        }
    }

    /// A shorthand name: `None` when the next character cannot start one.
    pub(super) fn shorthand(&mut self) -> Option<&'q str> {
        let start = self.at;
        if !self.peek_char().is_some_and(is_name_first) {
            return None;
        }
        while self.peek_char().is_some_and(is_name_char) {
            self.bump();
        }
        self.last_name = start;
        Some(self.between(start, self.at))
    }

    /// The characters from here on that could be of a name, a function or a keyword.
    pub(super) fn word(&self) -> &'q str {
        let rest = self.rest();
        let end = rest.find(|char| !is_name_char(char)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }
}

/// `name-first` of the grammar.
pub(super) const fn is_name_first(char: char) -> bool {
    char.is_ascii_alphabetic() || char == '_' || !char.is_ascii()
}

/// `name-char` of the grammar.
pub(super) const fn is_name_char(char: char) -> bool {
    is_name_first(char) || char.is_ascii_digit()
}
